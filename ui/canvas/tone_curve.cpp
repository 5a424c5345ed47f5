// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/tone_curve.h"

#include <algorithm>
#include <cmath>

namespace intarsia {

ToneRange toneRange(const Image& image) {
  std::vector<int64_t> counts(image.bits == 16 ? 65536 : 256);
  const size_t samples = size_t(image.width) * image.height * image.channels;
  const auto* deep = reinterpret_cast<const uint16_t*>(image.bytes.data());
  for (size_t i = 0; i < samples; ++i) ++counts[image.bits == 16 ? deep[i] : image.bytes[i]];
  const auto percentile = [&](double share) {
    int64_t below = 0;
    size_t value = 0;
    while (value + 1 < counts.size() && double(below += counts[value]) <= share * double(samples)) ++value;
    return int(value);
  };
  ToneRange range{percentile(0.001), percentile(0.999)};
  if (range.high <= range.low) range.high = range.low + 1;
  return range;
}

ToneCurve toneCurve(const Adjustments& a, int bits, ToneRange range) {
  const int top = bits == 16 ? 65535 : 255;
  const bool stretch = a.stretch || bits == 16;
  const double low = stretch ? range.low : 0, high = stretch ? range.high : top;
  // Contrast turns the line about the middle: slope 0 at −100, 1 at 0, a step at 100.
  const double slope = std::tan((std::clamp(a.contrast, -100, 100) / 100.0 * 0.98 + 1) * M_PI / 4);
  ToneCurve curve(size_t(top) + 1);
  for (int i = 0; i <= top; ++i) {
    double v = std::clamp((i - low) / (high - low), 0.0, 1.0);
    v = std::pow(v, 1 / std::clamp(a.gamma, 0.1, 5.0));
    v = (v - 0.5) * slope + 0.5 + a.brightness / 100.0;
    curve[size_t(i)] = uint8_t(std::lround(std::clamp(v, 0.0, 1.0) * 255));
  }
  return curve;
}

}  // namespace intarsia
