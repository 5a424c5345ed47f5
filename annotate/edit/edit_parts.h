// SPDX-License-Identifier: GPL-3.0-or-later
// For this folder's sources.
#pragma once
#include <algorithm>
#include <functional>
#include <initializer_list>
#include <span>

#include "annotate/model/annotation.h"
#include "core/base/error.h"

namespace intarsia {

inline Rect imageRect(const Annotation& annotation) { return {0, 0, annotation.size.width, annotation.size.height}; }
inline bool selected(std::span<const ShapeId> ids, const Shape& shape) { return std::ranges::find(ids, shape.id) != ids.end(); }
inline bool meet(const Bounds& a, const Bounds& b) {
  return a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;
}

constexpr double kNoArea = 1e-6;  // square pixels: neighbours that only touch overlap by less

/// A result of a boolean operation: what GEOS computed anew beside a vertex of an operand is that vertex.
Polygon tidied(const Polygon& result, std::initializer_list<const Polygon*> operands);
/// The same shape with another area, which is a polygon from now on, whatever it was drawn as.
ShapePtr withPolygon(const Shape& shape, Polygon polygon);
/// The base map's labelled pixels within `rect` as an area.
Expected<Polygon> baseCover(const Annotation& annotation, const Rect& rect);
/// Polygons of the shapes that are `wanted` and may meet `box`.
std::vector<Polygon> polygonsNear(const Annotation& annotation, const Bounds& box, const std::function<bool(const Shape&)>& wanted);

}  // namespace intarsia
