// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <span>

#include "annotate/raster/rasterizer.h"

namespace intarsia {

/// The outline of pixels along their edges: rasterized by the centre rule it gives the same pixels. `spans` as `spans()` gives them:
/// row by row, left to right, disjoint and not touching. Holes are further rings; areas that touch at a corner stay separate rings.
/// Cost: the number of spans, whatever the area.
Polygon outlineOf(std::span<const Span> spans);

}  // namespace intarsia
