// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/image.h"
#include "core/base/label_map.h"

namespace intarsia {

/// Another size. Each axis for itself: smaller = mean over the covered area (exact box filter), larger = bilinear between pixel centres,
/// clamped at the border. Any channels, 8 and 16 bits, rounded to nearest. An empty target or image gives an empty image.
Image resized(const Image& image, Size size);
/// `part` of resized(image, size), bit for bit, without the rest; it lies within `size`.
Image resizedPart(const Image& image, Size size, const Rect& part);
/// As three 8-bit channels: grey tripled, alpha dropped, 16 bits cut to their upper 8.
Image toRgb8(Image image);
/// The label at each new pixel's centre: no label is invented.
LabelMap resizedNearest(const LabelMap& map, Size size);
/// The largest size with the same proportions whose longer side is at most `side`, at least 1 × 1; never larger than `size`.
Size fitted(Size size, int side);

}  // namespace intarsia
