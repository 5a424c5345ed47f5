// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry/polygon.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/geometry/nesting.h"

namespace intarsia {
namespace {

/// Whether the ray from p to the left meets edge ab. Half open in y, and an edge is met by its own points: so a point on a left or
/// upper border is inside, one on a right or lower border is not. The upper end comes first: neighbours compute the same number.
bool crosses(Point p, Point a, Point b) {
  if ((a.y <= p.y) == (b.y <= p.y)) return false;
  if (a.y > b.y) std::swap(a, b);
  using Real = long double;  // the products of two doubles do not overflow
  return (Real(p.x) - a.x) * (Real(b.y) - a.y) >= (Real(b.x) - a.x) * (Real(p.y) - a.y);
}

bool onSegment(Point p, Point a, Point b) { return distanceToSegment(p, a, b) <= 1e-9; }

bool onBorder(const Ring& ring, Point p) {
  for (size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++)
    if (onSegment(p, ring[j], ring[i])) return true;
  return false;
}

/// A point of `ring` that tells whether it lies in `other`: a vertex or the middle of an edge away from the other's border.
std::optional<Point> probe(const Ring& ring, const Ring& other) {
  for (const Point p : ring)
    if (!onBorder(other, p)) return p;
  for (size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
    const Point middle{ring[j].x / 2 + ring[i].x / 2, ring[j].y / 2 + ring[i].y / 2};
    if (!onBorder(other, middle)) return middle;
  }
  return std::nullopt;
}

Bounds ringBounds(const Ring& ring) { return bounds(Polygon{{ring}}); }

bool within(const Bounds& a, const Bounds& b) {
  return a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;
}

}  // namespace

bool usable(const Ring& ring) {
  return ring.size() >= 3 && std::ranges::all_of(ring, [](Point p) { return std::isfinite(p.x) && std::isfinite(p.y); });
}

bool contains(const Ring& ring, Point p) {
  bool inside = false;
  for (size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) inside ^= crosses(p, ring[j], ring[i]);
  return inside;
}

std::vector<std::vector<int>> nesting(const Polygon& polygon) {
  const int n = int(polygon.rings.size());
  std::vector<Bounds> boxes;
  for (const auto& ring : polygon.rings) boxes.push_back(ringBounds(ring));
  std::vector<std::vector<int>> around(static_cast<size_t>(n));
  for (int i = 0; i < n; ++i) {
    const Ring& ring = polygon.rings[size_t(i)];
    if (!usable(ring)) continue;
    for (int j = 0; j < n; ++j) {
      const Ring& other = polygon.rings[size_t(j)];
      if (i == j || !within(boxes[size_t(i)], boxes[size_t(j)]) || !usable(other)) continue;
      const auto p = probe(ring, other);
      if (p ? contains(other, *p) : i > j) around[size_t(i)].push_back(j);  // the same ring twice: the later is inside
    }
  }
  return around;
}

Bounds bounds(const Polygon& polygon) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Bounds b{kInfinity, kInfinity, -kInfinity, -kInfinity};
  for (const auto& ring : polygon.rings)
    for (const Point p : ring) {
      if (!std::isfinite(p.x) || !std::isfinite(p.y)) continue;
      b.left = std::min(b.left, p.x);
      b.right = std::max(b.right, p.x);
      b.top = std::min(b.top, p.y);
      b.bottom = std::max(b.bottom, p.y);
    }
  return b.left > b.right ? Bounds{} : b;
}

Rect pixelBounds(const Polygon& polygon, const Rect& limit) {
  const Bounds b = bounds(polygon);
  if (limit.empty()) return {};
  const auto clamped = [](double v, int low, int high) { return int(std::clamp(v, double(low), double(high))); };
  const int left = clamped(std::floor(b.left), limit.x, limit.right()), top = clamped(std::floor(b.top), limit.y, limit.bottom());
  const int right = clamped(std::ceil(b.right), limit.x, limit.right());
  const int bottom = clamped(std::ceil(b.bottom), limit.y, limit.bottom());
  return right > left && bottom > top ? Rect{left, top, right - left, bottom - top} : Rect{};
}

double signedArea(const Ring& ring) {
  if (!usable(ring)) return 0;
  long double sum = 0;
  const Point o = ring[0];  // relative to a corner: no cancellation far from the origin
  for (size_t i = 1; i + 1 < ring.size(); ++i)
    sum += (static_cast<long double>(ring[i].x) - o.x) * (static_cast<long double>(ring[i + 1].y) - o.y) -
           (static_cast<long double>(ring[i + 1].x) - o.x) * (static_cast<long double>(ring[i].y) - o.y);
  constexpr long double kMost = std::numeric_limits<double>::max();
  return double(std::clamp(sum / 2, -kMost, kMost));
}

double area(const Polygon& polygon) {
  if (polygon.rings.size() == 1) return std::abs(signedArea(polygon.rings[0]));
  const auto around = nesting(polygon);
  double sum = 0;
  for (size_t i = 0; i < polygon.rings.size(); ++i) {
    const double a = std::abs(signedArea(polygon.rings[i]));
    sum += around[i].size() % 2 ? -a : a;
  }
  return std::max(sum, 0.0);
}

bool contains(const Polygon& polygon, Point p) {
  if (!std::isfinite(p.x) || !std::isfinite(p.y)) return false;
  bool inside = false;
  for (const auto& ring : polygon.rings)
    if (usable(ring)) inside ^= contains(ring, p);
  return inside;
}

double distanceToSegment(Point p, Point a, Point b) {
  using Real = long double;
  const Real dx = Real(b.x) - a.x, dy = Real(b.y) - a.y, px = Real(p.x) - a.x, py = Real(p.y) - a.y;
  const Real length = dx * dx + dy * dy;
  const Real t = length > 0 ? std::clamp((px * dx + py * dy) / length, Real(0), Real(1)) : Real(0);
  const Real distance = std::hypot(px - t * dx, py - t * dy);
  return std::isfinite(distance) ? double(std::min(distance, Real(std::numeric_limits<double>::max())))
                                 : std::numeric_limits<double>::infinity();
}

}  // namespace intarsia
