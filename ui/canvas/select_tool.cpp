// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/select_tool.h"

#include <algorithm>
#include <cmath>

#include "annotate/edit/borders.h"
#include "ui/canvas/shape_painter.h"

namespace intarsia {
namespace {
constexpr double kDragDistance = 4;  // logical pixels before a press becomes a drag

Point clamped(Point p, Size size) {
  return {std::clamp(p.x, 0.0, double(size.width)), std::clamp(p.y, 0.0, double(size.height))};
}
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

/// Near enough, and of a shape with room beside its edges to take hold of it as a whole.
bool SelectTool::draggable(const EdgeHit& edge) const {
  constexpr double kRoom = 40;  // logical pixels
  const Bounds b = bounds(m_host.annotation().find(edge.edge.shape)->polygon);
  return edge.distance <= pickDistance() / 2 && std::min(b.right - b.left, b.bottom - b.top) * m_host.view().scale() >= kRoom;
}

void SelectTool::dragEdge(const ToolEvent& event) {
  if (!place(m_edge->edge)) return cancel();  // it has gone meanwhile
  m_to = clamped(event.image, m_host.annotation().size);
  m_snap.reset();
  if (!(event.modifiers & Qt::ControlModifier)) m_snap = snapTo(m_hits, m_host.annotation(), m_to, snapDistance());
  const Ring& ring = m_host.annotation().find(m_edge->edge.shape)->polygon.rings[size_t(m_edge->edge.ring)];
  const Point a = ring[size_t(m_edge->edge.vertex)], b = ring[(size_t(m_edge->edge.vertex) + 1) % ring.size()];
  if (m_snap && m_snap->kind == Snap::Kind::edge && distanceToSegment(m_snap->point, a, b) < 1e-6) m_snap.reset();  // where it comes from
  if (m_snap) m_to = m_snap->point;
  m_host.refresh();
}

void SelectTool::dropEdge() {
  const bool merges = m_snap && m_snap->kind != Snap::Kind::imageBorder;
  const ShapeId id = m_edge->edge.shape;
  const MakeEdit make = [edge = m_edge->edge, at = m_edge->point, to = m_to, merges, id](const Annotation& a, const Job&) -> Expected<Edit> {
    Edit edit = shareBorders(intarsia::insertVertex(a, edge, at), {&id, 1});  // a neighbour that has the same border gets it too
    std::vector<VertexRef> all = HitTester().verticesAt(edit.after, at);
    if (all.empty()) all = {{id, edge.ring, edge.vertex + 1}};
    Edit moved = moveVertices(edit.after, all, to);
    moved.dirty = moved.dirty.united(edit.dirty);
    return merges ? shareBorders(withoutFolds(std::move(moved), {&id, 1}), {&id, 1}) : moved;
  };
  m_vertices.clear();
  m_host.commitMade(pointsNear(m_host.annotation(), boundsOf(m_host.annotation(), {&id, 1})), tr("insert point"), make);
}

void SelectTool::dragVertex(const ToolEvent& event) {
  const VertexRef grabbed = m_moving.front();
  const size_t moved = m_moving.size();
  m_moving = {grabbed};
  if (!(event.modifiers & Qt::AltModifier))
    for (const VertexRef& other : m_hits.verticesAt(m_host.annotation(), m_from))
      if (other != grabbed) m_moving.push_back(other);
  m_to = clamped(event.image, m_host.annotation().size);
  m_snap.reset();
  if (!(event.modifiers & Qt::ControlModifier)) m_snap = snapTo(m_hits, m_host.annotation(), m_to, snapDistance(), m_from);
  if (m_snap) m_to = m_snap->point;
  if (std::hypot(event.screen.x() - m_pressed.x(), event.screen.y() - m_pressed.y()) < 1) m_to = m_from;
  const bool others = m_painted.empty() || moved != m_moving.size();  // than were painted last
  if (others) m_host.stateChanged();
  const Rect before = std::exchange(m_painted, dragRect());
  if (others) return m_host.refresh();
  m_host.refresh(before.united(m_painted));
}

/// All that the moving points' edges and marks touch, with what they touched when the drag began; shapes that are painted whole.
Rect SelectTool::dragRect() const {
  Polygon points{{{m_from, m_to}}};
  for (const VertexRef& ref : m_moving)
    if (const auto p = place(ref)) {
      const Polygon& polygon = m_host.annotation().find(ref.shape)->polygon;
      if (pointCount(polygon) <= kLargeShape) {
        const Bounds b = bounds(polygon);
        points.rings[0].insert(points.rings[0].end(), {Point{b.left, b.top}, Point{b.right, b.bottom}});
        continue;
      }
      const Ring& ring = polygon.rings[size_t(ref.ring)];
      const size_t n = ring.size(), i = size_t(ref.vertex);
      points.rings[0].insert(points.rings[0].end(), {ring[(i + n - 1) % n], *p, ring[(i + 1) % n]});
    }
  const Bounds b = bounds(points);
  const double margin = 14 / m_host.view().scale();
  const auto whole = [](double v) { return int(std::floor(std::clamp(v, -1e8, 1e8))); };
  const int left = whole(b.left - margin), top = whole(b.top - margin);
  return {left, top, whole(b.right + margin) + 1 - left, whole(b.bottom + margin) + 1 - top};
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

void SelectTool::dropVertex() {
  const bool merges = m_snap && m_snap->kind != Snap::Kind::imageBorder;
  std::vector<ShapeId> ids;
  for (const VertexRef& ref : m_moving) ids.push_back(ref.shape);
  const size_t points = merges ? pointsNear(m_host.annotation(), boundsOf(m_host.annotation(), ids)) : 0;
  if (merges)
    m_vertices.clear();  // vertices come and go
  else
    m_vertices = {m_moving.front()};
  m_host.commitMade(points, m_moving.size() > 1 ? tr("move shared point") : tr("move point"),
                    [moving = m_moving, to = m_to, merges, ids](const Annotation& a, const Job&) -> Expected<Edit> {
                      Edit edit = moveVertices(a, moving, to);
                      if (!merges) return edit;
                      return shareBorders(withoutFolds(std::move(edit), ids), ids);
                    });
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

void SelectTool::insertVertex(const EdgeHit& edge) {
  // A neighbour that has the same border gets the vertex too.
  const ShapeId id = edge.edge.shape;
  const MakeEdit make = [id, edge = edge.edge, at = edge.point](const Annotation& a, const Job&) -> Expected<Edit> {
    return shareBorders(intarsia::insertVertex(a, edge, at), {&id, 1});
  };
  m_hoverEdge.reset();
  m_vertices.clear();
  m_host.commitMade(pointsNear(m_host.annotation(), boundsOf(m_host.annotation(), {&id, 1})), tr("insert point"), make);
}

void SelectTool::removeVertices(std::vector<VertexRef> vertices) {
  std::vector<VertexRef> all;
  for (const VertexRef& ref : vertices)
    if (const auto p = place(ref))
      for (const VertexRef& one : m_hits.verticesAt(m_host.annotation(), *p))
        if (std::ranges::find(all, one) == all.end()) all.push_back(one);
  m_hover.reset();
  m_vertices.clear();
  m_host.commitMade(0, vertices.size() > 1 ? tr("delete points") : tr("delete point"),
                    [all](const Annotation& a, const Job&) -> Expected<Edit> { return deleteVertices(a, all); });
}

// ---- keys ------------------------------------------------------------------------------------------------------------

bool SelectTool::nudge(int key, Qt::KeyboardModifiers modifiers) {
  const double step = modifiers & Qt::ShiftModifier ? 10 : 1;
  const double dx = key == Qt::Key_Left ? -step : key == Qt::Key_Right ? step : 0, dy = key == Qt::Key_Up ? -step : key == Qt::Key_Down ? step : 0;
  const Annotation& annotation = m_host.annotation();
  Edit edit{annotation, {}};
  if (!m_vertices.empty()) {
    std::vector<Point> done;
    for (const VertexRef& ref : m_vertices) {
      const auto from = place(ref);
      if (!from || std::ranges::find(done, *from) != done.end()) continue;
      done.push_back(*from);
      Edit next = moveVertices(edit.after, m_hits.verticesAt(annotation, *from), clamped({from->x + dx, from->y + dy}, annotation.size));
      edit = {std::move(next.after), edit.dirty.united(next.dirty)};
    }
    if (!edit.dirty.empty()) m_host.commitMerging(std::move(edit.after), edit.dirty, tr("nudge points"), QStringLiteral("nudge points"));
    return true;
  }
  edit = moveShapes(annotation, m_host.selection(), dx, dy);
  if (!edit.dirty.empty()) m_host.commitMerging(std::move(edit.after), edit.dirty, tr("nudge shapes"), QStringLiteral("nudge shapes"));
  return true;
}

bool SelectTool::wants(int key, Qt::KeyboardModifiers modifiers) const {
  const bool arrow = key == Qt::Key_Left || key == Qt::Key_Right || key == Qt::Key_Up || key == Qt::Key_Down;
  if (arrow) return !m_host.selection().empty() && !(modifiers & ~(Qt::ShiftModifier | Qt::KeypadModifier));
  return (key == Qt::Key_Delete || key == Qt::Key_Backspace) && !modifiers && !m_vertices.empty();
}

bool SelectTool::key(int key, Qt::KeyboardModifiers modifiers) {
  if (key == Qt::Key_Escape && (m_drag != Drag::none || !m_vertices.empty())) {
    cancel();
    m_host.stateChanged();
    return true;
  }
  if (m_drag != Drag::none) return false;
  if (key == Qt::Key_Left || key == Qt::Key_Right || key == Qt::Key_Up || key == Qt::Key_Down)
    return !m_host.selection().empty() && nudge(key, modifiers);
  if (key == Qt::Key_Delete && !m_vertices.empty()) {
    removeVertices(m_vertices);
    return true;
  }
  if (key != Qt::Key_Backspace) return false;
  const std::vector<VertexRef> chosen = m_vertices.empty() && m_hover ? std::vector{*m_hover} : m_vertices;
  if (chosen.empty() || !movable(chosen.front().shape)) return false;
  removeVertices(chosen);
  return true;
}

void SelectTool::cancel() {
  m_drag = Drag::none;
  m_edge.reset();
  m_vertices.clear();
  m_snap.reset();
  m_hover.reset();
  m_hoverEdge.reset();
  m_host.refresh();
}

// ---- painting --------------------------------------------------------------------------------------------------------

bool SelectTool::paints(ShapeId id) const {
  if (m_drag == Drag::shapes) return movable(id);
  if (m_drag != Drag::vertex || std::ranges::find(m_moving, id, &VertexRef::shape) == m_moving.end()) return false;
  return pointCount(m_host.annotation().find(id)->polygon) <= kLargeShape;  // of a large one the edges that move alone
}

/// The shapes that are dragged, where they would be.
void SelectTool::paintDragged(QPainter& painter) const {
  const ViewTransform& view = m_host.view();
  if (m_drag == Drag::edge) {
    if (!place(m_edge->edge)) return;
    const Shape* shape = m_host.annotation().find(m_edge->edge.shape);
    const Ring& ring = shape->polygon.rings[size_t(m_edge->edge.ring)];
    const size_t v = size_t(m_edge->edge.vertex);
    return paintEdges(painter, ring[v], m_edge->point, ring[(v + 1) % ring.size()], m_host.classColor(shape->classId));
  }
  const QRectF visible = QRectF(painter.viewport()).adjusted(-8, -8, 8, 8);
  std::vector<ShapeId> ids = m_host.selection();
  for (const VertexRef& ref : m_drag == Drag::vertex ? m_moving : std::vector<VertexRef>())
    if (std::ranges::find(ids, ref.shape) == ids.end()) ids.push_back(ref.shape);
  for (ShapeId id : ids) {
    const Shape* shape = m_host.annotation().find(id);
    if (!shape) continue;
    const QColor color = m_host.classColor(shape->classId);
    const bool large = pointCount(shape->polygon) > kLargeShape;
    if (m_drag == Drag::vertex && large) {
      for (const VertexRef& ref : m_moving)
        if (ref.shape == id && place(ref)) {
          const Ring& ring = shape->polygon.rings[size_t(ref.ring)];
          const size_t n = ring.size(), v = size_t(ref.vertex);
          paintEdges(painter, ring[(v + n - 1) % n], ring[v], ring[(v + 1) % n], color);
        }
      continue;
    }
    if (!paints(id)) continue;
    QColor fill = color;
    fill.setAlpha(70);
    if (m_drag == Drag::shapes) {
      const QPointF shift = view.offset() + QPointF(m_to.x - m_from.x, m_to.y - m_from.y) * view.scale();
      const QPainterPath path = outline(shape->polygon, view.scale(), shift, visible);
      painter.setRenderHint(QPainter::Antialiasing, !large);
      if (!large) painter.fillPath(path, fill);
      paintOutline(painter, path, color, 2.2);
      painter.setRenderHint(QPainter::Antialiasing);
      continue;
    }
    Polygon polygon = shape->polygon;
    for (const VertexRef& ref : m_moving)
      if (ref.shape == id && place(ref)) polygon.rings[size_t(ref.ring)][size_t(ref.vertex)] = m_to;
    const QPainterPath path = outline(polygon, view, visible);
    painter.fillPath(path, fill);
    paintOutline(painter, path, color, 2.2);
    paintVertices(painter, polygon, view, color);
  }
}

/// What was stays below in the picture.
void SelectTool::paintEdges(QPainter& painter, Point before, Point was, Point after, const QColor& color) const {
  const auto at = [&](const Point& p) { return m_host.view().toScreen(p); };
  QColor fill = color;
  fill.setAlpha(70);
  QPainterPath area(at(before));
  for (const Point& p : {was, after, m_to}) area.lineTo(at(p));
  painter.fillPath(area, fill);
  QPainterPath path(at(before));
  path.lineTo(at(m_to));
  path.lineTo(at(after));
  paintOutline(painter, path, color, 2.2);
}

void SelectTool::paint(QPainter& painter) const {
  const ViewTransform& view = m_host.view();
  if (m_drag == Drag::shapes || m_drag == Drag::vertex || m_drag == Drag::edge) {
    paintDragged(painter);
    if (m_drag != Drag::shapes) {
      paintVertex(painter, view.toScreen(m_to), Qt::white, true);
      if (m_snap) paintSnap(painter, view.toScreen(m_to), m_snap->kind == Snap::Kind::vertex);
    }
    return;
  }
  if (m_drag == Drag::box) {
    painter.setPen(QPen(QColor(80, 220, 255), 1.2, Qt::DashLine));
    painter.setBrush(QColor(80, 220, 255, 30));
    return painter.drawRect(QRectF(view.toScreen(m_from), view.toScreen(m_to)).normalized());
  }
  const auto strong = [&](const VertexRef& ref) {
    const auto p = place(ref);
    if (p) paintVertex(painter, view.toScreen(*p), m_host.classColor(m_host.annotation().find(ref.shape)->classId), true);
  };
  for (const VertexRef& ref : m_vertices) strong(ref);
  if (m_hover) strong(*m_hover);
  if (m_hoverEdge) {
    painter.setPen(QPen(QColor(0, 0, 0, 190), 1));
    painter.setBrush(Qt::white);
    painter.drawEllipse(view.toScreen(m_hoverEdge->point), 3.5, 3.5);
  }
}

}  // namespace intarsia
