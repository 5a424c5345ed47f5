// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "annotate/raster/rasterizer.h"

namespace intarsia {

// The rules of other programs, for images that begin at (0, 0) and have `size`. Rings that lie inside another ring are holes.

/// Spans of a polygon from those of its rings: outer rings and parts set, rings inside them clear, and so on inwards.
using RingSpans = void (*)(const Ring& ring, Size size, std::vector<Span>& out);
std::vector<Span> composeRings(const Polygon& polygon, Size size, RingSpans ringSpans);

/// Rows of a mask (not 0 = set).
std::vector<Span> spansOfMask(const uint8_t* mask, Size size, size_t stride);

/// pycocotools' rleFrPoly, ring by ring; parts are merged by OR as COCO's lists of polygons are.
std::vector<Span> cocoSpans(const Polygon& polygon, Size size);

/// Pillow's ImageDraw.polygon(fill=1, outline=1), as labelme and Cityscapes use it.
std::vector<Span> pilSpans(const Polygon& polygon, Size size);
/// cv2.fillPoly of points rounded as numpy.round does; all rings in one call (even-odd, outlines drawn).
std::vector<Span> opencvSpans(const Polygon& polygon, Size size);

}  // namespace intarsia
