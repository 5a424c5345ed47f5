// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace intarsia::test {

inline std::string big(uint32_t v, int bytes = 4) {
  std::string out;
  for (int i = bytes; i-- > 0;) out += char(v >> (8 * i) & 255);
  return out;
}

inline uint32_t crc32(std::string_view bytes) {
  uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc ^= uint8_t(c);
    for (int k = 0; k < 8; ++k) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

/// A PNG that says it is so large and holds hardly anything else: right check sums and the beginning of a stream of zeros.
inline std::string lyingPng(uint32_t width, uint32_t height, int bits, int type, int interlaced = 0) {
  const auto chunk = [](const std::string& name, const std::string& data) { return big(uint32_t(data.size())) + name + data + big(crc32(name + data)); };
  return std::string("\x89PNG\r\n\x1a\n", 8) + chunk("IHDR", big(width) + big(height) + char(bits) + char(type) + std::string(2, '\0') + char(interlaced)) +
         (type == 3 ? chunk("PLTE", std::string(6, '\0')) : "") + chunk("IDAT", std::string("\x78\x9c\x63\x00\x00\x00\x01\x00\x01", 9)) + chunk("IEND", "");
}

}  // namespace intarsia::test
