// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <vector>

#include "annotate/raster/rasterizer.h"
#include "core/base/image.h"
#include "core/base/job.h"

namespace intarsia {

struct SuperpixelOptions {
  int side = 20;             // pixels; segments have about side² pixels
  double compactness = 10;   // colour difference (CIELAB) that weighs as much as the distance `side`; more = rounder
  int iterations = 6;
};

/// A picture cut into small areas of like colour.
struct Superpixels {
  Size size;
  int count = 0;
  std::vector<int32_t> labels;  // row by row, 0 … count−1; each label's pixels hang together by their sides
  std::vector<Rect> bounds;     // by label

  /// −1 outside.
  int at(int x, int y) const {
    return x < 0 || y < 0 || x >= size.width || y >= size.height ? -1 : int(labels[size_t(y) * size_t(size.width) + size_t(x)]);
  }
  std::vector<Span> spans(int label) const;
};

/// SLIC (Achanta et al., "SLIC Superpixels Compared to State-of-the-art Superpixel Methods", PAMI 2012): k-means in CIELAB and place
/// from a regular grid, each centre looking as far as 2 × side; then pieces smaller than side²/4 join a neighbour. Any image.
/// Deterministic. Pure; any thread. A megapixel takes about half a second.
Expected<Superpixels> superpixels(const Image& image, const SuperpixelOptions& options, const Job& job = {});

}  // namespace intarsia
