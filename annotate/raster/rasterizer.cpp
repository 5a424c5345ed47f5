// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/rasterizer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <cwchar>
#include <limits>
#include <unordered_map>

#include "annotate/raster/edge_sweep.h"
#include "annotate/raster/raster_rules.h"
#include "annotate/raster/widen_bytes.h"

namespace intarsia {

namespace {

constexpr int kEnd = std::numeric_limits<int>::max();
// Rows are painted in bands of about this many bytes: all shapes touch a band while it is in the cache.
constexpr int kBandBytes = 128 * 1024;
// A map of so many pixels is painted in bytes, band by band, and widened into place: its stores are what takes the time.
constexpr int64_t kLargeMap = int64_t(1) << 22;

/// Class id → index; ids are small as a rule.
class IndexOfId {
 public:
  explicit IndexOfId(const ClassTable& classes) {
    for (int i = 0; i < classes.size(); ++i) m_indices.emplace(classes[i].id, uint16_t(i));
  }
  /// kUnlabelled for an id that the table lacks.
  uint16_t operator()(ClassId id) {
    if (id == m_lastId) return m_lastIndex;
    const auto it = m_indices.find(id);
    m_lastId = id;
    return m_lastIndex = it == m_indices.end() ? kUnlabelled : it->second;
  }

