// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/edit/edit_parts.h"

#include "annotate/edit/edit.h"
#include "annotate/raster/vectorizer.h"
#include "core/geometry/noding.h"

namespace intarsia {

bool changes(const Annotation& before, const Edit& edit) {
  return !edit.dirty.empty() || edit.after.shapes != before.shapes || edit.after.base.tiles() != before.base.tiles();
}

size_t pointsNear(const Annotation& annotation, const Bounds& box, std::span<const ShapeId> ids) {
  size_t points = 0;
  for (const ShapePtr& shape : annotation.shapes)
    if (selected(ids, *shape) || meet(bounds(shape->polygon), box))
      for (const Ring& ring : shape->polygon.rings) points += ring.size();
  return points;
}

Bounds boundsOf(const Annotation& annotation, std::span<const ShapeId> ids) {
  Polygon all;
  for (const ShapePtr& shape : annotation.shapes) {
    if (!selected(ids, *shape)) continue;
    const Bounds b = bounds(shape->polygon);
    if (!b.empty()) all.rings.push_back({{b.left, b.top}, {b.right, b.bottom}});
  }
  return bounds(all);
}

Polygon tidied(const Polygon& result, std::initializer_list<const Polygon*> operands) {
  Nodes nodes;
  for (const Polygon* operand : operands) nodes.add(*operand);
  return withoutFolds(nodes.snapped(result));
}

ShapePtr withPolygon(const Shape& shape, Polygon polygon) {
  auto copy = std::make_shared<Shape>(shape);
  copy->polygon = std::move(polygon);
  copy->kind = "polygon";
  return copy;
}

Expected<Polygon> baseCover(const Annotation& annotation, const Rect& rect) {
  Polygon cover;
  if (annotation.base.empty() || rect.empty()) return cover;
  std::vector<uint32_t> values(size_t(rect.width) * size_t(rect.height));
  annotation.base.read(rect, values.data());
  LabelMap map(rect.width, rect.height, kUnlabelled);
  for (int y = 0; y < rect.height; ++y)
    for (int x = 0; x < rect.width; ++x)
      if (values[size_t(y) * size_t(rect.width) + size_t(x)]) map.row(y)[x] = 0;
  INTARSIA_TRY(const auto regions, vectorize(map));
  for (const Region& region : regions)
    for (Ring ring : region.polygon.rings) {
      for (Point& p : ring) p = {p.x + rect.x, p.y + rect.y};
      cover.rings.push_back(std::move(ring));
    }
  return cover;
}

std::vector<Polygon> polygonsNear(const Annotation& annotation, const Bounds& box, const std::function<bool(const Shape&)>& wanted) {
  std::vector<Polygon> out;
  for (const ShapePtr& shape : annotation.shapes)
    if (wanted(*shape) && meet(bounds(shape->polygon), box)) out.push_back(shape->polygon);
  return out;
}

}  // namespace intarsia
