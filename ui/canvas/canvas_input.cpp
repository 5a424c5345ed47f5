// SPDX-License-Identifier: GPL-3.0-or-later
// The mouse and key half of CanvasView: the view's own gestures (zoom, pan), the rest goes to the tool.
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>
#include <cmath>

#include "ui/canvas/canvas_view.h"

namespace intarsia {

ToolEvent CanvasView::toolEvent(const QMouseEvent& event) const {
  const Qt::KeyboardModifiers held = m_subtractHeld ? Qt::AltModifier : Qt::NoModifier;
  return {event.position(), m_view.toImage(event.position()), event.button(), event.modifiers() | held};
}

void CanvasView::modifiersChanged(Qt::KeyboardModifiers modifiers) {
  if (!editable() || m_panning) return;
  if (m_subtractHeld) modifiers |= Qt::AltModifier;
  tool().move({m_mouse, m_view.toImage(m_mouse), Qt::NoButton, modifiers});
}

/// Keys that belong to the tool now, though they are shortcuts too: the subtract key, and what it wants.
bool CanvasView::event(QEvent* event) {
  if (event->type() == QEvent::ShortcutOverride && editable()) {
    auto* key = static_cast<QKeyEvent*>(event);
    if (m_subtractKey && key->key() == m_subtractKey && !key->modifiers() && tool().subtracts()) key->accept();
    if (tool().wants(key->key(), key->modifiers())) key->accept();
  }
  if (event->type() == QEvent::KeyPress && editable()) {
    auto* key = static_cast<QKeyEvent*>(event);
    if (key->key() == Qt::Key_Tab && tool().wants(key->key(), key->modifiers())) {  // else it moves the focus
      keyPressEvent(key);
      return true;
    }
  }
  return QWidget::event(event);
}

void CanvasView::wheelEvent(QWheelEvent* event) {
  if (!m_image) return event->ignore();
  const QPoint turned = event->angleDelta();
  if (m_opacityHeld) {
    constexpr int kStep = 5;
    emit opacityWanted(turned.y() > 0 ? kStep : -kStep);
    return event->accept();
  }
  // Alt turns the wheel sideways on some platforms.
  if (event->modifiers() && editable() && tool().wheel((turned.x() + turned.y()) / 120.0, event->modifiers())) return event->accept();
  if (event->modifiers() & Qt::ShiftModifier) {
    viewMoved(QPointF(turned.x() + turned.y(), 0) / 2);
  } else if (m_wheelScrolls && !(event->modifiers() & Qt::ControlModifier)) {
    viewMoved(QPointF(turned) / 2);
  } else {
    m_view.zoomAt(event->position(), std::pow(1.2, turned.y() / 120.0));
    viewReplaced();
  }
  event->accept();
}

void CanvasView::mousePressEvent(QMouseEvent* event) {
  setFocus(Qt::MouseFocusReason);
  m_mouse = event->position();
  if (!m_image) return event->ignore();
  if (splitMouse(*event)) return;
  if (event->button() == Qt::MiddleButton || (event->button() == Qt::LeftButton && m_space)) {
    m_panning = true;
    m_panFrom = event->position();
    updateCursor();
    return;
  }
  m_subtractUsed = m_subtractHeld;
  if (event->button() == Qt::LeftButton && editable()) tool().press(toolEvent(*event));
}

void CanvasView::mouseMoveEvent(QMouseEvent* event) {
  const QPointF before = std::exchange(m_mouse, event->position());
  if (!m_image) return;
  if (m_rulers) updateRulers(before);
  if (!m_panning && splitMouse(*event)) return;
  if (m_panning) {
    viewMoved(event->position() - m_panFrom);
    m_panFrom = event->position();
    return;
  }
  const Point p = m_view.toImage(event->position());
  const int x = int(std::floor(p.x)), y = int(std::floor(p.y));
  emit hovered(x, y, x >= 0 && y >= 0 && x < m_image->size().width && y < m_image->size().height);
  if (editable()) tool().move(toolEvent(*event));
}

void CanvasView::mouseReleaseEvent(QMouseEvent* event) {
  if (m_image && !m_panning && splitMouse(*event)) return;
  if (m_panning && (event->button() == Qt::MiddleButton || event->button() == Qt::LeftButton)) {
    m_panning = false;
    updateCursor();
    return;
  }
  if (event->button() == Qt::LeftButton && editable()) tool().release(toolEvent(*event));
}

void CanvasView::mouseDoubleClickEvent(QMouseEvent* event) {
  if (!m_image || m_space || event->button() != Qt::LeftButton || splitMouse(*event)) return;
  if (editable()) tool().doubleClick(toolEvent(*event));
}

void CanvasView::leaveEvent(QEvent*) {
  tool().leave();
  emit hovered(0, 0, false);
}

void CanvasView::pressKey(int key) {
  QKeyEvent event(QEvent::KeyPress, key, Qt::NoModifier);
  keyPressEvent(&event);
}

void CanvasView::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Space) {
    if (!event->isAutoRepeat()) {
      m_space = true;
      updateCursor();
    }
    return;
  }
  if (event->key() == Qt::Key_O && !event->modifiers()) {
    m_opacityHeld = true;
    return;
  }
  if (m_subtractKey && event->key() == m_subtractKey && !event->modifiers() && editable() && tool().subtracts()) {
    if (event->isAutoRepeat()) return;
    m_subtractHeld = true;
    // A key that repeats may look like one that is let go and pressed again; that is no tap.
    m_subtractUsed = QGuiApplication::mouseButtons() != Qt::NoButton || (m_subtractUp.isValid() && m_subtractUp.elapsed() < 100);
    m_subtractDown.start();
    return modifiersChanged({});
  }
  if (event->key() == Qt::Key_Shift || event->key() == Qt::Key_Alt)
    modifiersChanged(event->modifiers() | (event->key() == Qt::Key_Shift ? Qt::ShiftModifier : Qt::AltModifier));
  if (editable() && tool().key(event->key(), event->modifiers())) return;
  constexpr double kStep = 48;
  switch (event->key()) {
    case Qt::Key_Left: return viewMoved({kStep, 0});
    case Qt::Key_Right: return viewMoved({-kStep, 0});
    case Qt::Key_Up: return viewMoved({0, kStep});
    case Qt::Key_Down: return viewMoved({0, -kStep});
    case Qt::Key_Plus: case Qt::Key_Equal: return zoomIn();
    case Qt::Key_Minus: return zoomOut();
    case Qt::Key_Escape:
      if (dropPending()) return;
      if (m_toolKind != ToolKind::select) return setTool(ToolKind::select);
      return setSelection({});
    default: QWidget::keyPressEvent(event);
  }
}

void CanvasView::keyReleaseEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Space && !event->isAutoRepeat()) {
    m_space = false;
    updateCursor();
    return;
  }
  if (event->key() == Qt::Key_O && !event->isAutoRepeat()) m_opacityHeld = false;
  if (m_subtractHeld && event->key() == m_subtractKey && !event->isAutoRepeat()) {
    m_subtractHeld = false;
    m_subtractUp.start();
    modifiersChanged(event->modifiers());
    if (!m_subtractUsed && m_subtractDown.elapsed() < 400) emit subtractKeyTapped();
    return;
  }
  if (event->key() == Qt::Key_Shift || event->key() == Qt::Key_Alt)
    modifiersChanged(event->modifiers() & ~(event->key() == Qt::Key_Shift ? Qt::ShiftModifier : Qt::AltModifier));
  QWidget::keyReleaseEvent(event);
}

void CanvasView::focusOutEvent(QFocusEvent* event) {
  m_space = m_panning = m_subtractHeld = m_opacityHeld = false;
  updateCursor();
  QWidget::focusOutEvent(event);
}

}  // namespace intarsia
