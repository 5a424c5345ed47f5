// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/image_pyramid.h"

#include <algorithm>

#include "core/base/parallel.h"

namespace intarsia {
namespace {

Image withoutAlpha(Image image) {
  if (image.channels != 4) return image;
  const size_t sample = size_t(image.bits / 8), pixels = size_t(image.width) * image.height;
  Image out{image.width, image.height, 3, image.bits, {}};
  out.bytes.resize(pixels * 3 * sample);
  for (size_t i = 0; i < pixels; ++i) std::copy_n(image.bytes.data() + i * 4 * sample, 3 * sample, out.bytes.data() + i * 3 * sample);
  return out;
}

Image to8Bits(const Image& in, const ToneCurve& curve) {
  Image out{in.width, in.height, in.channels, 8, {}};
  out.bytes.resize(in.bytes.size() / 2);
  const auto* from = reinterpret_cast<const uint16_t*>(in.bytes.data());
  for (size_t i = 0; i < out.bytes.size(); ++i) out.bytes[i] = curve[from[i]];
  return out;
}

/// Box average of 2×2; the last row and column of odd sizes are averaged with themselves.
template <class Sample, int Channels>
void halfRow(const Sample* a, const Sample* b, Sample* to, int width, int outWidth) {
  const int whole = width / 2;
  for (int x = 0; x < whole; ++x)
    for (int k = 0; k < Channels; ++k) {
      const int i = 2 * x * Channels + k;
      to[x * Channels + k] = Sample((a[i] + a[i + Channels] + b[i] + b[i + Channels] + 2) / 4);
    }
  if (outWidth > whole)
    for (int k = 0; k < Channels; ++k) {
      const int i = (width - 1) * Channels + k;
      to[whole * Channels + k] = Sample((a[i] + b[i] + 1) / 2);
    }
}

Image half(const Image& in) {
  Image out{(in.width + 1) / 2, (in.height + 1) / 2, in.channels, in.bits, {}};
  out.bytes.resize(out.rowBytes() * size_t(out.height));
  constexpr int kRows = 64;
  const auto rows = [&](int part) -> Expected<> {
    for (int y = part * kRows; y < std::min(out.height, (part + 1) * kRows); ++y) {
      const int below = std::min(2 * y + 1, in.height - 1);
      const auto run = [&]<class Sample>(Sample*) {
        const auto* a = reinterpret_cast<const Sample*>(in.row(2 * y));
        const auto* b = reinterpret_cast<const Sample*>(in.row(below));
        auto* to = reinterpret_cast<Sample*>(out.row(y));
        in.channels == 1 ? halfRow<Sample, 1>(a, b, to, in.width, out.width) : halfRow<Sample, 3>(a, b, to, in.width, out.width);
      };
      in.bits == 16 ? run(static_cast<uint16_t*>(nullptr)) : run(static_cast<uint8_t*>(nullptr));
    }
    return {};
  };
  (void)parallelFor((out.height + kRows - 1) / kRows, rows);
  return out;
}

}  // namespace

ImagePyramid::ImagePyramid(Image image) : m_size(image.size()) {
  const bool deep = image.bits == 16;
  std::vector<Image>& levels = deep ? m_deep : m_levels;
  levels.push_back(withoutAlpha(std::move(image)));
  while (std::max(levels.back().width, levels.back().height) > 256) levels.push_back(half(levels.back()));
  m_range = toneRange(levels.back());
  const ToneCurve curve = deep ? toneCurve({}, 16, m_range) : ToneCurve();
  for (const Image& level : m_deep) m_levels.push_back(to8Bits(level, curve));
}

ImagePyramid::ImagePyramid(Image smaller, Size size) : ImagePyramid(std::move(smaller)) { m_size = size; }

int ImagePyramid::levelFor(double scale) const {
  int n = 0;
  while (n + 1 < levels() && scale * m_size.width <= double(level(n + 1).width) * (1 + 1e-9)) ++n;
  return n;
}

size_t ImagePyramid::byteCount() const {
  size_t sum = 0;
  for (const auto* levels : {&m_levels, &m_deep})
    for (const Image& level : *levels) sum += level.bytes.size();
  return sum;
}

}  // namespace intarsia
