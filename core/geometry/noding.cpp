// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry/noding.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace intarsia {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
bool before(Point a, Point b) { return a.x < b.x || (a.x == b.x && a.y < b.y); }
bool same(Point a, Point b) { return std::abs(a.x - b.x) <= Nodes::kTolerance && std::abs(a.y - b.y) <= Nodes::kTolerance; }

}  // namespace

void Nodes::add(const Polygon& polygon) { add(polygon, {-kInfinity, -kInfinity, kInfinity, kInfinity}); }

void Nodes::add(const Polygon& polygon, const Bounds& limit) {
  for (const Ring& ring : polygon.rings)
    for (const Point p : ring)
      if (std::isfinite(p.x) && std::isfinite(p.y) && p.x >= limit.left && p.x <= limit.right && p.y >= limit.top && p.y <= limit.bottom)
        m_points.push_back(p);
  m_sorted = false;
}

void Nodes::sort() const {
  if (m_sorted) return;
  std::ranges::sort(m_points, before);
  m_points.erase(std::unique(m_points.begin(), m_points.end()), m_points.end());
  m_sorted = true;
}

std::optional<Point> Nodes::nearest(Point p) const {
  sort();
  std::optional<Point> best;
  double distance = std::nextafter(kTolerance, 1);
  for (auto it = std::ranges::lower_bound(m_points, p.x - kTolerance, {}, &Point::x); it != m_points.end() && it->x <= p.x + kTolerance; ++it)
    if (const double d = std::hypot(it->x - p.x, it->y - p.y); d < distance) best = *it, distance = d;
  return best;
}

Polygon Nodes::snapped(const Polygon& polygon) const {
  Polygon out = polygon;
  bool moved = false;
  for (Ring& ring : out.rings)
    for (Point& p : ring)
      if (const auto node = nearest(p); node && *node != p) p = *node, moved = true;
  return moved ? withoutFolds(out) : out;
}

Polygon Nodes::inserted(const Polygon& polygon, Bounds* touched) const {
  sort();
  Polygon out;
  std::vector<Point> inner;
  for (const Ring& ring : polygon.rings) {
    Ring noded;
    noded.reserve(ring.size());
    for (size_t i = 0; i < ring.size(); ++i) {
      const Point a = ring[i], b = ring[i + 1 < ring.size() ? i + 1 : 0];
      noded.push_back(a);
      const double left = std::min(a.x, b.x) - kTolerance, right = std::max(a.x, b.x) + kTolerance;
      const double top = std::min(a.y, b.y) - kTolerance, bottom = std::max(a.y, b.y) + kTolerance;
      inner.clear();
      for (auto it = std::ranges::lower_bound(m_points, left, {}, &Point::x); it != m_points.end() && it->x <= right; ++it)
        if (it->y >= top && it->y <= bottom && distanceToSegment(*it, a, b) <= kTolerance && !same(*it, a) && !same(*it, b)) inner.push_back(*it);
      if (inner.empty()) continue;
      std::ranges::sort(inner, {}, [a](Point p) { return std::hypot(p.x - a.x, p.y - a.y); });
      noded.insert(noded.end(), inner.begin(), inner.end());
      if (!touched) continue;
      *touched = touched->empty() ? Bounds{left, top, right, bottom}
                                  : Bounds{std::min(touched->left, left), std::min(touched->top, top), std::max(touched->right, right),
                                           std::max(touched->bottom, bottom)};
    }
    out.rings.push_back(std::move(noded));
  }
  return out;
}

Polygon withVerticesOf(const Polygon& polygon, const Polygon& neighbour) {
  Nodes nodes;
  nodes.add(neighbour);
  return nodes.inserted(polygon);
}

Polygon withoutFolds(const Polygon& polygon) {
  Polygon out;
  for (const Ring& ring : polygon.rings) {
    Ring kept;
    const auto drop = [&kept] {  // what the newest point has made superfluous: it repeats the last one, or returns to the one before
      for (bool again = true; again;) {
        again = false;
        const size_t n = kept.size();
        if (n >= 2 && kept[n - 1] == kept[n - 2]) kept.pop_back(), again = true;
        else if (n >= 3 && kept[n - 1] == kept[n - 3]) kept.resize(n - 2), again = true;
      }
    };
    for (const Point p : ring) kept.push_back(p), drop();
    for (bool again = true; again && kept.size() >= 3;) {  // the same where the ring closes
      again = true;
      const size_t n = kept.size();
      if (kept[n - 1] == kept[0]) kept.pop_back();
      else if (kept[n - 2] == kept[0]) kept.resize(n - 2);
      else if (kept[n - 1] == kept[1]) kept.erase(kept.begin()), kept.pop_back();
      else again = false;
    }
    if (kept.size() >= 3) out.rings.push_back(std::move(kept));
  }
  return out;
}

}  // namespace intarsia
