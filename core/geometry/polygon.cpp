// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry/polygon.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/geometry/nesting.h"

namespace intarsia {

bool crosses(Point p, Point a, Point b) {
  if ((a.y <= p.y) == (b.y <= p.y)) return false;
  if (a.y > b.y) std::swap(a, b);
  using Real = long double;  // the products of two doubles do not overflow
  return (Real(p.x) - a.x) * (Real(b.y) - a.y) >= (Real(b.x) - a.x) * (Real(p.y) - a.y);
}

bool usable(const Ring& ring) {
  return ring.size() >= 3 && std::ranges::all_of(ring, [](Point p) { return std::isfinite(p.x) && std::isfinite(p.y); });
}

bool contains(const Ring& ring, Point p) {
  bool inside = false;
  for (size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) inside ^= crosses(p, ring[j], ring[i]);
  return inside;
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
