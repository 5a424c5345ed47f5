// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/edit/snap.h"

#include <algorithm>
#include <cmath>

#include "core/geometry/noding.h"

namespace intarsia {

namespace {

bool near(const Bounds& b, Point p) {
  constexpr double d = Nodes::kTolerance;
  return p.x >= b.left - d && p.x <= b.right + d && p.y >= b.top - d && p.y <= b.bottom + d;
}

double distance(Point a, Point b) { return std::hypot(a.x - b.x, a.y - b.y); }

/// A place on a ring: on the edge from `vertex`, so far from it.
struct Place {
  size_t vertex = 0;
  double along = 0;
};

std::optional<Place> placeOn(const Ring& ring, Point p) {
  std::optional<Place> edge;
  for (size_t i = 0; i < ring.size(); ++i) {
    const Point a = ring[i], b = ring[i + 1 < ring.size() ? i + 1 : 0];
    if (distance(a, p) <= Nodes::kTolerance) return Place{i, 0};
    if (!edge && distanceToSegment(p, a, b) <= Nodes::kTolerance && distance(b, p) > Nodes::kTolerance) edge = Place{i, distance(a, p)};
  }
  return edge;
}

/// The vertices passed from one place to another in the ring's own direction.
Ring passed(const Ring& ring, Place from, Place to) {
  Ring way;
  const size_t n = ring.size();
  if (from.vertex == to.vertex && to.along >= from.along) return way;
  for (size_t i = (from.vertex + 1) % n;; i = (i + 1) % n) {
    if (i == to.vertex && to.along == 0) break;
    way.push_back(ring[i]);
    if (i == to.vertex) break;
  }
  return way;
}

double length(Point from, const Ring& way, Point to) {
  double sum = 0;
  for (const Point p : way) sum += distance(from, p), from = p;
  return sum + distance(from, to);
}

}  // namespace

std::optional<Snap> snapTo(HitTester& hits, const Annotation& annotation, Point p, double radius, std::optional<Point> except) {
  if (const auto vertex = hits.nearestVertex(annotation, p, radius, 0, except)) return Snap{vertex->point, Snap::Kind::vertex};
  const double width = annotation.size.width, height = annotation.size.height;
  const auto edge = hits.nearestEdge(annotation, p, radius, 0, except);
  Snap border{p, Snap::Kind::imageBorder};
  if (p.x <= radius) border.point.x = 0;
  if (p.y <= radius) border.point.y = 0;
  if (width - p.x <= radius) border.point.x = width;
  if (height - p.y <= radius) border.point.y = height;
  if (edge) {
    // Along the image's border an edge keeps the point on both.
    if (border.point != p && distance(edge->point, border.point) < radius &&
        hits.nearestEdge(annotation, border.point, Nodes::kTolerance, 0, except))
      return Snap{border.point, Snap::Kind::edge};
    return Snap{edge->point, Snap::Kind::edge};
  }
  if (border.point != p) return border;
  return std::nullopt;
}

std::optional<BorderWays> waysBetween(const Annotation& annotation, Point from, Point to) {
  std::optional<BorderWays> best;
  double shortest = 0;
  for (const ShapePtr& shape : annotation.shapes) {
    if (shape->hidden) continue;
    for (const Ring& ring : shape->polygon.rings) {
      if (ring.size() < 3) continue;
      const Bounds box = bounds({{ring}});
      if (!near(box, from) || !near(box, to)) continue;
      const auto a = placeOn(ring, from);
      const auto b = a ? placeOn(ring, to) : std::nullopt;
      if (!b || (a->vertex == b->vertex && a->along == b->along)) continue;
      BorderWays ways{shape->id, passed(ring, *a, *b), passed(ring, *b, *a)};
      std::ranges::reverse(ways.longer);
      double one = length(from, ways.shorter, to), other = length(from, ways.longer, to);
      if (other < one) std::swap(ways.shorter, ways.longer), std::swap(one, other);
      if (best && one >= shortest) continue;
      shortest = one;
      best = std::move(ways);
    }
  }
  return best;
}

}  // namespace intarsia
