// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/encode.h"

namespace intarsia {

Expected<std::string> encodeBmp(const Image& image, const std::vector<Color>& palette) {
  const bool indexed = image.channels == 1;
  if (image.empty() || image.bits != 8 || (!indexed && image.channels != 3) || palette.size() > 256)
    return fail(ErrorCode::unsupported, INTARSIA_TEXT("A BMP file has 8 bits and 1 or 3 channels"));
  const size_t stride = (image.rowBytes() + 3) / 4 * 4, offset = 14 + 40 + (indexed ? 1024 : 0);
  const uint64_t size = offset + uint64_t(stride) * uint64_t(image.height);
  if (size > UINT32_MAX) return fail(ErrorCode::tooLarge, INTARSIA_TEXT("The picture is too large for a BMP file"));
  std::string out;
  out.reserve(size_t(size));
  const auto put = [&](uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += char(value >> (8 * i) & 255);
  };
  out += "BM";
  put(uint32_t(size), 4);
  put(0, 4);
  put(uint32_t(offset), 4);
  put(40, 4);  // BITMAPINFOHEADER
  put(uint32_t(image.width), 4);
  put(uint32_t(image.height), 4);  // rows from the bottom
  put(1, 2);
  put(indexed ? 8 : 24, 2);
  put(0, 4);
  put(uint32_t(stride) * uint32_t(image.height), 4);
  put(2835, 4);  // 72 dots per inch
  put(2835, 4);
  put(indexed ? 256 : 0, 4);
  put(0, 4);
  for (uint32_t i = 0; indexed && i < 256; ++i) {
    const Color c = i < palette.size() ? palette[i] : palette.empty() ? Color{uint8_t(i), uint8_t(i), uint8_t(i)} : Color{};
    put(uint32_t(c.r) << 16 | uint32_t(c.g) << 8 | c.b, 4);
  }
  for (int y = image.height - 1; y >= 0; --y) {
    const uint8_t* row = image.row(y);
    if (indexed) out.append(reinterpret_cast<const char*>(row), size_t(image.width));
    else
      for (int x = 0; x < image.width; ++x) put(uint32_t(row[3 * x]) << 16 | uint32_t(row[3 * x + 1]) << 8 | row[3 * x + 2], 3);
    out.append(stride - image.rowBytes(), '\0');
  }
  return out;
}

}  // namespace intarsia
