// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/class_prompt.h"

#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>

namespace intarsia {

ClassPrompt::ClassPrompt(QWidget* canvas) : QFrame(canvas) {
  setFrameShape(QFrame::StyledPanel);
  setAutoFillBackground(true);
  setCursor(Qt::ArrowCursor);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(8, 6, 8, 8);
  layout->setSpacing(4);
  auto* label = new QLabel(tr("What is this? Name its class:"));
  m_edit = new QLineEdit;
  m_edit->setPlaceholderText(tr("e.g. road"));
  m_edit->setMinimumWidth(200);
  m_edit->setAccessibleName(tr("Name of the class"));
  m_edit->installEventFilter(this);
  label->setBuddy(m_edit);
  layout->addWidget(label);
  layout->addWidget(m_edit);
  connect(m_edit, &QLineEdit::returnPressed, this, [this] {
    const QString name = m_edit->text().trimmed();
    if (name.isEmpty()) return;
    finish();
    emit named(name);
  });
}

void ClassPrompt::popUp(QPoint at) {
  adjustSize();
  const QSize room = parentWidget()->size();
  move(std::clamp(at.x() + 12, 0, std::max(0, room.width() - width())), std::clamp(at.y() + 12, 0, std::max(0, room.height() - height())));
  show();
  raise();
  m_edit->setFocus(Qt::PopupFocusReason);
}

bool ClassPrompt::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
    finish();
    return true;
  }
  if (event->type() == QEvent::FocusOut && static_cast<QFocusEvent*>(event)->reason() == Qt::MouseFocusReason) finish();
  return QFrame::eventFilter(watched, event);
}

void ClassPrompt::finish() {
  if (std::exchange(m_done, true)) return;
  hide();
  parentWidget()->setFocus();
  deleteLater();
}

}  // namespace intarsia
