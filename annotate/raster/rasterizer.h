// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "annotate/model/annotation.h"
#include "core/base/class_table.h"
#include "core/base/label_map.h"

namespace intarsia {

/// Which pixels a polygon covers. `centre` is ours: those whose centre (x+½, y+½) lies inside by the even-odd rule; a centre
/// exactly on an edge belongs to the shape on its right, on a horizontal edge to the shape below, so neighbours never share or miss a pixel.
/// `coco` = pycocotools bit for bit, `pil` = ImageDraw.polygon(fill, outline) as labelme uses it, `opencv` = cv2.fillPoly of rounded points.
enum class RasterRule { centre, coco, pil, opencv };

/// Covered pixels of row y are [begin, end) pairs.
struct Span { int y, begin, end; };
/// Spans of a polygon inside `rect`, top to bottom, left to right, disjoint. Exact for any finite coordinates; rings with
/// non-finite points are left out. The other rules know no pixels left of or above (0, 0) and depend on the image's size a little:
/// `rect` should be the whole image for them (`rasterize` does so).
std::vector<Span> spans(const Polygon& polygon, const Rect& rect, RasterRule rule = RasterRule::centre);
int64_t pixelCount(const Polygon& polygon, const Rect& rect, RasterRule rule = RasterRule::centre);

/// The same as `rasterize` into memory that is used again; `out` becomes rect.width × rect.height.
void rasterizeInto(LabelMap& out, const Annotation& annotation, const ClassTable& classes, const Rect& rect,
                   uint16_t uncovered = kUnlabelled, RasterRule rule = RasterRule::centre);
/// Labels of `rect` (inside the image): base map, then shapes in order. Class ids become indices of `classes`; an id that the table
/// lacks leaves what was below. Uncovered pixels become `uncovered` (kUnlabelled or the index of the project's background class).
LabelMap rasterize(const Annotation& annotation, const ClassTable& classes, const Rect& rect,
                   uint16_t uncovered = kUnlabelled, RasterRule rule = RasterRule::centre);
inline LabelMap rasterize(const Annotation& annotation, const ClassTable& classes, uint16_t uncovered = kUnlabelled,
                          RasterRule rule = RasterRule::centre) {
  return rasterize(annotation, classes, {0, 0, annotation.size.width, annotation.size.height}, uncovered, rule);
}

/// Rings of one polygon (even-odd), and the value that its pixels get.
struct PaintedPolygon {
  std::span<const Ring> rings;
  uint16_t value;
};
/// Paints over what a whole image's map holds, in order.
void paint(LabelMap& map, std::span<const PaintedPolygon> polygons, RasterRule rule = RasterRule::centre);
/// The whole image as bytes, for values up to 255: half of the memory, and memory is most of the time of a large image.
void paintBytes(std::vector<uint8_t>& out, Size size, uint8_t uncovered, std::span<const PaintedPolygon> polygons,
                RasterRule rule = RasterRule::centre);

/// Pixels per class index of a map; the last entry counts unlabelled ones.
std::vector<int64_t> classCounts(const LabelMap& map, int classes);

}  // namespace intarsia
