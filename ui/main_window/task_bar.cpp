// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/task_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QTimer>
#include <QToolButton>

#include "ui/main_window/icons.h"
#include "ui/models/qt_text.h"

namespace intarsia {

TaskBar::TaskBar(QWidget* parent) : QWidget(parent) {
  m_title = new QLabel(this);
  m_bar = new QProgressBar(this);
  m_bar->setFixedWidth(140);
  m_bar->setMaximumHeight(14);
  m_bar->setTextVisible(false);
  m_bar->setAccessibleName(tr("Progress"));
  m_cancel = new QToolButton(this);
  m_cancel->setIcon(lineIcon(QStringLiteral("close")));
  m_cancel->setAutoRaise(true);
  m_cancel->setToolTip(tr("Cancel this"));
  m_cancel->setAccessibleName(tr("Cancel"));
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(6);
  layout->addWidget(m_title);
  layout->addWidget(m_bar);
  layout->addWidget(m_cancel);
  connect(m_cancel, &QToolButton::clicked, this, [this] {
    if (!m_tasks.empty() && m_tasks.back()) m_tasks.back()->cancel();
    m_cancel->setEnabled(false);
  });
  hide();
}

void TaskBar::add(Task* task) {
  m_tasks.emplace_back(task);
  connect(task, &QObject::destroyed, this, [this] { QTimer::singleShot(0, this, &TaskBar::refresh); });
  connect(task, &Task::progressed, this, [this, task](qint64 done, qint64 total) {
    if (m_tasks.empty() || m_tasks.back() != task) return;
    m_bar->setRange(0, total > 0 ? 1000 : 0);
    if (total > 0) m_bar->setValue(int(1000 * done / total));
    if (m_timed != task) m_timed = task, m_from = done, m_clock.start();
    const double seconds = double(m_clock.elapsed()) / 1000;
    if (seconds < 3) return;
    if (total <= done) return m_title->setText(task->title());  // what follows takes as long as it takes
    if (done <= m_from) return;
    m_title->setText(tr("%1, %2 left").arg(task->title(), duration(seconds * double(total - done) / double(done - m_from))));
  });
  QTimer::singleShot(250, this, &TaskBar::refresh);
}

void TaskBar::refresh() {
  std::erase_if(m_tasks, [](const QPointer<Task>& t) { return !t; });
  if (m_tasks.empty()) return hide();
  if (!m_title->text().startsWith(m_tasks.back()->title())) m_bar->setRange(0, 0);
  m_title->setText(m_tasks.back()->title());
  m_cancel->setEnabled(!m_tasks.back()->cancelled());
  show();
}

}  // namespace intarsia
