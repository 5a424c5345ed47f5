// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>

#include "core/base/rect.h"
#include "core/geometry/polygon.h"

namespace intarsia {

/// The outline of a binary mask (row by row, not 0 = set) along pixel edges, its first pixel at `origin`: rasterized by the centre
/// rule it gives the same pixels. Holes are further rings; regions that touch at a corner are separate rings.
Polygon outlineOf(std::span<const uint8_t> mask, Size size, Point origin = {});

}  // namespace intarsia
