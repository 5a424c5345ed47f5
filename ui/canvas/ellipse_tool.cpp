// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/ellipse_tool.h"

#include <cmath>

#include "ui/canvas/shape_painter.h"

namespace intarsia {
namespace {
constexpr double kDragDistance = 5;  // logical pixels: below it a press and release is a click on the first corner
}

QString EllipseTool::hint() const {
  if (m_from) return tr("Release or click at the opposite corner; Ctrl makes a circle, Esc drops it");
  return tr("Drag from corner to corner, or click two corners. %1").arg(modeHint());
}

void EllipseTool::press(const ToolEvent& event) {
  if (m_asking) cancel();
  if (m_from) {
    move(event);
    return finish();
  }
  m_from = m_to = event.image;
  m_pressed = event.screen;
  m_now = modeFor(event.modifiers);
  m_host.stateChanged();
}

void EllipseTool::move(const ToolEvent& event) {
  if (!m_from || m_asking) return;
  m_to = event.image;
  if (event.modifiers & Qt::ControlModifier) {
    const double side = std::max(std::abs(m_to.x - m_from->x), std::abs(m_to.y - m_from->y));
    m_to = {m_from->x + std::copysign(side, m_to.x - m_from->x), m_from->y + std::copysign(side, m_to.y - m_from->y)};
  }
  m_host.refresh();
}

void EllipseTool::release(const ToolEvent& event) {
  if (!m_from || m_asking || std::hypot(event.screen.x() - m_pressed.x(), event.screen.y() - m_pressed.y()) < kDragDistance) return;
  move(event);
  finish();
}

bool EllipseTool::key(int key, Qt::KeyboardModifiers) {
  if (!m_from) return dropSelection(key);
  if (key != Qt::Key_Escape && key != Qt::Key_Backspace) return false;
  cancel();
  return true;
}

void EllipseTool::cancel() {
  if (!m_from) return;
  m_from.reset();
  m_asking = false;
  m_host.stateChanged();
  m_host.refresh();
}

void EllipseTool::finish() {
  if (std::abs(m_from->x - m_to.x) < 0.5 || std::abs(m_from->y - m_to.y) < 0.5) return cancel();
  m_asking = true;
  const AreaWish wanted = wish(m_now, "ellipse");
  const QString name = m_now == AreaMode::subtract ? tr("cut ellipse") : tr("draw ellipse");
  commitArea({{ellipseRing(*m_from, m_to)}}, wanted, name, [this] {
    m_from.reset();
    m_asking = false;
  });
}

void EllipseTool::paint(QPainter& painter) const {
  if (!m_from) return;
  const QColor color = modeColor(m_now);
  QColor fill = color;
  fill.setAlpha(40);
  const QPainterPath path = outline(Polygon{{ellipseRing(*m_from, m_to)}}, m_host.view());
  painter.fillPath(path, fill);
  paintOutline(painter, path, color, 1.8);
}

}  // namespace intarsia
