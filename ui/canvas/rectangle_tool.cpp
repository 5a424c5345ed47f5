// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/rectangle_tool.h"

#include <algorithm>
#include <cmath>

#include "annotate/edit/borders.h"
#include "ui/canvas/shape_painter.h"

namespace intarsia {
namespace {
constexpr double kDragDistance = 5;  // logical pixels: below it a press and release is a click on the first corner

Point wholePixel(Point p, Size size) {
  return {std::clamp(std::round(p.x), 0.0, double(size.width)), std::clamp(std::round(p.y), 0.0, double(size.height))};
}
}  // namespace

QString RectangleTool::hint() const {
  return m_from ? tr("Release or click at the opposite corner; Shift makes a square, Esc drops it")
                : tr("Drag from corner to corner, or click two corners");
}

Ring RectangleTool::ring() const {
  const Point a = *m_from, b = m_to;
  return {{std::min(a.x, b.x), std::min(a.y, b.y)}, {std::max(a.x, b.x), std::min(a.y, b.y)},
          {std::max(a.x, b.x), std::max(a.y, b.y)}, {std::min(a.x, b.x), std::max(a.y, b.y)}};
}

void RectangleTool::press(const ToolEvent& event) {
  if (m_asking) cancel();
  if (m_from) {
    move(event);
    return finish();
  }
  m_from = m_to = wholePixel(event.image, m_host.annotation().size);
  m_pressed = event.screen;
  m_host.stateChanged();
}

void RectangleTool::move(const ToolEvent& event) {
  if (!m_from || m_asking) return;
  m_to = wholePixel(event.image, m_host.annotation().size);
  if (event.modifiers & Qt::ShiftModifier) {
    const double side = std::min(std::abs(m_to.x - m_from->x), std::abs(m_to.y - m_from->y));
    m_to = {m_from->x + std::copysign(side, m_to.x - m_from->x), m_from->y + std::copysign(side, m_to.y - m_from->y)};
  }
  m_host.refresh();
}

void RectangleTool::release(const ToolEvent& event) {
  if (!m_from || m_asking || std::hypot(event.screen.x() - m_pressed.x(), event.screen.y() - m_pressed.y()) < kDragDistance) return;
  move(event);
  finish();
}

bool RectangleTool::key(int key, Qt::KeyboardModifiers) {
  if (!m_from || (key != Qt::Key_Escape && key != Qt::Key_Backspace)) return false;
  cancel();
  return true;
}

void RectangleTool::cancel() {
  if (!m_from) return;
  m_from.reset();
  m_asking = false;
  m_host.stateChanged();
  m_host.refresh();
}

void RectangleTool::finish() {
  if (m_from->x == m_to.x || m_from->y == m_to.y) return cancel();
  m_asking = true;
  m_host.withClass([this](ClassId id) {
    if (!m_from || !m_asking) return;
    m_asking = false;
    Shape shape;
    shape.classId = id;
    shape.kind = "rectangle";
    shape.polygon.rings.push_back(ring());
    m_from.reset();
    const auto edit = addShape(m_host.annotation(), std::move(shape), m_host.settings().overlap);
    if (edit && edit->after.nextId != m_host.annotation().nextId) m_host.commit(edit->after, edit->dirty, tr("draw rectangle"));
    m_host.stateChanged();
    m_host.refresh();
  });
}

void RectangleTool::paint(QPainter& painter) const {
  if (!m_from) return;
  const QPainterPath path = outline(Polygon{{ring()}}, m_host.view());
  painter.fillPath(path, QColor(255, 210, 60, 40));
  paintOutline(painter, path, QColor(255, 210, 60), 1.8);
}

}  // namespace intarsia
