// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/label_map.h"
#include "core/base/random.h"
#include "core/base/rect.h"
#include "train/api/recipe.h"

namespace intarsia {

/// A picture as it is trained on. Points into memory of somebody else.
struct LabelledPixels {
  Size size;
  const uint8_t* rgb = nullptr;      // interleaved rows
  const uint16_t* labels = nullptr;  // kUnlabelled = ignore
};

/// What happens to one sample: where each output pixel is read, and what its colour becomes.
struct Augmentation {
  // source = linear · (output − output centre, seen in perspective) + source centre + offset, in pixels
  std::array<double, 4> linear{1, 0, 0, 1};
  std::array<double, 2> offset{0, 0};
  // (x, y, 1) → (x', y', w) of output positions from −1 to 1 of the half sides; the position is (x'/w, y'/w)
  std::array<double, 9> perspective{1, 0, 0, 0, 1, 0, 0, 0, 1};
  // colour (0…255) → clamp(matrix · colour + shift), then `tone` unless empty, blur and noise
  std::array<float, 9> color{1, 0, 0, 0, 1, 0, 0, 0, 1};
  std::array<float, 3> shift{0, 0, 0};
  std::vector<float> tone;   // value 0…255 → value, in even steps
  double blur = 0, noise = 0;
  uint64_t noiseSeed = 0;
  bool rareCrop = false;     // see centreOn

  /// Flip, scale, rotate, perspective, translate (within the picture when it is enlarged), contrast, brightness, saturation, gamma, blur, noise.
  static Augmentation draw(const Recipe& recipe, Size source, Size output, Random random);
  /// Moves a pixel of one of the `rare` classes to the middle, as far as the picture has something to show beside it. Without such a
  /// pixel nothing happens.
  void centreOn(std::span<const int> rare, const LabelledPixels& picture, Size output, Random random);
};

/// The homography that takes the corners of [−1, 1]² to themselves, moved as fastai's symmetric_warp does for its four magnitudes.
std::array<double, 9> symmetricWarp(const std::array<double, 4>& magnitudes);

/// Where sampleAugmented() reads: (x, y, 1) of output pixels → place in the picture, homogeneous.
struct SourceMap {
  std::array<double, 9> m;
  bool straight = true;      // the last row is 0 0 1

  SourceMap(const Augmentation& augmentation, Size source, Size output);
};

/// A Gaussian's weights, the middle one first; they end where it has fallen to a hundredth.
std::vector<float> blurTaps(double deviation);

/// One composed sampling: image bilinear with reflection at its borders, labels nearest and kUnlabelled outside.
/// `rgb`: output.width × output.height × 3 floats from 0 to 255, interleaved; `labels`: one per pixel.
void sampleAugmented(const LabelledPixels& picture, const Augmentation& augmentation, Size output, float* rgb, uint16_t* labels);

}  // namespace intarsia
