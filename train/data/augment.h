// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>

#include "core/base/random.h"
#include "core/base/rect.h"
#include "train/api/recipe.h"
#include "train/data/cache.h"

namespace intarsia {

/// What happens to one sample: where each output pixel is read, and what its colour becomes.
struct Augmentation {
  // source = linear · (output − output centre) + source centre + offset, in pixels
  std::array<double, 4> linear{1, 0, 0, 1};
  std::array<double, 2> offset{0, 0};
  // colour (0…255) → clamp(matrix · colour + shift)
  std::array<float, 9> color{1, 0, 0, 0, 1, 0, 0, 0, 1};
  std::array<float, 3> shift{0, 0, 0};

  /// Flip, scale, rotate, translate (within the picture when it is enlarged), contrast around 110, brightness, saturation.
  static Augmentation draw(const Recipe& recipe, Size source, Size output, Random random);
};

/// One composed sampling: image bilinear with reflection at its borders, labels nearest and kUnlabelled outside.
/// `rgb`: output.width × output.height × 3 floats from 0 to 255, interleaved; `labels`: one per pixel.
void sampleAugmented(const SampleCache::Picture& picture, const Augmentation& augmentation, Size output, float* rgb, uint16_t* labels);

}  // namespace intarsia
