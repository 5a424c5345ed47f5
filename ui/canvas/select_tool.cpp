// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/select_tool.h"

#include <algorithm>
#include <cmath>

#include "annotate/edit/edit.h"
#include "annotate/edit/hit_test.h"
#include "ui/canvas/shape_painter.h"

namespace intarsia {
namespace {
constexpr double kDragDistance = 4;  // logical pixels before a press becomes a drag

Point clamped(Point p, Size size) {
  return {std::clamp(p.x, 0.0, double(size.width)), std::clamp(p.y, 0.0, double(size.height))};
}
}  // namespace

QString SelectTool::hint() const {
  if (m_host.selection().empty()) return tr("Click a shape to select it, Shift for several; P draws a polygon");
  if (m_hoverEdge && !m_hover) return tr("Double-click or Alt+click inserts a point here");
  if (m_hover) return tr("Drag moves the point; Alt+Shift+click or Backspace deletes it");
  return tr("Drag moves the shape; drag a point, double-click an edge to insert one; Delete deletes, a digit changes the class");
}

Qt::CursorShape SelectTool::cursor() const {
  if (m_drag == Drag::shapes) return Qt::SizeAllCursor;
  if (m_hover || m_drag == Drag::vertex) return Qt::PointingHandCursor;
  return Qt::ArrowCursor;
}

bool SelectTool::movable(ShapeId id) const {
  const Shape* shape = m_host.annotation().find(id);
  return shape && !shape->locked;
}

std::optional<VertexRef> SelectTool::vertexAt(Point p) {
  for (ShapeId id : m_host.selection())
    if (movable(id))
      if (const auto hit = m_hits.nearestVertex(m_host.annotation(), p, pickDistance(), id)) return hit->vertex;
  return std::nullopt;
}

std::optional<EdgeHit> SelectTool::edgeAt(Point p) {
  for (ShapeId id : m_host.selection())
    if (movable(id))
      if (auto hit = m_hits.nearestEdge(m_host.annotation(), p, pickDistance(), id)) return hit;
  return std::nullopt;
}

std::optional<ShapeId> SelectTool::shapeAt(Point p) {
  const auto inside = m_hits.shapesAt(m_host.annotation(), p);
  if (!inside.empty()) return inside.front();
  if (const auto edge = m_hits.nearestEdge(m_host.annotation(), p, pickDistance() / 2)) return edge->edge.shape;
  return std::nullopt;
}

void SelectTool::press(const ToolEvent& event) {
  m_pressed = event.screen;
  m_from = m_to = event.image;
  m_drag = Drag::none;
  const bool alt = event.modifiers & Qt::AltModifier, shift = event.modifiers & Qt::ShiftModifier;
  if (const auto vertex = vertexAt(event.image)) {
    if (alt && shift) return removeVertex(*vertex);
    m_vertex = vertex;
    m_drag = Drag::vertex;
    return m_host.refresh();
  }
  m_vertex.reset();
  if (alt && !shift)
    if (const auto edge = edgeAt(event.image)) return insertVertex(*edge);
  const auto hit = shapeAt(event.image);
  std::vector<ShapeId> ids = m_host.selection();
  if (!hit) {
    if (!shift) ids.clear();
  } else if (const auto known = std::ranges::find(ids, *hit); shift) {
    if (known == ids.end())
      ids.push_back(*hit);
    else
      ids.erase(known);
  } else if (known == ids.end()) {
    ids = {*hit};
  }
  m_host.select(ids);
  if (hit && std::ranges::find(ids, *hit) != ids.end()) m_drag = Drag::pending;
  m_host.stateChanged();
}

void SelectTool::move(const ToolEvent& event) {
  if (m_drag == Drag::none) {
    const auto vertex = vertexAt(event.image);
    const auto edge = vertex ? std::nullopt : edgeAt(event.image);
    if (vertex != m_hover || edge.has_value() != m_hoverEdge.has_value() || edge) {
      m_hover = vertex;
      m_hoverEdge = edge;
      m_host.stateChanged();
      m_host.refresh();
    }
    return;
  }
  if (m_drag == Drag::pending && std::hypot(event.screen.x() - m_pressed.x(), event.screen.y() - m_pressed.y()) >= kDragDistance) {
    m_drag = Drag::shapes;
    m_host.stateChanged();
  }
  m_to = event.image;
  m_host.refresh();
}

void SelectTool::release(const ToolEvent& event) {
  const Drag drag = std::exchange(m_drag, Drag::none);
  m_to = event.image;
  if (drag == Drag::vertex && m_vertex) {
    const bool moved = std::hypot(event.screen.x() - m_pressed.x(), event.screen.y() - m_pressed.y()) >= 1;
    if (moved) {
      Edit edit = moveVertex(m_host.annotation(), *m_vertex, clamped(m_to, m_host.annotation().size));
      m_host.commit(std::move(edit.after), edit.dirty, tr("move point"));
    }
  } else if (drag == Drag::shapes) {
    std::vector<ShapeId> ids;
    std::ranges::copy_if(m_host.selection(), std::back_inserter(ids), [this](ShapeId id) { return movable(id); });
    Edit edit = moveShapes(m_host.annotation(), ids, m_to.x - m_from.x, m_to.y - m_from.y);
    if (!ids.empty()) m_host.commit(std::move(edit.after), edit.dirty, ids.size() == 1 ? tr("move shape") : tr("move shapes"));
  }
  m_host.stateChanged();
  m_host.refresh();
}

void SelectTool::doubleClick(const ToolEvent& event) {
  m_drag = Drag::none;
  if (!vertexAt(event.image))
    if (const auto edge = edgeAt(event.image)) insertVertex(*edge);
}

void SelectTool::insertVertex(const EdgeHit& edge) {
  Edit edit = intarsia::insertVertex(m_host.annotation(), edge.edge, edge.point);
  m_hoverEdge.reset();
  m_host.commit(std::move(edit.after), edit.dirty, tr("insert point"));
  m_host.stateChanged();
}

void SelectTool::removeVertex(const VertexRef& vertex) {
  Edit edit = deleteVertex(m_host.annotation(), vertex);
  m_hover.reset();
  m_vertex.reset();
  m_host.commit(std::move(edit.after), edit.dirty, tr("delete point"));
  m_host.stateChanged();
}

bool SelectTool::key(int key, Qt::KeyboardModifiers) {
  if (key == Qt::Key_Escape && m_drag != Drag::none) {
    cancel();
    return true;
  }
  if (key != Qt::Key_Backspace || m_drag != Drag::none) return false;
  const auto vertex = m_hover ? m_hover : m_vertex;
  if (!vertex || !movable(vertex->shape)) return false;
  removeVertex(*vertex);
  return true;
}

void SelectTool::cancel() {
  m_drag = Drag::none;
  m_vertex.reset();
  m_hover.reset();
  m_hoverEdge.reset();
  m_host.refresh();
}

bool SelectTool::paints(ShapeId id) const {
  if (m_drag == Drag::shapes) return movable(id);
  return m_drag == Drag::vertex && m_vertex && m_vertex->shape == id;
}

void SelectTool::paint(QPainter& painter) const {
  for (ShapeId id : m_host.selection()) {
    const Shape* shape = m_host.annotation().find(id);
    if (!shape || !paints(id)) continue;
    Polygon polygon = shape->polygon;
    if (m_drag == Drag::vertex) {
      polygon.rings[size_t(m_vertex->ring)][size_t(m_vertex->vertex)] = clamped(m_to, m_host.annotation().size);
    } else {
      for (Ring& ring : polygon.rings)
        for (Point& p : ring) p = {p.x + m_to.x - m_from.x, p.y + m_to.y - m_from.y};
    }
    const QColor color = m_host.classColor(shape->classId);
    const QPainterPath path = outline(polygon, m_host.view());
    QColor fill = color;
    fill.setAlpha(70);
    painter.fillPath(path, fill);
    paintOutline(painter, path, color, 2.2);
    paintVertices(painter, polygon, m_host.view(), color);
  }
  if (m_drag != Drag::none) return;
  const auto strong = m_hover ? m_hover : m_vertex;
  if (strong)
    if (const Shape* shape = m_host.annotation().find(strong->shape))
      if (strong->ring < int(shape->polygon.rings.size()) && strong->vertex < int(shape->polygon.rings[size_t(strong->ring)].size()))
        paintVertex(painter, m_host.view().toScreen(shape->polygon.rings[size_t(strong->ring)][size_t(strong->vertex)]),
                    m_host.classColor(shape->classId), true);
  if (m_hoverEdge) {
    painter.setPen(QPen(QColor(0, 0, 0, 190), 1));
    painter.setBrush(Qt::white);
    painter.drawEllipse(m_host.view().toScreen(m_hoverEdge->point), 3.5, 3.5);
  }
}

}  // namespace intarsia
