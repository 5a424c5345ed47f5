// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/assist/area_edit.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <ranges>

#include "annotate/raster/rasterizer.h"
#include "annotate/raster/span_outline.h"
#include "core/geometry/boolean.h"
#include "core/geometry/simplify.h"

namespace intarsia {
namespace {

Rect imageRect(const Annotation& annotation) { return {0, 0, annotation.size.width, annotation.size.height}; }

/// Selected shapes that may change, in painter's order.
std::vector<ShapeId> selectedOf(const Annotation& annotation, const AreaWish& wish) {
  std::vector<ShapeId> out;
  for (const ShapePtr& shape : annotation.shapes)
    if (!shape->locked && std::ranges::find(wish.selected, shape->id) != wish.selected.end()) out.push_back(shape->id);
  return out;
}

bool meet(const Polygon& a, const Polygon& b) {
  const Bounds p = bounds(a), q = bounds(b);
  return p.left <= q.right && q.left <= p.right && p.top <= q.bottom && q.top <= p.bottom;
}

/// Pixels of the base map within `area` that `value` says so become nothing.
void clearPixels(Edit& edit, const Polygon& area, ClassId onlyClass) {
  TileMap& base = edit.after.base;
  if (base.empty()) return;
  std::vector<uint32_t> row;
  for (const Span& span : spans(area, imageRect(edit.after))) {
    const Rect part{span.begin, span.y, span.end - span.begin, 1};
    row.resize(size_t(part.width));
    base.read(part, row.data());
    int first = part.width, last = -1;
    for (int i = 0; i < part.width; ++i)
      if (uint32_t& v = row[size_t(i)]; v != kNoClass && (onlyClass == kNoClass || v == onlyClass)) {
        v = kNoClass;
        first = std::min(first, i);
        last = i;
      }
    if (last < 0) continue;
    base.write(part, row.data());
    edit.dirty = edit.dirty.united({part.x + first, part.y, last + 1 - first, 1});
  }
}

Expected<Edit> subtract(const Annotation& annotation, const Polygon& area, const AreaWish& wish) {
  std::vector<ShapeId> ids = selectedOf(annotation, wish);
  const bool all = ids.empty() && wish.selected.empty();
  if (all)
    for (const ShapePtr& shape : annotation.shapes)
      if (shape->classId == wish.classId && !shape->locked && !shape->hidden) ids.push_back(shape->id);
  std::erase_if(ids, [&](ShapeId id) { return !meet(annotation.find(id)->polygon, area); });
  INTARSIA_TRY(Edit edit, subtractFromShapes(annotation, ids, area));
  if (all) clearPixels(edit, area, wish.classId);
  return edit;
}

bool overlap(std::span<const Span> a, std::span<const Span> b) {
  const auto before = [](const Span& s, const Span& t) { return s.y < t.y || (s.y == t.y && s.end <= t.begin); };
  while (!a.empty() && !b.empty()) {
    if (before(a.front(), b.front()))
      a = a.subspan(1);
    else if (before(b.front(), a.front()))
      b = b.subspan(1);
    else
      return true;
  }
  return false;
}

/// The shape that the area joins, or 0: going down from the top the first one that has pixels of the area, if it is of the class.
ShapeId joined(const Annotation& annotation, const Polygon& area, ClassId classId) {
  const Rect box = pixelBounds(area, imageRect(annotation));
  const std::vector<Span> pixels = spans(area, box);
  for (const ShapePtr& shape : annotation.shapes | std::views::reverse) {
    if (!meet(shape->polygon, area) || !overlap(spans(shape->polygon, box), pixels)) continue;
    return shape->classId == classId && !shape->locked && !shape->hidden ? shape->id : 0;
  }
  return 0;
}

}  // namespace

AreaTarget targetOf(const Annotation& annotation, const AreaWish& wish) {
  if (wish.target != AreaTarget::automatic) return wish.target;
  if (!selectedOf(annotation, wish).empty() || annotation.base.empty()) return AreaTarget::shape;
  return AreaTarget::pixels;
}

bool needsClass(const Annotation& annotation, const AreaWish& wish) {
  if (wish.mode == AreaMode::subtract) return false;
  return wish.mode == AreaMode::draw || targetOf(annotation, wish) == AreaTarget::pixels || selectedOf(annotation, wish).empty();
}

Expected<Edit> applyArea(const Annotation& annotation, const Polygon& area, const AreaWish& wish) {
  if (pixelCount(area, imageRect(annotation)) == 0) return Edit{annotation, {}};
  if (targetOf(annotation, wish) == AreaTarget::pixels) {
    if (wish.mode != AreaMode::subtract) return paintBase(annotation, spans(area, imageRect(annotation)), wish.classId);
    Edit edit{annotation, {}};
    clearPixels(edit, area, kNoClass);
    return edit;
  }
  if (wish.mode == AreaMode::subtract) return subtract(annotation, area, wish);
  const std::vector<ShapeId> ids = selectedOf(annotation, wish);
  if (wish.mode == AreaMode::add && !ids.empty()) return addToShape(annotation, ids.back(), area);
  if (wish.join)
    if (const ShapeId id = joined(annotation, area, wish.classId)) return addToShape(annotation, id, area);
  Shape shape;
  shape.classId = wish.classId;
  shape.kind = wish.kind;
  shape.polygon = area;
  return addShape(annotation, std::move(shape), wish.overlap);
}

Expected<Polygon> areaOf(std::span<const Span> spans, double tolerance) {
  Polygon exact = outlineOf(spans);
  if (tolerance <= 0) return exact;
  return repaired(simplified(exact, tolerance));
}

Ring ellipseRing(Point from, Point to, double tolerance) {
  const Point centre{(from.x + to.x) / 2, (from.y + to.y) / 2};
  const double rx = std::abs(to.x - from.x) / 2, ry = std::abs(to.y - from.y) / 2;
  const double r = std::max(rx, ry);
  // A chord over the angle 2π/n lies r (1 − cos(π/n)) inside the arc.
  const double angle = r > tolerance ? std::acos(1 - tolerance / r) : std::numbers::pi / 3;
  const int n = std::clamp(int(std::ceil(std::numbers::pi / angle)), 8, 720);
  Ring ring;
  for (int i = 0; i < n; ++i) {
    const double a = 2 * std::numbers::pi * i / n;
    ring.push_back({centre.x + rx * std::cos(a), centre.y + ry * std::sin(a)});
  }
  return ring;
}

}  // namespace intarsia
