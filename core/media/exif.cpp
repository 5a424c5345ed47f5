// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <string_view>

#include "core/media/codec.h"

namespace intarsia::media {

int exifOrientation(std::span<const uint8_t> exif) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  if (exif.size() >= kPrefix.size() && std::equal(kPrefix.begin(), kPrefix.end(), exif.begin()))
    exif = exif.subspan(kPrefix.size());
  if (exif.size() < 8) return 1;
  const bool little = exif[0] == 'I';
  if ((little ? exif[1] != 'I' : exif[0] != 'M' || exif[1] != 'M')) return 1;
  const auto at = [&](size_t offset, size_t bytes) -> size_t {
    size_t value = 0;
    for (size_t i = 0; i < bytes; ++i) value = value << 8 | exif[offset + (little ? bytes - 1 - i : i)];
    return value;
  };
  const size_t directory = at(4, 4);
  if (at(2, 2) != 42 || directory > exif.size() - 2) return 1;
  const size_t entries = std::min(at(directory, 2), (exif.size() - directory - 2) / 12);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + 12 * i;
    constexpr size_t kOrientationTag = 0x0112, kShort = 3;
    if (at(entry, 2) != kOrientationTag || at(entry + 2, 2) != kShort) continue;
    const size_t value = at(entry + 8, 2);
    return value >= 1 && value <= 8 ? int(value) : 1;
  }
  return 1;
}

}  // namespace intarsia::media
