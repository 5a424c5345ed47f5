// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/rect.h"
#include "core/geometry/polygon.h"
#include "core/media/decode.h"

namespace intarsia {

/// Which pixels (1) of a picture belong to the one object that it shows: not transparent ones where it has transparent ones, else
/// those that are not zero or black.
std::vector<uint8_t> setPixels(const RawMask& mask);

/// The outline of a binary mask (row by row, not 0 = set) along pixel edges, its first pixel at `origin`: rasterized by the centre
/// rule it gives the same pixels. Holes are further rings; regions that touch at a corner are separate rings.
Polygon outlineOf(std::span<const uint8_t> mask, Size size, Point origin = {});

}  // namespace intarsia
