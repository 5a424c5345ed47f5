// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "core/geometry/polygon.h"

namespace intarsia {

/// At least three points, all finite. Other rings cover nothing.
bool usable(const Ring& ring);
/// Whether the ray from p to the left meets edge ab. Half open in y, and an edge is met by its own points: so a point on a left or
/// upper border is inside, one on a right or lower border is not. The upper end comes first: neighbours compute the same number.
bool crosses(Point p, Point a, Point b);
/// Even-odd; the rule for points on the border is the rasterizer's (left and upper borders are inside).
bool contains(const Ring& ring, Point p);
/// For each ring the rings it lies in; an odd number makes it a hole. Rings are taken as not crossing one another.
std::vector<std::vector<int>> nesting(const Polygon& polygon);
/// Each outside with its holes. Rings that cover nothing are left out.
std::vector<Polygon> parts(const Polygon& polygon);

}  // namespace intarsia
