// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <QElapsedTimer>
#include <QPointer>
#include <optional>
#include <vector>

#include "train/api/known_weights.h"
#include "ui/models/background.h"

class QLabel;
class QProgressBar;
class QPushButton;
class QTreeWidget;

namespace intarsia {

/// What a network's training starts from: random numbers, published weights, or a file of the user's. Published ones are fetched when
/// Download is clicked, never by themselves.
class WeightsDialog : public QDialog {
  Q_OBJECT
 public:
  /// `weights`: a recipe's initialWeights. `offers`: those that fit, else the known ones.
  WeightsDialog(const std::string& network, const std::string& weights, QWidget* parent = nullptr, std::optional<std::vector<KnownWeights>> offers = {});
  std::string weights() const;  // as in a recipe

 private:
  void fill(const std::string& chosen);
  void addRow(const QString& id, const QStringList& texts);
  const KnownWeights* offer() const;  // the selected one
  void selected();
  void download();
  void downloadEnded(const Expected<>& result);
  void chooseFile();

  std::vector<KnownWeights> m_offers;
  QString m_own;  // path of a file of the user's
  QPointer<Task> m_task;
  qint64 m_from = -1;  // bytes that were here when this download began
  QElapsedTimer m_clock;
  QTreeWidget* m_list;
  QLabel *m_details, *m_state;
  QProgressBar* m_bar;
  QPushButton *m_download, *m_cancel, *m_ok;
};

}  // namespace intarsia
