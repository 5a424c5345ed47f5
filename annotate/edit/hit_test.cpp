// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/edit/hit_test.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace intarsia {

namespace {

constexpr size_t kRun = 32;  // edges that share one box
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Box {
  double left = kInfinity, top = kInfinity, right = -kInfinity, bottom = -kInfinity;
  void add(Point p) {
    left = std::min(left, p.x), right = std::max(right, p.x);
    top = std::min(top, p.y), bottom = std::max(bottom, p.y);
  }
  void add(const Box& b) { add(Point{b.left, b.top}), add(Point{b.right, b.bottom}); }
  bool near(Point p, double radius) const {
    return p.x >= left - radius && p.x <= right + radius && p.y >= top - radius && p.y <= bottom + radius;
  }
};

Point nearestOn(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
  const double t = length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0;
  return {a.x + t * dx, a.y + t * dy};
}

/// Calls body(i, point, next) for the edges of a run.
template <class Body>
void eachEdge(const Ring& ring, size_t run, Body body) {
  const size_t end = std::min(ring.size(), (run + 1) * kRun);
  for (size_t i = run * kRun; i < end; ++i) body(i, ring[i], ring[i + 1 < ring.size() ? i + 1 : 0]);
}

}  // namespace

struct HitTester::Index {
  std::weak_ptr<const Shape> shape;  // an address may be used again
  Box box;
  std::vector<std::vector<Box>> runs;  // per ring

  explicit Index(const ShapePtr& s) : shape(s) {
    for (const Ring& ring : s->polygon.rings) {
      auto& boxes = runs.emplace_back((ring.size() + kRun - 1) / kRun);
      for (size_t r = 0; r < boxes.size(); ++r) {
        eachEdge(ring, r, [&](size_t, Point a, Point b) { boxes[r].add(a), boxes[r].add(b); });
        box.add(boxes[r]);
      }
    }
  }

  /// Even-odd; runs right of the point or beside its row are passed over.
  bool contains(Point p) const {
    const auto s = shape.lock();
    bool inside = false;
    for (size_t r = 0; r < runs.size(); ++r)
      for (size_t k = 0; k < runs[r].size(); ++k) {
        const Box& b = runs[r][k];
        if (p.y < b.top || p.y > b.bottom || p.x < b.left) continue;
        eachEdge(s->polygon.rings[r], k, [&](size_t, Point a, Point c) {
          if ((a.y <= p.y) != (c.y <= p.y) && a.x + (p.y - a.y) / (c.y - a.y) * (c.x - a.x) <= p.x) inside = !inside;
        });
      }
    return inside;
  }
};

HitTester::HitTester() = default;
HitTester::~HitTester() = default;

const HitTester::Index& HitTester::indexOf(const ShapePtr& shape) {
  auto& index = m_indices[shape.get()];
  if (!index || index->shape.expired()) index = std::make_unique<Index>(shape);
  return *index;
}

void HitTester::forgetOld(const Annotation& annotation) {
  if (m_indices.size() <= 2 * annotation.shapes.size() + 1000) return;
  std::erase_if(m_indices, [](const auto& entry) { return entry.second->shape.expired(); });
  if (m_indices.size() > 4 * annotation.shapes.size() + 4000) m_indices.clear();
}

std::vector<ShapeId> HitTester::shapesAt(const Annotation& annotation, Point p) {
  forgetOld(annotation);
  std::vector<ShapeId> found;
  for (size_t i = annotation.shapes.size(); i-- > 0;) {
    const ShapePtr& shape = annotation.shapes[i];
    if (shape->hidden) continue;
    const Index& index = indexOf(shape);
    if (index.box.near(p, 0) && index.contains(p)) found.push_back(shape->id);
  }
  return found;
}

/// Calls visit(shape, ring, edge, from, to) for the edges that may lie within `reach` of p, of shapes that are seen (or of `only`
/// one), the top shape first. What visit returns is the reach from then on.
template <class Visit>
void HitTester::eachEdgeNear(const Annotation& annotation, Point p, double radius, ShapeId only, const Visit& visit) {
  forgetOld(annotation);
  double reach = std::nextafter(radius, kInfinity);
  for (size_t i = annotation.shapes.size(); i-- > 0;) {
    const ShapePtr& shape = annotation.shapes[i];
    if (shape->hidden || (only && shape->id != only)) continue;
    const Index& index = indexOf(shape);
    if (!index.box.near(p, reach)) continue;
    for (size_t r = 0; r < index.runs.size(); ++r)
      for (size_t k = 0; k < index.runs[r].size(); ++k) {
        if (!index.runs[r][k].near(p, reach)) continue;
        eachEdge(shape->polygon.rings[r], k,
                 [&](size_t v, Point a, Point b) { reach = visit(shape->id, int(r), int(v), a, b, reach); });
      }
  }
}

std::optional<VertexHit> HitTester::nearestVertex(const Annotation& annotation, Point p, double radius, ShapeId only,
                                                  std::optional<Point> except) {
  std::optional<VertexHit> best;
  eachEdgeNear(annotation, p, radius, only, [&](ShapeId shape, int ring, int v, Point a, Point, double reach) {
    const double distance = std::hypot(a.x - p.x, a.y - p.y);
    if (!(distance < reach) || a == except) return reach;
    best = VertexHit{{shape, ring, v}, a, distance};
    return distance;
  });
  return best;
}

std::optional<EdgeHit> HitTester::nearestEdge(const Annotation& annotation, Point p, double radius, ShapeId only,
                                              std::optional<Point> except) {
  std::optional<EdgeHit> best;
  eachEdgeNear(annotation, p, radius, only, [&](ShapeId shape, int ring, int v, Point a, Point b, double reach) {
    const Point on = nearestOn(p, a, b);
    const double distance = std::hypot(on.x - p.x, on.y - p.y);
    if (!(distance < reach) || a == except || b == except) return reach;
    best = EdgeHit{{shape, ring, v}, on, distance};
    return distance;
  });
  return best;
}

std::vector<VertexRef> HitTester::verticesAt(const Annotation& annotation, Point p) {
  forgetOld(annotation);
  std::vector<VertexRef> found;
  for (const ShapePtr& shape : annotation.shapes) {
    if (shape->hidden || shape->locked) continue;
    const Index& index = indexOf(shape);
    if (!index.box.near(p, 0)) continue;
    for (size_t r = 0; r < index.runs.size(); ++r)
      for (size_t k = 0; k < index.runs[r].size(); ++k)
        if (index.runs[r][k].near(p, 0))
          eachEdge(shape->polygon.rings[r], k, [&](size_t v, Point a, Point) {
            if (a == p) found.push_back({shape->id, int(r), int(v)});
          });
  }
  return found;
}

}  // namespace intarsia
