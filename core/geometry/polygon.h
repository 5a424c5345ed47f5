// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "core/base/rect.h"

namespace intarsia {

/// Continuous pixel coordinates: (0, 0) is the outer corner of the top-left pixel, pixel (x, y) covers [x, x+1) × [y, y+1).
struct Point {
  double x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

/// Closed; the first point is not repeated at the end.
using Ring = std::vector<Point>;

/// An area: the first ring of a part is its outside, further rings are holes; with the even-odd rule order does not matter.
struct Polygon {
  std::vector<Ring> rings;
  bool operator==(const Polygon&) const = default;
};

struct Bounds {
  double left = 0, top = 0, right = 0, bottom = 0;
  bool empty() const { return !(right > left && bottom > top); }
};

Bounds bounds(const Polygon& polygon);
/// All pixels that the polygon may touch, clipped to `limit`; safe for enormous and non-finite coordinates.
Rect pixelBounds(const Polygon& polygon, const Rect& limit);
/// Signed shoelace area of a ring; positive when clockwise on screen (y downwards).
double signedArea(const Ring& ring);
/// |outside| minus |holes| for rings nested as written: first ring minus the others that lie inside it, plus separate parts.
double area(const Polygon& polygon);
/// Even-odd over all rings.
bool contains(const Polygon& polygon, Point p);
double distanceToSegment(Point p, Point a, Point b);

}  // namespace intarsia
