// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry/noding.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

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
        m_recent.push_back(p);
}

void Nodes::sort() const {
  constexpr size_t kMostRecent = 4096;
  const auto merge = [](std::vector<Point>& points, size_t sorted) {
    std::inplace_merge(points.begin(), points.begin() + int64_t(sorted), points.end(), before);
    points.erase(std::unique(points.begin(), points.end()), points.end());
  };
  if (m_sorted == m_recent.size()) return;
  std::sort(m_recent.begin() + int64_t(m_sorted), m_recent.end(), before);
  merge(m_recent, m_sorted);
  if (m_recent.size() > kMostRecent) {
    const size_t old = m_points.size();
    m_points.insert(m_points.end(), m_recent.begin(), m_recent.end());
    merge(m_points, old);
    m_recent.clear();
  }
  m_sorted = m_recent.size();
}

template <class Visit>
void Nodes::eachBetween(double left, double right, Visit visit) const {
  for (const auto* points : {&m_points, &m_recent})
    for (auto it = std::ranges::lower_bound(*points, left, {}, &Point::x); it != points->end() && it->x <= right; ++it) visit(*it);
}

std::optional<Point> Nodes::nearest(Point p) const {
  sort();
  std::optional<Point> best;
  double distance = std::nextafter(kTolerance, 1);
  eachBetween(p.x - kTolerance, p.x + kTolerance, [&](Point node) {
    if (const double d = std::hypot(node.x - p.x, node.y - p.y); d < distance) best = node, distance = d;
  });
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
      eachBetween(left, right, [&](Point node) {
        if (node.y >= top && node.y <= bottom && distanceToSegment(node, a, b) <= kTolerance && !same(node, a) && !same(node, b)) inner.push_back(node);
      });
      if (inner.empty()) continue;
      std::ranges::sort(inner, {}, [a](Point p) { return std::hypot(p.x - a.x, p.y - a.y); });
      inner.erase(std::unique(inner.begin(), inner.end()), inner.end());  // in both lists
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

Polygon withoutDoubledEdges(const Ring& ring) {
  const Polygon whole{{ring}};
  const Polygon noded = withVerticesOf(whole, whole);
  using Edge = std::pair<Point, Point>;
  const auto edgeBefore = [](const Edge& a, const Edge& b) { return before(a.first, b.first) || (a.first == b.first && before(a.second, b.second)); };
  std::vector<Edge> edges, odd;  // from the lesser end
  const Ring& points = noded.rings[0];
  for (size_t i = 0; i < points.size(); ++i) {
    const Point a = points[i], b = points[i + 1 < points.size() ? i + 1 : 0];
    if (a != b) edges.push_back(before(a, b) ? Edge{a, b} : Edge{b, a});
  }
  std::ranges::sort(edges, edgeBefore);
  for (size_t i = 0, end; i < edges.size(); i = end) {
    for (end = i; end < edges.size() && edges[end] == edges[i];) ++end;
    if ((end - i) % 2) odd.push_back(edges[i]);
  }
  if (odd.size() == edges.size()) return whole;
  // Each vertex has an even number of those edges: from any one a walk comes back to where it began.
  std::vector<std::pair<Point, size_t>> ends;
  for (size_t i = 0; i < odd.size(); ++i) ends.emplace_back(odd[i].first, i), ends.emplace_back(odd[i].second, i);
  std::ranges::sort(ends, [](const auto& a, const auto& b) { return before(a.first, b.first); });
  std::vector<bool> used(odd.size());
  Polygon out;
  for (size_t i = 0; i < odd.size(); ++i) {
    Ring walk;
    for (size_t edge = i; !used[edge];) {
      used[edge] = true;
      walk.push_back(walk.empty() || walk.back() == odd[edge].first ? odd[edge].second : odd[edge].first);
      for (auto it = std::ranges::lower_bound(ends, walk.back(), before, &std::pair<Point, size_t>::first); it != ends.end() && it->first == walk.back(); ++it)
        if (!used[it->second]) {
          edge = it->second;
          break;
        }
    }
    if (walk.size() >= 3) out.rings.push_back(std::move(walk));
  }
  return out;
}

}  // namespace intarsia
