// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/select_tool.h"

#include <algorithm>
#include <cmath>

namespace intarsia {
namespace {
constexpr double kDragDistance = 4;  // logical pixels before a press becomes a drag

template <class T>
void toggle(std::vector<T>& list, const T& what) {
  if (const auto known = std::ranges::find(list, what); known == list.end())
    list.push_back(what);
  else
    list.erase(known);
}
}  // namespace

QString SelectTool::hint() const {
  if (m_drag == Drag::edge) return tr("A new point; it snaps to other shapes, Ctrl suspends that, Esc drops it");
  if (m_drag == Drag::vertex)
    return m_moving.size() > 1 ? tr("The point moves in all shapes that share it; Alt moves only this one, Ctrl suspends snapping")
                               : tr("The point snaps to other shapes; Ctrl suspends snapping");
  if (m_host.selection().empty()) return tr("Click a shape to select it, Shift for several, or drag a box around them");
  if (m_hoverEdge && !m_hover) return tr("Drag the edge, double-click or Alt+click it to insert a point here");
  if (m_hover) return tr("Drag moves the point, Shift+click selects it; Alt+Shift+click or Backspace deletes it");
  if (!m_vertices.empty()) return tr("Arrow keys move the selected points, Delete deletes them, Esc lets them go");
  return tr("Drag or arrow keys move the shape; drag a point, or an edge to insert one; Ctrl and a box selects points");
}

Qt::CursorShape SelectTool::cursor() const {
  if (m_drag == Drag::shapes) return Qt::SizeAllCursor;
  if (m_hover || m_drag == Drag::vertex || m_drag == Drag::edge) return Qt::PointingHandCursor;
  return Qt::ArrowCursor;
}

bool SelectTool::movable(ShapeId id) const {
  const Shape* shape = m_host.annotation().find(id);
  return shape && !shape->locked;
}

std::optional<Point> SelectTool::place(const VertexRef& ref) const {
  const Shape* shape = m_host.annotation().find(ref.shape);
  if (!shape || size_t(ref.ring) >= shape->polygon.rings.size()) return std::nullopt;
  const Ring& ring = shape->polygon.rings[size_t(ref.ring)];
  return size_t(ref.vertex) < ring.size() ? std::optional(ring[size_t(ref.vertex)]) : std::nullopt;
}

std::optional<VertexHit> SelectTool::vertexAt(Point p) {
  for (ShapeId id : m_host.selection())
    if (movable(id))
      if (const auto hit = m_hits.nearestVertex(m_host.annotation(), p, pickDistance(), id)) return hit;
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

// ---- the mouse -------------------------------------------------------------------------------------------------------

void SelectTool::press(const ToolEvent& event) {
  m_pressed = event.screen;
  m_from = m_to = event.image;
  m_drag = Drag::none;
  m_snap.reset();
  m_edge.reset();
  m_painted = {};
  const bool alt = event.modifiers & Qt::AltModifier, shift = event.modifiers & Qt::ShiftModifier;
  if (event.modifiers & Qt::ControlModifier && !m_host.selection().empty() && !vertexAt(event.image)) {
    m_drag = Drag::box;
    return;
  }
  if (const auto vertex = vertexAt(event.image)) return pressVertex(*vertex, event);
  if (alt && !shift)
    if (const auto edge = edgeAt(event.image)) return insertVertex(*edge);
  m_vertices.clear();
  const auto hit = shapeAt(event.image);
  std::vector<ShapeId> ids = m_host.selection();
  if (!hit) {
    m_drag = Drag::box;
    if (!shift) ids.clear();
  } else if (shift) {
    toggle(ids, *hit);
  } else if (std::ranges::find(ids, *hit) == ids.end()) {
    ids = {*hit};
  }
  if (hit && !shift && !alt && std::ranges::find(m_host.selection(), *hit) != m_host.selection().end())
    if (const auto edge = edgeAt(event.image); edge && edge->edge.shape == *hit && draggable(*edge)) m_edge = edge;
  m_host.select(ids);
  if (hit && std::ranges::find(ids, *hit) != ids.end()) m_drag = Drag::pending;
  m_host.stateChanged();
}

void SelectTool::pressVertex(const VertexHit& hit, const ToolEvent& event) {
  const bool alt = event.modifiers & Qt::AltModifier, shift = event.modifiers & Qt::ShiftModifier;
  if (alt && shift) return removeVertices({hit.vertex});
  if (shift) {
    toggle(m_vertices, hit.vertex);
    m_host.stateChanged();
    return m_host.refresh();
  }
  if (std::ranges::find(m_vertices, hit.vertex) == m_vertices.end()) m_vertices = {hit.vertex};
  m_from = m_to = hit.point;
  m_moving = {hit.vertex};
  m_drag = Drag::vertex;
  dragVertex(event);
}

void SelectTool::move(const ToolEvent& event) {
  if (m_drag == Drag::none) {
    const auto vertex = vertexAt(event.image);
    const auto edge = vertex ? std::nullopt : edgeAt(event.image);
    const auto hover = vertex ? std::optional(vertex->vertex) : std::nullopt;
    if (hover != m_hover || edge.has_value() != m_hoverEdge.has_value() || edge) {
      m_hover = hover;
      m_hoverEdge = edge;
      m_host.stateChanged();
      m_host.refresh();
    }
    return;
  }
  if (m_drag == Drag::vertex) return dragVertex(event);
  if (m_drag == Drag::pending && std::hypot(event.screen.x() - m_pressed.x(), event.screen.y() - m_pressed.y()) >= kDragDistance) {
    m_drag = m_edge ? Drag::edge : Drag::shapes;
    m_hoverEdge.reset();
    m_host.stateChanged();
  }
  if (m_drag == Drag::edge) return dragEdge(event);
  m_to = event.image;
  m_host.refresh();
}

void SelectTool::release(const ToolEvent& event) {
  if (m_drag == Drag::vertex) dragVertex(event);
  const Drag drag = std::exchange(m_drag, Drag::none);
  if (drag == Drag::vertex) {
    if (m_to != m_from) dropVertex();
  } else if (drag == Drag::edge) {
    dragEdge(event);
    if (m_edge) dropEdge();
  } else if (drag == Drag::shapes) {
    m_to = event.image;
    std::vector<ShapeId> ids;
    std::ranges::copy_if(m_host.selection(), std::back_inserter(ids), [this](ShapeId id) { return movable(id); });
    const double dx = m_to.x - m_from.x, dy = m_to.y - m_from.y;
    m_host.commitMade(0, ids.size() == 1 ? tr("move shape") : tr("move shapes"), [ids, dx, dy](const Annotation& a, const Job&) -> Expected<Edit> { return moveShapes(a, ids, dx, dy); });
  } else if (drag == Drag::box) {
    m_to = event.image;
    if (std::hypot(event.screen.x() - m_pressed.x(), event.screen.y() - m_pressed.y()) >= kDragDistance)
      selectInBox(event.modifiers & Qt::ControlModifier, event.modifiers & Qt::ShiftModifier);
  }
  m_snap.reset();
  m_host.stateChanged();
  m_host.refresh();
}

void SelectTool::selectInBox(bool vertices, bool more) {
  const Annotation& annotation = m_host.annotation();
  const double left = std::min(m_from.x, m_to.x), right = std::max(m_from.x, m_to.x);
  const double top = std::min(m_from.y, m_to.y), bottom = std::max(m_from.y, m_to.y);
  if (!vertices) {
    std::vector<ShapeId> ids = more ? m_host.selection() : std::vector<ShapeId>();
    for (const ShapePtr& shape : annotation.shapes) {
      const Bounds b = bounds(shape->polygon);
      const bool inside = b.left >= left && b.right <= right && b.top >= top && b.bottom <= bottom;
      if (inside && !shape->hidden && std::ranges::find(ids, shape->id) == ids.end()) ids.push_back(shape->id);
    }
    return m_host.select(ids);
  }
  if (!more) m_vertices.clear();
  for (ShapeId id : m_host.selection()) {
    if (!movable(id)) continue;
    const auto& rings = annotation.find(id)->polygon.rings;
    for (size_t r = 0; r < rings.size(); ++r)
      for (size_t v = 0; v < rings[r].size(); ++v) {
        const Point p = rings[r][v];
        const VertexRef ref{id, int(r), int(v)};
        if (p.x >= left && p.x <= right && p.y >= top && p.y <= bottom && std::ranges::find(m_vertices, ref) == m_vertices.end())
          m_vertices.push_back(ref);
      }
  }
}

void SelectTool::doubleClick(const ToolEvent& event) {
  m_drag = Drag::none;
  if (!vertexAt(event.image))
    if (const auto edge = edgeAt(event.image)) insertVertex(*edge);
}


}  // namespace intarsia
