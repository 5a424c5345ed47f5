// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/box_tool.h"

#include <algorithm>
#include <cmath>

#include "ui/canvas/shape_painter.h"

namespace intarsia {
namespace {
constexpr double kDragDistance = 5;  // logical pixels: below it a press and release is a click on the first corner
}

QString BoxTool::hint() const {
  if (m_from) return tr("Release or click at the opposite corner; Ctrl makes both sides equal, Esc drops it");
  return tr("Drag from corner to corner, or click two corners. %1").arg(modeHint());
}

void BoxTool::press(const ToolEvent& event) {
  if (m_asking) cancel();
  if (m_from) {
    move(event);
    return finish();
  }
  newGesture();
  m_from = m_to = corner(event.image);
  m_pressed = event.screen;
  m_now = modeFor(event.modifiers);
  m_host.stateChanged();
}

void BoxTool::move(const ToolEvent& event) {
  if (!m_from || m_asking) return;
  m_to = corner(event.image);
  if (event.modifiers & Qt::ControlModifier) {
    const double side = std::min(std::abs(m_to.x - m_from->x), std::abs(m_to.y - m_from->y));
    m_to = {m_from->x + std::copysign(side, m_to.x - m_from->x), m_from->y + std::copysign(side, m_to.y - m_from->y)};
  }
  m_host.refresh();
}

void BoxTool::release(const ToolEvent& event) {
  if (!m_from || m_asking || std::hypot(event.screen.x() - m_pressed.x(), event.screen.y() - m_pressed.y()) < kDragDistance) return;
  move(event);
  finish();
}

bool BoxTool::key(int key, Qt::KeyboardModifiers) {
  if (!m_from) return dropSelection(key);
  if (key != Qt::Key_Escape && key != Qt::Key_Backspace) return false;
  cancel();
  return true;
}

void BoxTool::cancel() {
  if (!m_from) return;
  m_from.reset();
  m_asking = false;
  m_host.stateChanged();
  m_host.refresh();
}

void BoxTool::finish() {
  if (std::abs(m_from->x - m_to.x) < 0.5 || std::abs(m_from->y - m_to.y) < 0.5) return cancel();
  m_asking = true;
  commitArea({{ring(*m_from, m_to)}}, wish(m_now, kind()), name(m_now), [this] { cancel(); });
}

void BoxTool::paint(QPainter& painter) const {
  if (!m_from) return;
  const QColor color = modeColor(m_now);
  QColor fill = color;
  fill.setAlpha(40);
  const QPainterPath path = outline(Polygon{{ring(*m_from, m_to)}}, m_host.view());
  painter.fillPath(path, fill);
  paintOutline(painter, path, color, 1.8);
}

Point RectangleTool::corner(Point p) const {
  const Size size = m_host.annotation().size;
  return {std::clamp(std::round(p.x), 0.0, double(size.width)), std::clamp(std::round(p.y), 0.0, double(size.height))};
}

Ring RectangleTool::ring(Point a, Point b) const {
  const auto [left, right] = std::minmax(a.x, b.x);
  const auto [top, bottom] = std::minmax(a.y, b.y);
  return {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
}

}  // namespace intarsia
