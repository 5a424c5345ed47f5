// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/rect.h"

namespace intarsia {

/// A pixel that no label covers. It enters neither loss nor metric.
inline constexpr uint16_t kUnlabelled = 65535;

/// One class index per pixel, row by row from the top-left pixel. Indices are positions in the project's ClassTable.
class LabelMap {
 public:
  LabelMap() = default;
  LabelMap(int width, int height, uint16_t value = kUnlabelled)
      : m_width(width), m_height(height), m_pixels(size_t(width) * size_t(height), value) {}

  /// `pixels` are size.width × size.height values, row by row.
  LabelMap(Size size, std::vector<uint16_t> pixels) : m_width(size.width), m_height(size.height), m_pixels(std::move(pixels)) {}

  int width() const { return m_width; }
  int height() const { return m_height; }
  Size size() const { return {m_width, m_height}; }
  Rect rect() const { return {0, 0, m_width, m_height}; }
  bool empty() const { return m_pixels.empty(); }
  uint16_t at(int x, int y) const { return m_pixels[size_t(y) * m_width + x]; }
  void set(int x, int y, uint16_t v) { m_pixels[size_t(y) * m_width + x] = v; }
  const uint16_t* row(int y) const { return m_pixels.data() + size_t(y) * m_width; }
  uint16_t* row(int y) { return m_pixels.data() + size_t(y) * m_width; }
  const std::vector<uint16_t>& pixels() const { return m_pixels; }
  std::vector<uint16_t>& pixels() { return m_pixels; }
  bool operator==(const LabelMap&) const = default;

 private:
  int m_width = 0, m_height = 0;
  std::vector<uint16_t> m_pixels;
};

}  // namespace intarsia
