// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes cut into pieces, holes and gaps that are filled.
#include <algorithm>
#include <functional>

#include "annotate/edit/borders.h"
#include "annotate/edit/edit_parts.h"
#include "core/geometry/boolean.h"
#include "core/geometry/nesting.h"
#include "core/geometry/noding.h"

namespace intarsia {

namespace {

/// The pieces in place of a shape; the first keeps its id.
void replaceByPieces(Edit& edit, size_t at, std::vector<Polygon> pieces, std::vector<ShapeId>& ids) {
  auto& shapes = edit.after.shapes;
  const ShapePtr old = shapes[at];
  edit.dirty = edit.dirty.united(pixelBounds(old->polygon, imageRect(edit.after)));
  for (size_t i = 0; i < pieces.size(); ++i) {
    auto piece = std::make_shared<Shape>(*old);
    piece->polygon = std::move(pieces[i]);
    piece->kind = "polygon";
    if (i > 0) piece->id = edit.after.nextId++;
    ids.push_back(piece->id);
    if (i == 0)
      shapes[at] = std::move(piece);
    else
      shapes.insert(shapes.begin() + int64_t(at + i), std::move(piece));
  }
}

/// The open line with the nodes that lie on it: where it runs along a border it is the border's own edges.
Ring alongVertices(const Ring& line, const Nodes& nodes) {
  Ring noded = nodes.inserted({{line}}).rings[0];
  while (noded.back() != line.back()) noded.pop_back();  // of the edge that would close it
  return noded;
}

}  // namespace

Expected<Edit> sliceShapes(const Annotation& annotation, std::span<const ShapeId> ids, const Ring& line,
                           const Job& job) {
  Edit edit{annotation, {}};
  const Bounds box = bounds({{line}});
  std::vector<ShapeId> changed;
  for (size_t i = 0; i < edit.after.shapes.size(); ++i) {
    const Shape& shape = *edit.after.shapes[i];
    if (shape.locked || (!ids.empty() && !selected(ids, shape)) || !meet(bounds(shape.polygon), box)) continue;
    // A line that ends on the border must meet it exactly: it takes the border's vertices, and the border takes the line's.
    Ring exact = line;
    Nodes vertices, points;
    vertices.add(shape.polygon);
    for (Point& p : exact) p = vertices.nearest(p).value_or(p);
    exact = alongVertices(exact, vertices);
    points.add({{exact}});
    const Polygon noded = points.inserted(shape.polygon);
    INTARSIA_TRY(auto pieces, sliced(noded, exact, job));
    if (pieces.size() < 2) continue;
    for (Polygon& piece : pieces) piece = tidied(piece, {&noded});
    std::erase_if(pieces, [](const Polygon& piece) { return area(piece) <= kNoArea; });
    if (pieces.size() < 2) continue;
    const size_t count = pieces.size();
    replaceByPieces(edit, i, std::move(pieces), changed);
    i += count - 1;
  }
  return shareBorders(std::move(edit), changed, job);
}

Expected<Edit> splitParts(const Annotation& annotation, std::span<const ShapeId> ids, const Job& job) {
  Edit edit{annotation, {}};
  std::vector<ShapeId> made;
  for (size_t i = 0; i < edit.after.shapes.size(); ++i) {
    const Shape& shape = *edit.after.shapes[i];
    if (shape.locked || !selected(ids, shape)) continue;
    INTARSIA_TRY(const Polygon valid, repaired(shape.polygon, job));
    std::vector<Polygon> pieces = parts(tidied(valid, {&shape.polygon}));
    if (pieces.size() < 2) continue;
    std::ranges::stable_sort(pieces, std::greater{}, [](const Polygon& piece) { return area(piece); });
    const size_t count = pieces.size();
    replaceByPieces(edit, i, std::move(pieces), made);
    i += count - 1;
  }
  return shareBorders(std::move(edit), made, job);
}

Expected<Edit> fillHoles(const Annotation& annotation, std::span<const ShapeId> ids, std::optional<Point> at,
                         const Job& job) {
  Edit edit{annotation, {}};
  std::vector<ShapeId> changed;
  for (ShapePtr& shape : edit.after.shapes) {
    if (shape->locked || !selected(ids, *shape)) continue;
    INTARSIA_TRY(const Polygon valid, repaired(shape->polygon, job));
    const auto& rings = valid.rings;
    const auto around = nesting(valid);
    // A hole that goes takes along what lies in it.
    const auto goes = [&](size_t hole) { return around[hole].size() % 2 == 1 && (!at || contains(rings[hole], *at)); };
    Polygon filled;
    for (size_t i = 0; i < rings.size(); ++i)
      if (!goes(i) && std::ranges::none_of(around[i], [&](int outer) { return goes(size_t(outer)); })) filled.rings.push_back(rings[i]);
    if (filled.rings.size() == rings.size()) continue;
    edit.dirty = edit.dirty.united(pixelBounds(shape->polygon, imageRect(annotation)));
    shape = withPolygon(*shape, tidied(filled, {&shape->polygon}));
    changed.push_back(shape->id);
  }
  return shareBorders(std::move(edit), changed, job);
}

Expected<Polygon> gapAt(const Annotation& annotation, Point p, const Job& job) {
  const Rect image = imageRect(annotation);
  if (!(p.x >= 0 && p.y >= 0 && p.x < image.width && p.y < image.height)) return Polygon{};
  // A window around the point, larger until the area ends inside it.
  for (int half = 128;; half *= 2) {
    const Rect window = Rect{int(p.x) - half, int(p.y) - half, 2 * half, 2 * half}.intersected(image);
    const double left = window.x, top = window.y, right = window.right(), bottom = window.bottom();
    const Polygon frame{{{{left, top}, {right, top}, {right, bottom}, {left, bottom}}}};
    std::vector<Polygon> covers = polygonsNear(annotation, {left, top, right, bottom}, [](const Shape&) { return true; });
    INTARSIA_TRY(Polygon base, baseCover(annotation, window));
    if (!base.rings.empty()) covers.push_back(std::move(base));
    INTARSIA_TRY(const Polygon cover, united(covers, job));
    INTARSIA_TRY(const Polygon rest, subtracted(frame, cover, job));
    Polygon gap;
    for (Polygon& part : parts(rest))
      if (contains(part, p)) gap = std::move(part);
    const auto cutOff = [&](Point v) {
      return (v.x == left && window.x > 0) || (v.y == top && window.y > 0) || (v.x == right && window.right() < image.width) ||
             (v.y == bottom && window.bottom() < image.height);
    };
    if (gap.rings.empty() || window == image || std::ranges::none_of(gap.rings[0], cutOff)) {
      Polygon whole;
      for (const Polygon& one : covers) whole.rings.insert(whole.rings.end(), one.rings.begin(), one.rings.end());
      return tidied(gap, {&whole});
    }
  }
}

Expected<Edit> fillGap(const Annotation& annotation, const Polygon& gap, ShapeId extend, ClassId classId,
                       const Job& job) {
  if (gap.rings.empty()) return Edit{annotation, {}};
  Shape shape;
  shape.classId = classId;
  shape.polygon = gap;
  const ShapeId id = annotation.nextId;
  INTARSIA_TRY(Edit edit, shareBorders(addShape(annotation, std::move(shape)), {&id, 1}, job));
  if (!extend) return edit;
  // The two have the same vertices now, so that nothing is left between them.
  const Polygon area = edit.after.shapes.back()->polygon;
  edit.after.shapes.pop_back();
  edit.after.nextId = id;
  INTARSIA_TRY(Edit sum, addToShape(edit.after, extend, area, job));
  sum.dirty = sum.dirty.united(edit.dirty);
  return sum;
}

}  // namespace intarsia
