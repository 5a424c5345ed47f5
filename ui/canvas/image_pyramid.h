// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <vector>

#include "core/base/image.h"
#include "ui/canvas/tone_curve.h"

namespace intarsia {

/// A picture and its halves, quarters …, 8 bits, grey or RGB; of a 16-bit picture those 16 bits too. Constant after
/// construction, so threads may share it.
class ImagePyramid {
 public:
  /// Takes 8 or 16 bits with 1, 3 or 4 channels. Worker threads: 100 megapixels take half a second.
  explicit ImagePyramid(Image image);
  /// A smaller version that stands for a picture of `size` until that is read.
  ImagePyramid(Image smaller, Size size);

  Size size() const { return m_size; }
  bool preview() const { return m_levels.front().size() != m_size; }
  int bits() const { return m_deep.empty() ? 8 : 16; }
  int levels() const { return int(m_levels.size()); }
  /// 8 bits; of a 16-bit picture its `range()` stretched over them.
  const Image& level(int n) const { return m_levels[size_t(n)]; }
  /// As stored: 16 bits where bits() says so.
  const Image& deepLevel(int n) const { return m_deep.empty() ? m_levels[size_t(n)] : m_deep[size_t(n)]; }
  /// The coarsest level that still has a pixel for every screen pixel at `scale` screen pixels per image pixel.
  int levelFor(double scale) const;
  ToneRange range() const { return m_range; }
  size_t byteCount() const;

 private:
  Size m_size;
  std::vector<Image> m_levels, m_deep;
  ToneRange m_range;
};
using PyramidPtr = std::shared_ptr<const ImagePyramid>;

}  // namespace intarsia
