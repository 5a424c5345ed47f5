// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/supersample.h"

#include <algorithm>

namespace intarsia {
namespace {

Polygon scaled(std::span<const Ring> rings, double by) {
  Polygon out{{rings.begin(), rings.end()}};
  for (auto& ring : out.rings)
    for (auto& p : ring) p = {p.x * by, p.y * by};
  return out;
}

/// sink(x, y, first): the n × n samples of pixel (x, y) are first[j · n · width + i]. Row by row.
template <class Sink>
void eachPixel(const LabelMap& ground, std::span<const PaintedPolygon> polygons, int n, RasterRule rule, Sink&& sink) {
  const int width = ground.width() * n;
  struct Layer {
    std::vector<Span> spans;  // top to bottom
    size_t next = 0;
    uint16_t value;
  };
  std::vector<Layer> layers;
  for (const auto& [rings, value] : polygons)
    layers.push_back({spans(scaled(rings, n), {0, 0, width, ground.height() * n}, rule), 0, value});
  std::vector<uint16_t> samples(size_t(width) * size_t(n));
  for (int y = 0; y < ground.height(); ++y) {
    for (int x = 0; x < ground.width(); ++x) std::fill_n(samples.begin() + ptrdiff_t(x) * n, n, ground.at(x, y));
    for (int j = 1; j < n; ++j) std::copy_n(samples.begin(), width, samples.begin() + ptrdiff_t(j) * width);
    for (auto& [list, next, value] : layers)
      for (; next < list.size() && list[next].y < (y + 1) * n; ++next) {
        const auto row = samples.begin() + ptrdiff_t(list[next].y - y * n) * width;
        std::fill(row + list[next].begin, row + list[next].end, value);
      }
    for (int x = 0; x < ground.width(); ++x) sink(x, y, samples.data() + ptrdiff_t(x) * n);
  }
}

}  // namespace

LabelMap supersampled(const LabelMap& ground, std::span<const PaintedPolygon> polygons, int n, RasterRule rule) {
  LabelMap map = ground;
  paint(map, polygons, rule);
  if (n <= 1) return map;
  const ptrdiff_t stride = ptrdiff_t(ground.width()) * n;
  std::vector<uint16_t> all(size_t(n) * size_t(n));
  eachPixel(ground, polygons, n, rule, [&](int x, int y, const uint16_t* first) {
    for (int j = 0; j < n; ++j) std::copy_n(first + j * stride, n, all.begin() + ptrdiff_t(j) * n);
    if (std::ranges::count(all, all[0]) == ptrdiff_t(all.size())) return map.set(x, y, all[0]);
    std::ranges::sort(all);
    const uint16_t plain = map.at(x, y);
    ptrdiff_t most = 0;
    for (auto at = all.begin(); at != all.end();) {
      const auto end = std::upper_bound(at, all.end(), *at);
      if (end - at > most || (end - at == most && *at == plain)) {
        most = end - at;
        map.set(x, y, *at);
      }
      at = end;
    }
  });
  return map;
}

Image supersampledColors(const LabelMap& ground, std::span<const PaintedPolygon> polygons, const ClassTable& classes, int n, RasterRule rule) {
  n = std::max(n, 1);
  Image image{ground.width(), ground.height(), 3, 8, std::vector<uint8_t>(size_t(ground.width()) * size_t(ground.height()) * 3)};
  const ptrdiff_t stride = ptrdiff_t(ground.width()) * n;
  uint8_t* out = image.bytes.data();
  eachPixel(ground, polygons, n, rule, [&](int, int, const uint16_t* first) {
    int sum[3] = {};
    for (int j = 0; j < n; ++j)
      for (int i = 0; i < n; ++i)
        if (const int value = first[j * stride + i]; value < classes.size()) {
          const Color c = classes[value].color;
          sum[0] += c.r, sum[1] += c.g, sum[2] += c.b;
        }
    for (const int s : sum) *out++ = uint8_t((2 * s + n * n) / (2 * n * n));
  });
  return image;
}

}  // namespace intarsia
