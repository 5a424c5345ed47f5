// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <memory>
#include <optional>

#include "annotate/formats/format.h"
#include "ui/main_window/session.h"

class QButtonGroup;
class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QRadioButton;

namespace intarsia {

/// From a path to an import: which format it is, what is in it, where it goes, and, once, what uncovered pixels mean.
class ImportDialog : public QDialog {
  Q_OBJECT
 public:
  ImportDialog(Session& session, QWidget* parent = nullptr);
  ~ImportDialog() override;
  void setSource(const std::filesystem::path& source);

  std::shared_ptr<const ImportedDataset> dataset() const { return m_dataset; }
  std::filesystem::path target() const;      // folder of the new project; empty = the open one
  bool askedBackground() const;
  std::optional<std::string> background() const;
  bool ready() const { return m_dataset != nullptr; }

 private:
  void browse(bool folder);
  void read();
  void show(const Expected<ImportedDataset>& result);

  Session& m_session;
  std::filesystem::path m_source, m_images;
  std::shared_ptr<const ImportedDataset> m_dataset;
  std::unique_ptr<Task> m_task;
  quint64 m_serial = 0;
  QLineEdit *m_path, *m_imagesPath, *m_folder;
  QLabel* m_summary;
  QPlainTextEdit* m_details;
  QRadioButton *m_intoOpen, *m_intoNew;
  QComboBox* m_uncovered;
  QWidget* m_uncoveredRow;
  QPushButton* m_import;
};

/// What an import did, per file.
void showReport(const ImportReport& report, QWidget* parent);
QString reportSummary(const ImportReport& report);

}  // namespace intarsia
