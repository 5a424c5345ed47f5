// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <span>
#include <vector>

#include "annotate/raster/rasterizer.h"
#include "core/base/image.h"
#include "core/base/job.h"

namespace intarsia {

struct FloodOptions {
  int tolerance = 16;      // of 255: the largest difference of a channel from the pixel clicked (16-bit images: of the upper byte)
  bool contiguous = true;  // only pixels that hang together by their sides with the one clicked
  bool fillHoles = true;   // also whatever lies enclosed
};

/// Pixels that look like the one at (x, y), as `spans()` gives them; none if that lies outside. Any image: 1, 3 or 4 channels
/// (alpha is not compared), 8 or 16 bits. Pure; any thread.
Expected<std::vector<Span>> flood(const Image& image, int x, int y, const FloodOptions& options, const Job& job = {});

/// The pixels and all that they enclose: those from which no way along sides of other pixels leads out of their bounds.
std::vector<Span> withHolesFilled(std::span<const Span> spans);

}  // namespace intarsia
