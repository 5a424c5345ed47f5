// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>

#include "annotate/edit/hit_test.h"

namespace intarsia {

/// Where a point goes that is set near something.
struct Snap {
  enum class Kind { vertex, edge, imageBorder };
  Point point;
  Kind kind = Kind::vertex;
};

/// The nearest vertex of a shape that is seen within `radius` pixels, else the nearest place on an edge, else the image's border;
/// nothing where p is far from all. `except`: see HitTester.
std::optional<Snap> snapTo(HitTester& hits, const Annotation& annotation, Point p, double radius, std::optional<Point> except = {});

/// The two ways along a border between two places on it: the border's vertices between them, in order.
struct BorderWays {
  ShapeId shape = 0;
  Ring shorter, longer;
};
/// Along the ring, of those that pass both places, that makes the shorter way; none if no ring does.
std::optional<BorderWays> waysBetween(const Annotation& annotation, Point from, Point to);

}  // namespace intarsia
