// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QElapsedTimer>
#include <QPointer>
#include <QWidget>
#include <vector>

#include "ui/models/background.h"

class QLabel;
class QProgressBar;
class QToolButton;

namespace intarsia {

/// What runs in the background, in the status bar: title, progress, Cancel. Work that ends within a moment is not shown.
class TaskBar : public QWidget {
  Q_OBJECT
 public:
  explicit TaskBar(QWidget* parent = nullptr);
  void add(Task* task);

 private:
  void refresh();
  std::vector<QPointer<Task>> m_tasks;
  QPointer<Task> m_timed;  // whose progress is timed: since m_clock began, from m_from on
  QElapsedTimer m_clock;
  qint64 m_from = 0;
  QLabel* m_title;
  QProgressBar* m_bar;
  QToolButton* m_cancel;
};

}  // namespace intarsia
