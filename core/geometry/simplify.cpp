// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry/simplify.h"

#include <utility>

#include "core/geometry/nesting.h"

namespace intarsia {
namespace {

/// Marks what must stay between the ends of each stretch in `open`; indices go round the ring.
void keepBetween(const Ring& ring, std::vector<std::pair<size_t, size_t>> open, double tolerance, std::vector<bool>& keep) {
  const auto at = [&](size_t i) { return ring[i % ring.size()]; };
  while (!open.empty()) {  // a stack: a ring of 200,000 points must not recurse
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
}

Ring kept(const Ring& ring, const std::vector<bool>& keep) {
  Ring out;
  for (size_t i = 0; i < ring.size(); ++i)
    if (keep[i]) out.push_back(ring[i]);
  return out;
}

}  // namespace

Ring simplified(const Ring& ring, double tolerance) {
  const size_t n = ring.size();
  if (n <= 3 || !usable(ring) || !(tolerance >= 0)) return ring;
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
  keepBetween(ring, {{0, far}, {far, n}}, tolerance, keep);
  const Ring out = kept(ring, keep);
  return out.size() >= 3 ? out : ring;
}

Ring simplifiedLine(const Ring& line, double tolerance) {
  if (line.size() < 3) return line;
  std::vector<bool> keep(line.size(), false);
  keep.front() = keep.back() = true;
  keepBetween(line, {{0, line.size() - 1}}, tolerance, keep);
  return kept(line, keep);
}

Polygon simplified(const Polygon& polygon, double tolerance) {
  Polygon out;
  for (const auto& ring : polygon.rings) out.rings.push_back(simplified(ring, tolerance));
  return out;
}

}  // namespace intarsia
