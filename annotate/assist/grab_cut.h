// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "annotate/raster/rasterizer.h"
#include "core/base/image.h"
#include "core/base/job.h"

namespace intarsia {

struct GrabCutWish {
  Rect box;                                  // the thing lies wholly in it; all outside is background
  std::vector<Span> foreground, background;  // pixels that are surely one or the other
  int iterations = 4;
};

/// The pixels of the thing in the box (Rother, Kolmogorov and Blake, "GrabCut", 2004, by OpenCV): colours of what lies outside the box
/// against those inside. Any image; some pixels must lie outside the box. The same input gives the same pixels. Pure; any thread;
/// it can be cancelled between iterations. A quarter of a megapixel takes about a second.
Expected<std::vector<Span>> grabCut(const Image& image, const GrabCutWish& wish, const Job& job = {});

}  // namespace intarsia
