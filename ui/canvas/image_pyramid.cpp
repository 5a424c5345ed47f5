// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/image_pyramid.h"

#include <algorithm>

namespace intarsia {
namespace {

Image to8Bits(Image image) {
  const bool alpha = image.channels == 4;
  if (image.bits == 8 && !alpha) return image;
  Image out{image.width, image.height, alpha ? 3 : image.channels, 8, {}};
  out.bytes.resize(out.rowBytes() * size_t(out.height));
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < out.channels; ++c) {
        const size_t i = size_t(x) * image.channels + c;
        out.row(y)[size_t(x) * out.channels + c] = image.bits == 16 ? uint8_t(image.row16(y)[i] >> 8) : image.row(y)[i];
      }
  return out;
}

/// Box average of 2×2; the last row and column of odd sizes are averaged with themselves.
Image half(const Image& in) {
  Image out{(in.width + 1) / 2, (in.height + 1) / 2, in.channels, 8, {}};
  out.bytes.resize(out.rowBytes() * size_t(out.height));
  const int c = in.channels;
  for (int y = 0; y < out.height; ++y) {
    const uint8_t* a = in.row(2 * y);
    const uint8_t* b = in.row(std::min(2 * y + 1, in.height - 1));
    uint8_t* to = out.row(y);
    for (int x = 0; x < out.width; ++x) {
      const int left = 2 * x * c, right = std::min(2 * x + 1, in.width - 1) * c;
      for (int k = 0; k < c; ++k)
        *to++ = uint8_t((a[left + k] + a[right + k] + b[left + k] + b[right + k] + 2) / 4);
    }
  }
  return out;
}

}  // namespace

ImagePyramid::ImagePyramid(Image image) {
  m_levels.push_back(to8Bits(std::move(image)));
  while (std::max(m_levels.back().width, m_levels.back().height) > 256) m_levels.push_back(half(m_levels.back()));
}

int ImagePyramid::levelFor(double scale) const {
  int n = 0;
  while (n + 1 < levels() && scale * double(2 << n) <= 1.0 + 1e-9) ++n;
  return n;
}

size_t ImagePyramid::byteCount() const {
  size_t sum = 0;
  for (const Image& level : m_levels) sum += level.bytes.size();
  return sum;
}

}  // namespace intarsia
