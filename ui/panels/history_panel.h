// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

class QLabel;
class QListView;

namespace intarsia {

class History;
class HistoryModel;

/// All steps of the project that can be undone or redone, the newest below; a click goes there. Says how many older ones wait on
/// the disk and how many are gone.
class HistoryPanel : public QWidget {
  Q_OBJECT
 public:
  explicit HistoryPanel(QWidget* parent = nullptr);
  /// Read again after each change of `history`, which must outlive the panel's use of it.
  void update(const History& history);

 signals:
  /// So many steps are to be in effect.
  void chosen(size_t done);

 private:
  HistoryModel* m_model;
  QListView* m_view;
  QLabel* m_note;
};

}  // namespace intarsia
