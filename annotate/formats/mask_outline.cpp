// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/mask_outline.h"

#include <algorithm>
#include <vector>

namespace intarsia {

std::vector<uint8_t> setPixels(const RawMask& mask) {
  std::vector<uint8_t> set(size_t(mask.size.width) * size_t(mask.size.height));
  const bool transparent = std::any_of(mask.alpha.begin(), mask.alpha.end(), [](uint8_t a) { return a < 255; });
  for (size_t i = 0; i < set.size(); ++i) {
    if (transparent) set[i] = mask.alpha[i] != 0;
    else if (mask.kind == RawMask::Kind::color) set[i] = mask.rgb[3 * i] || mask.rgb[3 * i + 1] || mask.rgb[3 * i + 2];
    else set[i] = mask.values[i] != 0;
  }
  return set;
}

Polygon outlineOf(std::span<const uint8_t> mask, Size size, Point origin) {
  const int w = size.width, h = size.height, stride = w + 1;
  const auto set = [&](int x, int y) { return x >= 0 && y >= 0 && x < w && y < h && mask[size_t(y) * size_t(w) + size_t(x)] != 0; };
  // Per corner the border edges that leave it, the inside on their right: bit 0 right, 1 down, 2 left, 3 up.
  std::vector<uint8_t> leaving(size_t(stride) * size_t(h + 1), 0);
  const auto at = [&](int x, int y) -> uint8_t& { return leaving[size_t(y) * size_t(stride) + size_t(x)]; };
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x) {
      if (!set(x, y)) continue;
      if (!set(x, y - 1)) at(x, y) |= 1;
      if (!set(x + 1, y)) at(x + 1, y) |= 2;
      if (!set(x, y + 1)) at(x + 1, y + 1) |= 4;
      if (!set(x - 1, y)) at(x, y + 1) |= 8;
    }
  constexpr int kDx[] = {1, 0, -1, 0}, kDy[] = {0, 1, 0, -1};
  Polygon polygon;
  for (int y = 0; y <= h; ++y)
    for (int x = 0; x <= w; ++x)
      while (at(x, y) & 1) {  // every ring has an edge to the right at its top
        Ring ring;
        int u = x, v = y, direction = 0, last = -1;
        do {
          at(u, v) &= uint8_t(~(1 << direction));
          if (direction != last) ring.push_back({origin.x + u, origin.y + v});
          last = direction;
          u += kDx[direction];
          v += kDy[direction];
          for (const int turn : {1, 0, 3}) {  // right first: regions that touch at a corner stay apart
            const int next = (direction + turn) & 3;
            if (at(u, v) & (1 << next)) {
              direction = next;
              break;
            }
          }
        } while (!(u == x && v == y));
        polygon.rings.push_back(std::move(ring));
      }
  return polygon;
}

}  // namespace intarsia
