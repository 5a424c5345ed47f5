// SPDX-License-Identifier: GPL-3.0-or-later
// Polygons on a grid of 1/64 pixel against brute force in whole numbers; of any doubles: a part is the crop of the whole, and
// neither the direction of a ring nor its first vertex matters. The other rules must stay inside the image.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "annotate/raster/rasterizer.h"
#include "tests/annotate/raster_reference.h"

using namespace intarsia;

namespace {

const Rect kImage{0, 0, 24, 16};

std::vector<uint8_t> maskOf(const Polygon& polygon, const Rect& rect, RasterRule rule = RasterRule::centre) {
  std::vector<uint8_t> mask(size_t(rect.width) * size_t(rect.height), 0);
  for (const Span& s : spans(polygon, rect, rule)) {
    if (s.y < rect.y || s.y >= rect.bottom() || s.begin < rect.x || s.end > rect.right() || s.begin >= s.end) std::abort();
    for (int x = s.begin; x < s.end; ++x)
      if (std::exchange(mask[size_t(s.y - rect.y) * size_t(rect.width) + size_t(x - rect.x)], 1)) std::abort();
  }
  return mask;
}

Polygon read(const uint8_t* data, size_t size, bool wild) {
  const size_t bytes = wild ? 16 : 4;
  Polygon polygon{{{}}};
  for (; size >= bytes; data += bytes, size -= bytes) {
    Point p;
    if (wild) {
      std::memcpy(&p, data, sizeof p);
    } else {
      int16_t v[2];
      std::memcpy(v, data, sizeof v);
      p = {(v[0] & ~0x7) / 64.0, (v[1] & ~0x7) / 64.0};
      if ((v[0] & 0x7) == 7) polygon.rings.emplace_back();  // a new ring begins
    }
    polygon.rings.back().push_back(p);
  }
  return polygon;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const bool wild = data[0] & 1;
  const Rect part = Rect{data[0] / 16, data[1] / 16, 1 + data[1] % 16, 1 + data[0] % 8}.intersected(kImage);
  Polygon polygon = read(data + 2, std::min<size_t>(size - 2, 1024), wild);
  const auto mask = maskOf(polygon, kImage);
  if (!wild && mask != test::maskReference(polygon, kImage)) std::abort();
  if (!part.empty()) {
    const auto crop = maskOf(polygon, part);
    for (int y = 0; y < part.height; ++y)
      if (!std::equal(crop.begin() + y * part.width, crop.begin() + (y + 1) * part.width, mask.begin() + (part.y + y) * kImage.width + part.x)) std::abort();
  }
  for (const RasterRule rule : {RasterRule::coco, RasterRule::pil, RasterRule::opencv}) (void)maskOf(polygon, kImage, rule);
  for (Ring& ring : polygon.rings) {
    std::reverse(ring.begin(), ring.end());
    if (!ring.empty()) std::rotate(ring.begin(), ring.begin() + int64_t(ring.size() / 2), ring.end());
  }
  if (mask != maskOf(polygon, kImage)) std::abort();
  return 0;
}
