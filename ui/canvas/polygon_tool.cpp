// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/polygon_tool.h"

#include <QPainterPath>
#include <algorithm>

#include "annotate/edit/edit.h"
#include "ui/canvas/shape_painter.h"

namespace intarsia {

QString PolygonTool::hint() const {
  if (m_points.empty()) return tr("Click around an area; Space-drag or middle-drag moves the view");
  if (m_points.size() < 3) return tr("Click the next point; Backspace takes the last one back, Esc drops all");
  return tr("Enter, double-click or a click on the first point finishes; Backspace takes the last point back, Esc drops all");
}

bool PolygonTool::onFirst(QPointF screen) const {
  if (m_points.size() < 3) return false;
  const QPointF d = m_host.view().toScreen(m_points.front()) - screen;
  return std::hypot(d.x(), d.y()) <= kPickRadius;
}

void PolygonTool::press(const ToolEvent& event) {
  if (onFirst(event.screen)) return finish();
  const Size size = m_host.annotation().size;
  // Points outside become points on the border: areas that reach the edge of the image are drawn with a careless click.
  const Point p{std::clamp(event.image.x, 0.0, double(size.width)), std::clamp(event.image.y, 0.0, double(size.height))};
  if (!m_points.empty() && m_points.back() == p) return;
  m_points.push_back(p);
  m_undone.clear();
  m_mouse = event.screen;
  m_host.stateChanged();
  m_host.refresh();
}

void PolygonTool::move(const ToolEvent& event) {
  m_mouse = event.screen;
  if (!m_points.empty()) m_host.refresh();
}

void PolygonTool::doubleClick(const ToolEvent&) { finish(); }  // its first click has set the point

bool PolygonTool::key(int key, Qt::KeyboardModifiers) {
  if (m_points.empty()) return false;
  switch (key) {
    case Qt::Key_Return:
    case Qt::Key_Enter: finish(); return true;
    case Qt::Key_Backspace: undo(); return true;
    case Qt::Key_Escape: cancel(); return true;
    default: return false;
  }
}

void PolygonTool::cancel() {
  if (m_points.empty() && m_undone.empty()) return;
  m_points.clear();
  m_undone.clear();
  m_host.stateChanged();
  m_host.refresh();
}

void PolygonTool::undo() {
  if (m_points.empty()) return;
  m_undone.push_back(m_points.back());
  m_points.pop_back();
  m_host.stateChanged();
  m_host.refresh();
}

void PolygonTool::redo() {
  if (m_undone.empty()) return;
  m_points.push_back(m_undone.back());
  m_undone.pop_back();
  m_host.stateChanged();
  m_host.refresh();
}

void PolygonTool::finish() {
  if (m_points.size() < 3) return;
  // The points stay until a class is known: cancelling the question returns to the drawing.
  m_host.withClass([this](ClassId id) {
    if (m_points.size() < 3) return;
    Shape shape;
    shape.classId = id;
    shape.polygon.rings.push_back(m_points);
    m_points.clear();
    m_undone.clear();
    Edit edit = addShape(m_host.annotation(), std::move(shape));
    m_host.commit(std::move(edit.after), edit.dirty, tr("draw polygon"));
    m_host.stateChanged();
    m_host.refresh();
  });
}

void PolygonTool::paint(QPainter& painter) const {
  if (m_points.empty()) return;
  const QColor color(255, 210, 60);
  QPainterPath path(m_host.view().toScreen(m_points.front()));
  for (size_t i = 1; i < m_points.size(); ++i) path.lineTo(m_host.view().toScreen(m_points[i]));
  path.lineTo(m_mouse);
  if (m_points.size() > 1) painter.fillPath(path, QColor(255, 210, 60, 40));
  paintOutline(painter, path, color, 1.8);
  for (size_t i = 0; i < m_points.size(); ++i)
    paintVertex(painter, m_host.view().toScreen(m_points[i]), color, i == 0 && onFirst(m_mouse));
}

}  // namespace intarsia
