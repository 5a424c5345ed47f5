// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <vector>

#include "core/base/rect.h"

namespace intarsia {

/// Decoded pixels, interleaved, rows without padding, top-left first. 1 (grey), 3 (RGB) or 4 (RGBA) channels;
/// 8 bits, or 16 bits in the machine's byte order (then `bytes` holds two per sample).
struct Image {
  int width = 0, height = 0, channels = 0, bits = 8;
  std::vector<uint8_t> bytes;

  Size size() const { return {width, height}; }
  bool empty() const { return bytes.empty(); }
  size_t rowBytes() const { return size_t(width) * channels * (bits / 8); }
  const uint8_t* row(int y) const { return bytes.data() + rowBytes() * y; }
  uint8_t* row(int y) { return bytes.data() + rowBytes() * y; }
  const uint16_t* row16(int y) const { return reinterpret_cast<const uint16_t*>(row(y)); }
};

}  // namespace intarsia
