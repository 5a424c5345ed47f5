// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <vector>

#include "core/base/image.h"

namespace intarsia {

/// A picture and its halves, quarters …, 8 bits, grey or RGB. Constant after construction, so threads may share it.
class ImagePyramid {
 public:
  /// Takes 8 or 16 bits (scaled to 8) with 1, 3 or 4 channels. Worker threads: 100 megapixels take about a second.
  explicit ImagePyramid(Image image);

  Size size() const { return m_levels.front().size(); }
  int levels() const { return int(m_levels.size()); }
  const Image& level(int n) const { return m_levels[size_t(n)]; }
  /// The coarsest level that still has a pixel for every screen pixel at `scale` screen pixels per image pixel.
  int levelFor(double scale) const;
  size_t byteCount() const;

 private:
  std::vector<Image> m_levels;
};
using PyramidPtr = std::shared_ptr<const ImagePyramid>;

}  // namespace intarsia
