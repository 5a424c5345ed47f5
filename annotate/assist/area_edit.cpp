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

Expected<Edit> subtract(const Annotation& annotation, const Polygon& area, const AreaWish& wish, const Job& job) {
  std::vector<ShapeId> ids = selectedOf(annotation, wish);
  const bool all = ids.empty() && wish.selected.empty();
  if (all)
    for (const ShapePtr& shape : annotation.shapes)
      if (shape->classId == wish.classId && !shape->locked && !shape->hidden) ids.push_back(shape->id);
  std::erase_if(ids, [&](ShapeId id) { return !meet(annotation.find(id)->polygon, area); });
  INTARSIA_TRY(Edit edit, subtractFromShapes(annotation, ids, area, job));
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

/// Pixels of `a` that `b` has not; both in order and disjoint.
std::vector<Span> without(const std::vector<Span>& a, std::span<const Span> b) {
  std::vector<Span> out;
  for (Span s : a) {
    while (!b.empty() && (b.front().y < s.y || (b.front().y == s.y && b.front().end <= s.begin))) b = b.subspan(1);
    for (auto at = b; !at.empty() && at.front().y == s.y && at.front().begin < s.end; at = at.subspan(1)) {
      if (at.front().begin > s.begin) out.push_back({s.y, s.begin, at.front().begin});
      s.begin = std::max(s.begin, at.front().end);
    }
    if (s.begin < s.end) out.push_back(s);
  }
  return out;
}

/// Pixels of the base map become the class, and are seen to: shapes of other classes that lie over them lose the area, down to the
/// map. Where the wish is to yield, those keep it and the map gets the rest; locked and hidden shapes always do.
Expected<Edit> paintSeen(const Annotation& annotation, const Polygon& area, const AreaWish& wish, const Job& job) {
  const Rect box = pixelBounds(area, imageRect(annotation));
  const std::vector<Span> all = spans(area, box);
  std::vector<Span> seen = all;  // what no shape covers any more
  std::vector<ShapeId> hiding;
  for (const ShapePtr& shape : annotation.shapes | std::views::reverse) {
    if (!meet(shape->polygon, area)) continue;
    const std::vector<Span> pixels = spans(shape->polygon, box);
    if (!overlap(pixels, seen)) continue;
    const bool gives = shape->classId != wish.classId && !shape->locked && !shape->hidden && wish.overlap != Overlap::yield;
    if (gives)
      hiding.push_back(shape->id);
    else
      seen = without(seen, pixels);
  }
  if (seen.empty() && hiding.empty()) return Edit{annotation, {}};
  INTARSIA_TRY(Edit cut, subtractFromShapes(annotation, hiding, area, job));
  Edit edit = paintBase(cut.after, wish.overlap == Overlap::yield ? seen : all, wish.classId);
  edit.dirty = edit.dirty.united(cut.dirty);
  return edit;
}

/// The shapes that the area joins, from the top: those of the class, and of one group, in which it has pixels that are seen. One
/// that would come above another class's pixels by becoming part of the topmost stays as it is.
std::vector<ShapeId> joined(const Annotation& annotation, const Polygon& area, ClassId classId) {
  const Rect box = pixelBounds(area, imageRect(annotation));
  std::vector<Span> seen = spans(area, box);
  std::vector<ShapeId> ids;
  std::vector<const Shape*> between;  // others, below the topmost that joins
  std::optional<int64_t> group;
  const auto covers = [&](const Shape& upper, const Shape& lower) {
    return meet(upper.polygon, lower.polygon) && overlap(spans(upper.polygon, imageRect(annotation)), spans(lower.polygon, imageRect(annotation)));
  };
  for (const ShapePtr& shape : annotation.shapes | std::views::reverse) {
    const bool joins = shape->classId == classId && !shape->locked && !shape->hidden && (ids.empty() || shape->group == group);
    const std::vector<Span> pixels = meet(shape->polygon, area) ? spans(shape->polygon, box) : std::vector<Span>();
    if (!joins) {
      if (shape->classId != classId) {
        if (ids.empty() && overlap(pixels, seen)) return {};  // below it the area would not be seen: a new shape on top is
        seen = without(seen, pixels);
        if (!ids.empty()) between.push_back(shape.get());
      }
    } else if (overlap(pixels, seen) && std::ranges::none_of(between, [&](const Shape* upper) { return covers(*upper, *shape); })) {
      group = shape->group;
      ids.push_back(shape->id);
    }
  }
  return ids;
}

/// All that it joins becomes one shape, in the place of the topmost.
Expected<Edit> joinArea(const Annotation& annotation, const std::vector<ShapeId>& ids, const Polygon& area,
                        Overlap overlap, const Job& job) {
  INTARSIA_TRY(Edit grown, addToShape(annotation, ids.front(), area, overlap, job));
  if (ids.size() == 1) return grown;
  INTARSIA_TRY(Edit one, uniteShapes(grown.after, ids, job));
  one.dirty = one.dirty.united(grown.dirty);
  return one;
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

Expected<Edit> applyArea(const Annotation& annotation, const Polygon& area, const AreaWish& wish, const Job& job) {
  if (pixelCount(area, imageRect(annotation)) == 0) return Edit{annotation, {}};
  if (targetOf(annotation, wish) == AreaTarget::pixels) {
    if (wish.mode != AreaMode::subtract) {
      if (wish.target == AreaTarget::automatic) return paintSeen(annotation, area, wish, job);
      return paintBase(annotation, spans(area, imageRect(annotation)), wish.classId);
    }
    Edit edit{annotation, {}};
    if (wish.target == AreaTarget::automatic && wish.selected.empty()) {  // shapes over the map are labels like its own
      std::vector<ShapeId> ids;
      for (const ShapePtr& shape : annotation.shapes)
        if (!shape->hidden && meet(shape->polygon, area)) ids.push_back(shape->id);
      INTARSIA_TRY(edit, subtractFromShapes(annotation, ids, area, job));
    }
    clearPixels(edit, area, kNoClass);
    return edit;
  }
  if (wish.mode == AreaMode::subtract) return subtract(annotation, area, wish, job);
  const std::vector<ShapeId> ids = selectedOf(annotation, wish);
  if (wish.mode == AreaMode::add && !ids.empty()) return addToShape(annotation, ids.back(), area, wish.overlap, job);
  if (wish.join)
    if (const auto ids = joined(annotation, area, wish.classId); !ids.empty()) return joinArea(annotation, ids, area, wish.overlap, job);
  Shape shape;
  shape.classId = wish.classId;
  shape.kind = wish.kind;
  shape.polygon = area;
  return addShape(annotation, std::move(shape), wish.overlap, job);
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
