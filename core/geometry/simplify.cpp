// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry/simplify.h"

#include <utility>

#include "core/geometry/nesting.h"

namespace intarsia {

Ring simplified(const Ring& ring, double tolerance) {
  const size_t n = ring.size();
  if (n <= 3 || !usable(ring) || !(tolerance >= 0)) return ring;
  const auto at = [&](size_t i) { return ring[i % n]; };

  // A ring has no ends: it is cut at its first point and at the one farthest from it.
  size_t far = 0;
  double distance = -1;
  for (size_t i = 1; i < n; ++i)
    if (const double d = distanceToSegment(ring[i], ring[0], ring[0]); d > distance) {
      distance = d;
      far = i;
    }
  std::vector<bool> keep(n, false);
  keep[0] = keep[far] = true;
  std::vector<std::pair<size_t, size_t>> open{{0, far}, {far, n}};  // a stack: a ring of 200,000 points must not recurse
  while (!open.empty()) {
    const auto [first, last] = open.back();
    open.pop_back();
    size_t worst = first;
    double most = tolerance;
    for (size_t i = first + 1; i < last; ++i)
      if (const double d = distanceToSegment(ring[i], at(first), at(last)); d > most) {
        most = d;
        worst = i;
      }
    if (worst == first) continue;
    keep[worst] = true;
    open.emplace_back(first, worst);
    open.emplace_back(worst, last);
  }
  Ring out;
  for (size_t i = 0; i < n; ++i)
    if (keep[i]) out.push_back(ring[i]);
  return out.size() >= 3 ? out : ring;
}

Polygon simplified(const Polygon& polygon, double tolerance) {
  Polygon out;
  for (const auto& ring : polygon.rings) out.rings.push_back(simplified(ring, tolerance));
  return out;
}

}  // namespace intarsia
