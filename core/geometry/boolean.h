// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <span>

#include "core/base/error.h"
#include "core/geometry/polygon.h"

namespace intarsia {

/// Boolean operations on areas (even-odd within each operand). Operands that cross themselves are repaired first; rings without
/// area vanish. The result's rings are: an outside, its holes, the next outside … Any thread.
Expected<Polygon> united(std::span<const Polygon> polygons);
Expected<Polygon> united(const Polygon& a, const Polygon& b);
Expected<Polygon> subtracted(const Polygon& a, const Polygon& b);
Expected<Polygon> intersected(const Polygon& a, const Polygon& b);
/// The same area as valid, non-crossing rings.
Expected<Polygon> repaired(const Polygon& polygon);

/// `polygon` with each vertex of `neighbour` that lies within `tolerance` (pixels) of one of its edges inserted there. After
/// `rest = subtracted(a, b)` both `rest` and `withVerticesOf(b, rest)` have the same points on their border, so that no gap opens
/// when either is moved, rounded or rasterized.
Polygon withVerticesOf(const Polygon& polygon, const Polygon& neighbour, double tolerance = 1e-6);

/// A point where the ring crosses itself; touching itself at a point is no crossing.
std::optional<Point> selfIntersection(const Ring& ring);

}  // namespace intarsia
