// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "core/geometry/polygon.h"

namespace intarsia {

/// Points that borders are to have in common. Two borders that pass the same points in the same order rasterize without a gap and
/// without an overlap, and stay so when a point moves in both; a point that only one of them has (however little beside the other's
/// edge) is where gaps begin.
class Nodes {
 public:
  static constexpr double kTolerance = 1e-6;  // pixels: nearer is the same place, computed twice

  /// The polygon's finite vertices within `limit`.
  void add(const Polygon& polygon, const Bounds& limit);
  void add(const Polygon& polygon);
  bool empty() const { return m_points.empty() && m_recent.empty(); }
  /// The nearest within the tolerance.
  std::optional<Point> nearest(Point p) const;
  /// Vertices near a node become it; what falls together or folds onto itself thereby goes, and rings with it.
  Polygon snapped(const Polygon& polygon) const;
  /// Each edge gets the nodes that lie on it. `touched` grows by the edges that got one.
  Polygon inserted(const Polygon& polygon, Bounds* touched = nullptr) const;

 private:
  void sort() const;
  template <class Visit>
  void eachBetween(double left, double right, Visit visit) const;
  // By x, then y. What was added last waits in a short list, or each of many additions would sort all that came before.
  mutable std::vector<Point> m_points, m_recent;
  mutable size_t m_sorted = 0;  // of m_recent
};

/// `polygon` with the vertices of `neighbour` that lie on its edges. After `rest = subtracted(a, b)` both `rest` and
/// `withVerticesOf(b, rest)` have the same points on their border.
Polygon withVerticesOf(const Polygon& polygon, const Polygon& neighbour);

/// Without points that repeat the one before, edges that go back on themselves, and rings of fewer than three points.
Polygon withoutFolds(const Polygon& polygon);

/// Rings that hold the same area by the even-odd rule without the stretches of border that the ring passes an even number of times,
/// as where points outside of a picture were moved onto its edge. The ring itself where there is none.
Polygon withoutDoubledEdges(const Ring& ring);

}  // namespace intarsia