 private:
  std::unordered_map<ClassId, uint16_t> m_indices;
  ClassId m_lastId = kNoClass;
  uint16_t m_lastIndex = kUnlabelled;
};

struct Layer {
  EdgeSweep sweep;
  uint16_t index;
};
struct Rows {
  int next, bottom;
};

/// Where labels of `rect` are painted: rows of rect.width values from row `top` on.
template <class Pixel>
struct Canvas {
  Pixel* pixels;
  Rect rect;
  int top = rect.y;
  Pixel* at(int x, int y) const { return pixels + ptrdiff_t(y - top) * rect.width + (x - rect.x); }
};

int rowsOfBand(int width, int height, size_t pixelBytes) { return std::clamp(kBandBytes / (width * int(pixelBytes)), 1, height); }

template <class Pixel>
void paintBase(const Canvas<Pixel>& out, const TileMap& base, const Rect& band, IndexOfId& index, std::vector<uint32_t>& ids) {
  const Rect covered = band.intersected({0, 0, base.size().width, base.size().height});
  if (covered.empty()) return;
  ids.resize(size_t(covered.width) * size_t(covered.height));
  base.read(covered, ids.data());
  const uint32_t* id = ids.data();
  for (int y = covered.y; y < covered.bottom(); ++y) {
    Pixel* row = out.at(covered.x, y);
    for (int x = 0; x < covered.width; ++x, ++id)
      if (*id != kNoClass)
        if (const uint16_t value = index(*id); value != kUnlabelled) row[x] = Pixel(value);
  }
}

/// The other rules know whole images only: of `size`, of which `rect` is cut out.
std::vector<Span> otherSpans(const Polygon& polygon, Size size, const Rect& rect, RasterRule rule) {
  std::vector<Span> all = rule == RasterRule::coco ? cocoSpans(polygon, size)
                          : rule == RasterRule::pil ? pilSpans(polygon, size)
                                                    : opencvSpans(polygon, size);
  std::erase_if(all, [&](Span& span) {
    span.begin = std::max(span.begin, rect.x);
    span.end = std::min(span.end, rect.right());
    return span.y < rect.y || span.y >= rect.bottom() || span.begin >= span.end;
  });
  return all;
}

/// std::fill with the C library's widest stores: half of the time of painting goes here.
void fillRow(uint16_t* at, size_t count, uint16_t value) {
  static_assert(sizeof(wchar_t) == 2 * sizeof(uint16_t));
  if (count == 0) return;
  if (reinterpret_cast<uintptr_t>(at) % sizeof(wchar_t)) *at++ = value, --count;
  std::wmemset(reinterpret_cast<wchar_t*>(at), wchar_t(value | uint32_t(value) << 16), count / 2);
  if (count % 2) at[count - 1] = value;
}

void fillRow(uint8_t* at, size_t count, uint8_t value) { std::memset(at, value, count); }

/// `ground(band)` brings in what lies below, then the polygons are painted over it in order; `done(band)` follows. `size` is the image's.
template <class Pixel, class Ground, class Done>
void paintOver(const Canvas<Pixel>& out, Size size, std::span<const PaintedPolygon> polygons, RasterRule rule, Ground&& ground, Done&& done) {
  const Rect& rect = out.rect;
  std::vector<Layer> layers;
  std::vector<Rows> rowsOf;  // of the layers, close together: every band looks at all
  if (rule == RasterRule::centre) {
    layers.reserve(polygons.size());
    for (const auto& [rings, value] : polygons) {
      Layer layer{EdgeSweep(rings, rect), value};
      if (layer.sweep.nextRow() >= layer.sweep.bottom()) continue;
      rowsOf.push_back({layer.sweep.nextRow(), layer.sweep.bottom()});
      layers.push_back(std::move(layer));
    }
  }
  const int rows = rowsOfBand(rect.width, rect.height, sizeof(Pixel));
  for (int y = rect.y; y < rect.bottom(); y += rows) {
    const int end = std::min(y + rows, rect.bottom());
    ground(Rect{rect.x, y, rect.width, end - y});
    for (size_t i = 0; i < layers.size(); ++i)
      if (rowsOf[i].next < end && rowsOf[i].bottom > y)
        layers[i].sweep.walk(end, [&, value = Pixel(layers[i].index)](int row, int from, int to) {
          fillRow(out.at(from, row), size_t(to - from), value);
        });
    done(Rect{rect.x, y, rect.width, end - y});
  }
  if (rule == RasterRule::centre) return;
  for (const auto& [rings, value] : polygons)
    for (const Span& span : otherSpans({{rings.begin(), rings.end()}}, size, rect, rule))
      fillRow(out.at(span.begin, span.y), size_t(span.end - span.begin), Pixel(value));
}

/// `out` may be moved along by `done`.
template <class Pixel, class Done>
void paintAnnotation(const Canvas<Pixel>& out, const Annotation& annotation, const ClassTable& classes, Pixel uncovered, RasterRule rule, Done&& done) {
  IndexOfId index(classes);
  std::vector<PaintedPolygon> polygons;
  polygons.reserve(annotation.shapes.size());
  for (const ShapePtr& shape : annotation.shapes)
    if (const uint16_t value = index(shape->classId); value != kUnlabelled) polygons.push_back({shape->polygon.rings, value});
  std::vector<uint32_t> ids;
  paintOver(out, annotation.size, polygons, rule, [&](const Rect& band) {
    fillRow(out.at(band.x, band.y), size_t(band.height) * size_t(band.width), uncovered);
    if (!annotation.base.empty()) paintBase(out, annotation.base, band, index, ids);
  }, done);
}

}  // namespace

std::vector<Span> spans(const Polygon& polygon, const Rect& rect, RasterRule rule) {
  if (rule != RasterRule::centre) return otherSpans(polygon, {std::max(0, rect.right()), std::max(0, rect.bottom())}, rect, rule);
  std::vector<Span> result;
  EdgeSweep sweep(polygon.rings, rect);
  result.reserve(size_t(std::max(0, sweep.bottom() - sweep.nextRow())));
  sweep.walk(kEnd, [&](int y, int begin, int end) { result.push_back({y, begin, end}); });
  return result;
}

int64_t pixelCount(const Polygon& polygon, const Rect& rect, RasterRule rule) {
  int64_t count = 0;
  if (rule == RasterRule::centre)
    EdgeSweep(polygon.rings, rect).walk(kEnd, [&](int, int begin, int end) { count += end - begin; });
  else
    for (const Span& span : spans(polygon, rect, rule)) count += span.end - span.begin;
  return count;
}

void rasterizeInto(LabelMap& out, const Annotation& annotation, const ClassTable& classes, const Rect& rect, uint16_t uncovered,
                   RasterRule rule) {
  if (rect.empty()) {
    out = LabelMap();
    return;
  }
  if (out.width() != rect.width || out.height() != rect.height) out = LabelMap(rect.width, rect.height, uncovered);
  const bool bytes = classes.size() <= 255 && (uncovered < 255 || uncovered == kUnlabelled) && rule == RasterRule::centre;
  if (!bytes || int64_t(rect.width) * rect.height < kLargeMap)
    return paintAnnotation(Canvas<uint16_t>{out.row(0), rect}, annotation, classes, uncovered, rule, [](const Rect&) {});
  std::vector<uint8_t> band(size_t(rect.width) * size_t(rowsOfBand(rect.width, rect.height, 1)));
  Canvas<uint8_t> canvas{band.data(), rect};
  paintAnnotation(canvas, annotation, classes, uint8_t(uncovered), rule, [&](const Rect& painted) {
    widenBytes(band.data(), size_t(painted.width) * size_t(painted.height), out.row(painted.y - rect.y));
    canvas.top = painted.bottom();
  });
}

void paint(LabelMap& map, std::span<const PaintedPolygon> polygons, RasterRule rule) {
  if (!map.empty()) paintOver(Canvas<uint16_t>{map.row(0), map.rect()}, map.size(), polygons, rule, [](const Rect&) {}, [](const Rect&) {});
}

void paintBytes(std::vector<uint8_t>& out, Size size, uint8_t uncovered, std::span<const PaintedPolygon> polygons, RasterRule rule) {
  out.resize(size.empty() ? 0 : size_t(size.width) * size_t(size.height));
  if (out.empty()) return;
  const Canvas<uint8_t> canvas{out.data(), {0, 0, size.width, size.height}};
  paintOver(canvas, size, polygons, rule, [&](const Rect& band) {
    fillRow(canvas.at(0, band.y), size_t(band.height) * size_t(band.width), uncovered);
  }, [](const Rect&) {});
}

LabelMap rasterize(const Annotation& annotation, const ClassTable& classes, const Rect& rect, uint16_t uncovered, RasterRule rule) {
  LabelMap map;
  rasterizeInto(map, annotation, classes, rect, uncovered, rule);
  return map;
}

std::vector<int64_t> classCounts(const LabelMap& map, int classes) {
  std::vector<int64_t> counts(size_t(classes) + 1, 0);
  // Four tables, so that runs of one class do not wait for the increment before.
  std::vector<std::array<int64_t, 4>> tables(size_t(classes) + 1);
  size_t i = 0;
  for (const uint16_t value : map.pixels()) ++tables[std::min<size_t>(value, size_t(classes))][i++ % 4];
  for (size_t c = 0; c < counts.size(); ++c) counts[c] = tables[c][0] + tables[c][1] + tables[c][2] + tables[c][3];
  return counts;
}

}  // namespace intarsia
