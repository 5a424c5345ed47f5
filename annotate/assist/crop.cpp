// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/assist/crop.h"

#include <algorithm>

namespace intarsia {

Image cropped8(const Image& image, const Rect& wanted) {
  const Rect rect = image.empty() ? Rect{} : wanted.intersected({0, 0, image.width, image.height});
  Image out{rect.width, rect.height, image.channels >= 3 ? 3 : 1, 8, {}};
  out.bytes.resize(out.rowBytes() * size_t(out.height));
  for (int y = 0; y < rect.height; ++y) {
    uint8_t* to = out.row(y);
    if (image.bits == 8 && image.channels == out.channels) {
      std::copy_n(image.row(rect.y + y) + size_t(rect.x) * out.channels, out.rowBytes(), to);
      continue;
    }
    for (int x = 0; x < rect.width; ++x)
      for (int c = 0; c < out.channels; ++c) {
        const size_t i = size_t(rect.x + x) * image.channels + c;
        *to++ = image.bits == 16 ? uint8_t(image.row16(rect.y + y)[i] >> 8) : image.row(rect.y + y)[i];
      }
  }
  return out;
}

}  // namespace intarsia
