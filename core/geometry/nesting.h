// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "core/geometry/polygon.h"

namespace intarsia {

/// At least three points, all finite. Other rings cover nothing.
bool usable(const Ring& ring);
/// Even-odd; the rule for points on the border is the rasterizer's (left and upper borders are inside).
bool contains(const Ring& ring, Point p);
/// For each ring the rings it lies in; an odd number makes it a hole. Rings are taken as not crossing one another.
std::vector<std::vector<int>> nesting(const Polygon& polygon);

}  // namespace intarsia
