// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "annotate/raster/rasterizer.h"
#include "core/base/error.h"
#include "core/base/rect.h"

namespace intarsia {

/// A binary mask as COCO writes it: lengths of runs down the columns, left to right, zeros first (the first run may be 0).
struct Rle {
  Size size;
  std::vector<uint32_t> counts;
  bool operator==(const Rle&) const = default;
};

/// The compressed text of `counts` (5 bits a character, from the fourth on the difference to the count two before) and back.
/// The text may be anything: an error names what is wrong with it.
std::string rleToText(std::span<const uint32_t> counts);
Expected<std::vector<uint32_t>> rleFromText(std::string_view text);

/// An error unless the runs fill the size exactly.
Expected<> checkRle(const Rle& rle);
/// Pixels set; safe for any counts.
int64_t rleArea(const Rle& rle);
/// Smallest rectangle around the pixels set; empty for none. The RLE must have passed checkRle.
Rect rleBounds(const Rle& rle);
/// 0 and 1, row by row, of the pixels of `rect`, which lies inside the size.
Expected<std::vector<uint8_t>> decodeRle(const Rle& rle, const Rect& rect);
inline Expected<std::vector<uint8_t>> decodeRle(const Rle& rle) { return decodeRle(rle, {0, 0, rle.size.width, rle.size.height}); }
/// From a row-by-row mask of size.width × size.height bytes, not 0 = set.
Rle encodeRle(std::span<const uint8_t> mask, Size size);
/// What a polygon covers in an image of that size.
Rle rleOfPolygon(const Polygon& polygon, Size size, RasterRule rule = RasterRule::coco);

}  // namespace intarsia
