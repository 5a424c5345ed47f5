// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <random>
#include <vector>

#include "core/base/rect.h"
#include "core/geometry/polygon.h"

namespace intarsia::test {

/// Pixel-centre rule by brute force over whole numbers: coordinates must be multiples of 1/64 below 2^24. Nothing shared with the product.
inline bool insideReference(const Polygon& polygon, int x, int y) {
  const auto whole = [](double v) { return __int128(int64_t(v * 64)); };
  const __int128 cx = __int128(x) * 64 + 32, cy = __int128(y) * 64 + 32;
  bool inside = false;
  for (const Ring& ring : polygon.rings)
    for (size_t i = 0; i < ring.size(); ++i) {
      const Point& p = ring[i];
      const Point& q = ring[(i + 1) % ring.size()];
      const __int128 px = whole(p.x), py = whole(p.y), qx = whole(q.x), qy = whole(q.y);
      if ((py <= cy) == (qy <= cy)) continue;
      // crossing ≤ centre ⇔ px·(qy−py) + (cy−py)(qx−px) ≤ cx·(qy−py), the sign turned for edges that go up
      const __int128 left = px * (qy - py) + (cy - py) * (qx - px), right = cx * (qy - py);
      if (qy > py ? left <= right : left >= right) inside = !inside;
    }
  return inside;
}

inline std::vector<uint8_t> maskReference(const Polygon& polygon, const Rect& rect) {
  std::vector<uint8_t> mask;
  for (int y = rect.y; y < rect.bottom(); ++y)
    for (int x = rect.x; x < rect.right(); ++x) mask.push_back(insideReference(polygon, x, y));
  return mask;
}

/// Rings with vertices on a grid of `step` (a multiple of 1/64), in and around a width × height image.
inline Polygon randomPolygon(std::mt19937& random, double width, double height, double step, int maxVertices = 12) {
  Polygon polygon;
  const int rings = std::uniform_int_distribution(1, 3)(random);
  for (int r = 0; r < rings; ++r) {
    Ring ring(size_t(std::uniform_int_distribution(1, maxVertices)(random)));
    for (Point& p : ring)
      p = {std::uniform_int_distribution(int(-width / 2 / step), int(width * 1.5 / step))(random) * step,
           std::uniform_int_distribution(int(-height / 2 / step), int(height * 1.5 / step))(random) * step};
    polygon.rings.push_back(std::move(ring));
  }
  return polygon;
}

}  // namespace intarsia::test
