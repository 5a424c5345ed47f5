// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/data/augment.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace intarsia {

Augmentation Augmentation::draw(const Recipe& recipe, Size source, Size output, Random random) {
  Augmentation a;
  // All numbers are drawn in any case, so that switching one thing off leaves the others as they were.
  const bool flip = random.uniform() < 0.5 && recipe.flip;
  const double zoom = random.uniform(1 / recipe.scaleMax, 1 / recipe.scaleMin);
  const double angle = random.uniform(-1, 1) * recipe.rotate * std::numbers::pi / 180;
  const double tx = random.uniform(-1, 1), ty = random.uniform(-1, 1);
  const double contrast = 1 + random.uniform(-1, 1) * recipe.contrast, brightness = random.uniform(-1, 1) * recipe.brightness;
  const double saturation = 1 + random.uniform(-1, 1) * recipe.saturation;
  const double c = zoom * std::cos(angle), s = zoom * std::sin(angle), f = flip ? -1 : 1;
  a.linear = {f * c, -s, f * s, c};
  const double roomX = std::max(0.0, source.width - zoom * output.width) / 2, roomY = std::max(0.0, source.height - zoom * output.height) / 2;
  a.offset = {tx * roomX, ty * roomY};
  constexpr double kGrey[] = {0.299, 0.587, 0.114};
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) a.color[size_t(i * 3 + j)] = float(contrast * ((1 - saturation) * kGrey[j] + (i == j ? saturation : 0)));
    a.shift[size_t(i)] = float(110 * (1 - contrast) + brightness);
  }
  return a;
}

/// Mirrors a pixel index into [0, n): …1 0 | 0 1 … n-1 | n-1 n-2…
static int reflected(int i, int n) {
  i %= 2 * n;
  if (i < 0) i += 2 * n;
  return i < n ? i : 2 * n - 1 - i;
}

void sampleAugmented(const SampleCache::Picture& picture, const Augmentation& a, Size output, float* rgb, uint16_t* labels) {
  const int w = picture.size.width, h = picture.size.height;
  const auto& m = a.color;
  for (int y = 0; y < output.height; ++y) {
    const double oy = y + 0.5 - output.height / 2.0, ox = 0.5 - output.width / 2.0;
    const double x0 = a.linear[0] * ox + a.linear[1] * oy + w / 2.0 + a.offset[0];
    const double y0 = a.linear[2] * ox + a.linear[3] * oy + h / 2.0 + a.offset[1];
    for (int x = 0; x < output.width; ++x, rgb += 3, ++labels) {
      const float sx = float(x0 + a.linear[0] * x), sy = float(y0 + a.linear[2] * x);
      const float fx = std::floor(sx), fy = std::floor(sy);
      const bool inside = fx >= 0 && fy >= 0 && fx < float(w) && fy < float(h);
      *labels = inside ? picture.labels[size_t(fy) * size_t(w) + size_t(fx)] : kUnlabelled;
      const float bx = std::floor(sx - 0.5f), by = std::floor(sy - 0.5f);
      const float u = sx - 0.5f - bx, v = sy - 0.5f - by;
      int xa = int(bx), ya = int(by), xb = xa + 1, yb = ya + 1;
      if (xa < 0 || ya < 0 || xb >= w || yb >= h) xa = reflected(xa, w), xb = reflected(xb, w), ya = reflected(ya, h), yb = reflected(yb, h);
      const uint8_t *top = picture.rgb + size_t(ya) * size_t(w) * 3, *bottom = picture.rgb + size_t(yb) * size_t(w) * 3;
      float color[3];
      for (int c = 0; c < 3; ++c) {
        const float t = float(top[xa * 3 + c]) + u * (float(top[xb * 3 + c]) - float(top[xa * 3 + c]));
        const float b = float(bottom[xa * 3 + c]) + u * (float(bottom[xb * 3 + c]) - float(bottom[xa * 3 + c]));
        color[c] = t + v * (b - t);
      }
      for (size_t c = 0; c < 3; ++c)
        rgb[c] = std::clamp(m[c * 3] * color[0] + m[c * 3 + 1] * color[1] + m[c * 3 + 2] * color[2] + a.shift[c], 0.f, 255.f);
    }
  }
}

}  // namespace intarsia
