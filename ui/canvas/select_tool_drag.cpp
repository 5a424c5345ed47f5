// SPDX-License-Identifier: GPL-3.0-or-later
// What the select tool does while a point, an edge or a shape is dragged, and what is seen of it.
#include <algorithm>
#include <cmath>

#include "annotate/edit/borders.h"
#include "ui/canvas/select_tool.h"
#include "ui/canvas/shape_painter.h"

namespace intarsia {
namespace {
constexpr double kNowhere = -1e9;  // image pixels

QColor filling(QColor color) {
  color.setAlpha(70);
  return color;
}
}  // namespace

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
  const MakeEdit make = [edge = m_edge->edge, at = m_edge->point, to = m_to, merges, id](const Annotation& a,
                                                                                                 const Job& job) -> Expected<Edit> {
    // A neighbour that has the same border gets it too.
    INTARSIA_TRY(Edit edit, shareBorders(intarsia::insertVertex(a, edge, at), {&id, 1}, job));
    std::vector<VertexRef> all = HitTester().verticesAt(edit.after, at);
    if (all.empty()) all = {{id, edge.ring, edge.vertex + 1}};
    Edit moved = moveVertices(edit.after, all, to);
    moved.dirty = moved.dirty.united(edit.dirty);
    if (!merges) return moved;
    return shareBorders(withoutFolds(std::move(moved), {&id, 1}), {&id, 1}, job);
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

/// All that the moving points' edges and marks touch, with what they touched when the drag began.
Rect SelectTool::dragRect() const {
  Polygon points{{{m_from, m_to}}};
  for (const VertexRef& ref : m_moving)
    if (const auto p = place(ref)) {
      const Ring& ring = m_host.annotation().find(ref.shape)->polygon.rings[size_t(ref.ring)];
      const size_t n = ring.size(), i = size_t(ref.vertex);
      points.rings[0].insert(points.rings[0].end(), {ring[(i + n - 1) % n], *p, ring[(i + 1) % n]});
    }
  const Bounds b = bounds(points);
  const double margin = 14 / m_host.view().scale();
  const auto whole = [](double v) { return int(std::floor(std::clamp(v, -1e8, 1e8))); };
  const int left = whole(b.left - margin), top = whole(b.top - margin);
  return {left, top, whole(b.right + margin) + 1 - left, whole(b.bottom + margin) + 1 - top};
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
                    [moving = m_moving, to = m_to, merges, ids](const Annotation& a, const Job& job) -> Expected<Edit> {
                      Edit edit = moveVertices(a, moving, to);
                      if (!merges) return edit;
                      return shareBorders(withoutFolds(std::move(edit), ids), ids, job);
                    });
}

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
  if (m_drag == Drag::vertex) paintMoving(painter, visible);
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
    if (m_drag != Drag::shapes || !paints(id)) continue;
    const QPointF shift = view.offset() + QPointF(m_to.x - m_from.x, m_to.y - m_from.y) * view.scale();
    const QPainterPath path = outline(shape->polygon, view.scale(), shift, visible);
    painter.setRenderHint(QPainter::Antialiasing, !large);
    if (!large) painter.fillPath(path, filling(color));
    paintOutline(painter, path, color, 2.2);
    painter.setRenderHint(QPainter::Antialiasing);
  }
}

/// Shapes of which points move, as they would be. Only the edges of those points are stroked in every frame.
void SelectTool::paintMoving(QPainter& painter, const QRectF& visible) const {
  const Annotation& annotation = m_host.annotation();
  const ViewTransform& view = m_host.view();
  Resting look{view, visible, {}, {}, {}};
  QRectF area;
  for (const VertexRef& ref : m_moving) {
    if (!place(ref) || !paints(ref.shape)) continue;
    look.moving.push_back(ref);
    const ShapePtr& shape = annotation.shapes[size_t(annotation.indexOf(ref.shape))];
    if (std::ranges::find(look.shapes, shape) != look.shapes.end()) continue;
    look.shapes.push_back(shape);
    look.colors.push_back(m_host.classColor(shape->classId));
    const Bounds b = bounds(shape->polygon);
    area |= QRectF(view.toScreen(Point{b.left, b.top}), view.toScreen(Point{b.right, b.bottom})).adjusted(-8, -8, 8, 8);
  }
  const auto of = [&look](const Shape& shape) {
    std::vector<VertexRef> own;
    std::ranges::copy_if(look.moving, std::back_inserter(own), [&](const VertexRef& ref) { return ref.shape == shape.id; });
    return own;
  };
  for (size_t i = 0; i < look.shapes.size(); ++i) {
    const std::vector<VertexRef> own = of(*look.shapes[i]);
    Polygon polygon = look.shapes[i]->polygon;
    for (const VertexRef& ref : own) polygon.rings[size_t(ref.ring)][size_t(ref.vertex)] = m_to;
    painter.fillPath(outline(polygon, view, visible), filling(look.colors[i]));
    paintOutline(painter, edges(polygon, own, true, view, visible), look.colors[i], 2.2);
  }
  const auto content = [&](QPainter& to) {
    for (size_t i = 0; i < look.shapes.size(); ++i) {
      const std::vector<VertexRef> own = of(*look.shapes[i]);
      paintOutline(to, edges(look.shapes[i]->polygon, own, false, view, visible), look.colors[i], 2.2);
      Polygon others = look.shapes[i]->polygon;  // without the points that move, which carry a mark of their own
      for (const VertexRef& ref : own) others.rings[size_t(ref.ring)][size_t(ref.vertex)] = {kNowhere, kNowhere};
      paintVertices(to, others, view, look.colors[i], visible);
    }
  };
  area &= visible;
  if (!area.isEmpty()) m_resting.paint(painter, look, area, content);
}

/// What was stays below in the picture.
void SelectTool::paintEdges(QPainter& painter, Point before, Point was, Point after, const QColor& color) const {
  const auto at = [&](const Point& p) { return m_host.view().toScreen(p); };
  QPainterPath area(at(before));
  for (const Point& p : {was, after, m_to}) area.lineTo(at(p));
  painter.fillPath(area, filling(color));
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
