// SPDX-License-Identifier: GPL-3.0-or-later
// Coordinates of every kind: bytes as doubles, NaN and infinity among them, or as small whole numbers that make touching rings.
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "core/geometry/boolean.h"
#include "core/geometry/noding.h"
#include "core/geometry/simplify.h"

using namespace intarsia;

namespace {

/// The first byte of a ring says how many points follow and of which kind.
Polygon read(const uint8_t*& data, size_t& size) {
  Polygon polygon;
  for (int rings = 0; rings < 4 && size > 0; ++rings) {
    const bool wild = *data & 0x80, last = *data & 0x40;
    const size_t count = *data & 0x0F, bytes = wild ? 16 : 2;
    ++data;
    --size;
    Ring ring;
    for (size_t i = 0; i < count && size >= bytes; ++i, data += bytes, size -= bytes) {
      Point p{double(data[0]), double(data[1])};
      if (wild) std::memcpy(&p, data, sizeof p);
      ring.push_back(p);
    }
    polygon.rings.push_back(std::move(ring));
    if (last) break;
  }
  return polygon;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Polygon a = read(data, size), b = read(data, size);
  if (!std::isfinite(area(a))) std::abort();
  (void)pixelBounds(a, {0, 0, 100, 100});
  (void)contains(a, {5, 5});
  (void)united(a, b);
  (void)subtracted(a, b);
  (void)intersected(a, b);
  (void)withVerticesOf(a, b);
  (void)simplified(a, 1);
  for (const auto& ring : a.rings) (void)selfIntersection(ring);
  return 0;
}
