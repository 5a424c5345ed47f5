// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/raster_rules.h"

#include <algorithm>
#include <numeric>

#include "core/geometry/nesting.h"

namespace intarsia {

std::vector<Span> composeRings(const Polygon& polygon, Size size, RingSpans ringSpans) {
  std::vector<Span> spans;
  if (size.empty() || polygon.rings.empty()) return spans;
  const size_t count = polygon.rings.size();
  if (count == 1) {
    ringSpans(polygon.rings[0], size, spans);
    return spans;
  }
  const std::vector<std::vector<int>> outer = nesting(polygon);
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t(0));
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return outer[a].size() < outer[b].size(); });
  std::vector<uint8_t> mask(size_t(size.width) * size_t(size.height), 0);
  for (const size_t i : order) {
    spans.clear();
    ringSpans(polygon.rings[i], size, spans);
    for (const Span& s : spans)
      std::fill_n(mask.begin() + int64_t(s.y) * size.width + s.begin, s.end - s.begin, uint8_t(outer[i].size() % 2 == 0));
  }
  return spansOfMask(mask.data(), size, size_t(size.width));
}

std::vector<Span> spansOfMask(const uint8_t* mask, Size size, size_t stride) {
  std::vector<Span> spans;
  for (int y = 0; y < size.height; ++y) {
    const uint8_t* row = mask + size_t(y) * stride;
    const uint8_t* const end = row + size.width;
    for (const uint8_t* at = row; at < end;) {
      at = std::find_if(at, end, [](uint8_t v) { return v != 0; });
      const uint8_t* const stop = std::find(at, end, uint8_t(0));
      if (at < stop) spans.push_back({y, int(at - row), int(stop - row)});
      at = stop;
    }
  }
  return spans;
}

}  // namespace intarsia
