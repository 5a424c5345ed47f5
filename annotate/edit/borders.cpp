// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/edit/borders.h"

#include <algorithm>
#include <functional>

#include "annotate/edit/edit_parts.h"
#include "core/geometry/boolean.h"
#include "core/geometry/noding.h"

namespace intarsia {

namespace {

Expected<Polygon> unitedPolygons(const Annotation& annotation, std::span<const ShapeId> ids, const Job& job) {
  std::vector<Polygon> all;
  for (const ShapePtr& shape : annotation.shapes)
    if (selected(ids, *shape)) all.push_back(shape->polygon);
  if (all.size() == 1) return all.front();
  return united(all, job);
}

/// Takes `cutter` away from the unlocked shapes that `wanted`; those that change are added to `changed`, empty ones go.
Expected<> cut(Edit& edit, const Polygon& cutter, std::vector<ShapeId>& changed, const Job& job,
               const std::function<bool(const Shape&)>& wanted) {
  const Bounds box = bounds(cutter);
  std::vector<ShapeId> gone;
  for (ShapePtr& shape : edit.after.shapes) {
    if (shape->locked || !wanted(*shape) || !meet(bounds(shape->polygon), box)) continue;
    INTARSIA_TRY(const Polygon common, intersected(shape->polygon, cutter, job));
    if (area(common) <= kNoArea) continue;
    INTARSIA_TRY(const Polygon rest, subtracted(shape->polygon, cutter, job));
    Polygon kept = tidied(rest, {&shape->polygon, &cutter});
    edit.dirty = edit.dirty.united(pixelBounds(shape->polygon, imageRect(edit.after)));
    (kept.rings.empty() ? gone : changed).push_back(shape->id);
    shape = withPolygon(*shape, std::move(kept));
  }
  std::erase_if(edit.after.shapes, [&](const ShapePtr& shape) { return selected(gone, *shape); });
  return {};
}

}  // namespace

Edit shareBorders(Edit edit, std::span<const ShapeId> ids) { return *shareBorders(std::move(edit), ids, Job()); }

Expected<Edit> shareBorders(Edit edit, std::span<const ShapeId> ids, const Job& job) {
  auto& shapes = edit.after.shapes;
  std::vector<Bounds> boxes;
  Bounds box{1, 1, 0, 0};
  for (const ShapePtr& shape : shapes) {
    Bounds b = bounds(shape->polygon);
    b = {b.left - 1e-3, b.top - 1e-3, b.right + 1e-3, b.bottom + 1e-3};
    boxes.push_back(b);
    if (!selected(ids, *shape)) continue;
    box = box.empty() ? b : Bounds{std::min(box.left, b.left), std::min(box.top, b.top), std::max(box.right, b.right), std::max(box.bottom, b.bottom)};
  }
  if (box.empty()) return edit;
  const auto replace = [&](ShapePtr& shape, Polygon polygon, Rect dirty) {
    // A sliver that collapses stays as it is: it covers nothing, and a shape has a ring.
    if (shape->locked || polygon == shape->polygon || polygon.rings.empty()) return;
    auto copy = std::make_shared<Shape>(*shape);
    copy->polygon = std::move(polygon);
    shape = std::move(copy);
    edit.dirty = edit.dirty.united(dirty);
  };
  const auto insert = [&](ShapePtr& shape, const Nodes& nodes) {
    Bounds touched;
    Polygon noded = nodes.inserted(shape->polygon, &touched);
    const Ring corners{{touched.left, touched.top}, {touched.right, touched.top}, {touched.right, touched.bottom}, {touched.left, touched.bottom}};
    replace(shape, std::move(noded), pixelBounds({{corners}}, imageRect(edit.after)));
  };
  // The chosen ones take over the vertices of the others, and of each other; then the others get theirs.
  Nodes others;
  for (size_t i = 0; i < shapes.size(); ++i)
    if (!selected(ids, *shapes[i]) && meet(boxes[i], box)) others.add(shapes[i]->polygon, box);
  Nodes all = others;
  for (ShapePtr& shape : shapes) {
    if (!selected(ids, *shape)) continue;
    INTARSIA_CHECK(job.check());
    if (!shape->locked) replace(shape, all.snapped(shape->polygon), pixelBounds(shape->polygon, imageRect(edit.after)));
    all.add(shape->polygon);
  }
  Nodes chosen;
  for (ShapePtr& shape : shapes) {
    if (!selected(ids, *shape)) continue;
    INTARSIA_CHECK(job.check());
    insert(shape, all), chosen.add(shape->polygon);
  }
  for (size_t i = 0; i < shapes.size(); ++i) {
    if (selected(ids, *shapes[i]) || !meet(boxes[i], box)) continue;
    INTARSIA_CHECK(job.check());
    insert(shapes[i], chosen);
  }
  return edit;
}

Edit withoutFolds(Edit edit, std::span<const ShapeId> ids) {
  for (ShapePtr& shape : edit.after.shapes) {
    if (shape->locked || !selected(ids, *shape)) continue;
    Polygon plain = withoutFolds(shape->polygon);
    if (plain == shape->polygon || plain.rings.empty()) continue;
    edit.dirty = edit.dirty.united(pixelBounds(shape->polygon, imageRect(edit.after)));
    auto copy = std::make_shared<Shape>(*shape);
    copy->polygon = std::move(plain);
    shape = std::move(copy);
  }
  return edit;
}

Expected<Edit> addShape(const Annotation& annotation, Shape shape, Overlap overlap, const Job& job) {
  if (overlap != Overlap::onTop) {  // where it crosses itself there must be vertices for neighbours to share
    INTARSIA_TRY(const Polygon valid, repaired(shape.polygon, job));
    if (!valid.rings.empty()) shape.polygon = tidied(valid, {&shape.polygon});
  }
  Edit edit = addShape(annotation, std::move(shape));
  const ShapeId id = annotation.nextId;
  if (overlap == Overlap::onTop) return shareBorders(std::move(edit), {&id, 1}, job);
  const Rect dirty = edit.dirty;
  const auto part = overlap == Overlap::take ? takeOverlap : yieldOverlap;
  INTARSIA_TRY(Edit done, part(edit.after, {&id, 1}, job));
  if (!done.after.find(id)) return Edit{annotation, {}};
  done.dirty = done.dirty.united(dirty);
  return done;
}

Expected<Edit> takeOverlap(const Annotation& annotation, std::span<const ShapeId> ids, const Job& job) {
  INTARSIA_TRY(Edit edit, shareBorders({annotation, {}}, ids, job));
  INTARSIA_TRY(const Polygon cutter, unitedPolygons(edit.after, ids, job));
  std::vector<ShapeId> changed(ids.begin(), ids.end());
  INTARSIA_CHECK(cut(edit, cutter, changed, job, [&](const Shape& shape) { return !selected(ids, shape); }));
  return shareBorders(std::move(edit), changed, job);
}

Expected<Edit> yieldOverlap(const Annotation& annotation, std::span<const ShapeId> ids, const Job& job) {
  INTARSIA_TRY(Edit edit, shareBorders({annotation, {}}, ids, job));
  std::vector<ShapeId> changed(ids.begin(), ids.end());
  for (const ShapeId id : ids) {
    const Shape* shape = edit.after.find(id);
    if (!shape || shape->locked) continue;
    std::vector<Polygon> others = polygonsNear(edit.after, bounds(shape->polygon), [&](const Shape& s) { return !selected(ids, s); });
    INTARSIA_TRY(Polygon base, baseCover(edit.after, pixelBounds(shape->polygon, imageRect(annotation))));
    if (!base.rings.empty()) others.push_back(std::move(base));
    if (others.empty()) continue;
    INTARSIA_TRY(const Polygon cover, united(others, job));
    INTARSIA_CHECK(cut(edit, cover, changed, job, [&](const Shape& s) { return s.id == id; }));
  }
  return shareBorders(std::move(edit), changed, job);
}

Expected<Edit> subtractTop(const Annotation& annotation, std::span<const ShapeId> ids, const Job& job) {
  const auto& shapes = annotation.shapes;
  const auto top = std::find_if(shapes.rbegin(), shapes.rend(), [&](const ShapePtr& shape) { return selected(ids, *shape); });
  if (top == shapes.rend()) return Edit{annotation, {}};
  const ShapePtr cutter = *top;
  const int place = annotation.indexOf(cutter->id);
  INTARSIA_TRY(Edit edit, shareBorders({annotation, {}}, {&cutter->id, 1}, job));
  const Polygon area = edit.after.find(cutter->id)->polygon;
  std::vector<ShapeId> changed;
  INTARSIA_CHECK(cut(edit, area, changed, job, [&](const Shape& shape) {
    if (shape.id == cutter->id) return false;
    return ids.size() > 1 ? selected(ids, shape) : annotation.indexOf(shape.id) < place;
  }));
  if (edit.dirty.empty()) return Edit{annotation, {}};  // nothing lay below it
  if (!cutter->locked) std::erase_if(edit.after.shapes, [&](const ShapePtr& shape) { return shape->id == cutter->id; });
  edit.dirty = edit.dirty.united(pixelBounds(area, imageRect(annotation)));
  return shareBorders(std::move(edit), changed, job);
}

Expected<Edit> uniteShapes(const Annotation& annotation, std::span<const ShapeId> ids, const Job& job) {
  std::vector<ShapeId> merged;
  for (const ShapeId id : ids)
    if (const Shape* shape = annotation.find(id); shape && !shape->locked) merged.push_back(id);
  if (merged.size() < 2) return Edit{annotation, {}};
  INTARSIA_TRY(Edit edit, shareBorders({annotation, {}}, merged, job));
  INTARSIA_TRY(const Polygon all, unitedPolygons(edit.after, merged, job));
  Polygon operands;
  for (const ShapeId id : merged) {
    const Polygon& polygon = edit.after.find(id)->polygon;
    operands.rings.insert(operands.rings.end(), polygon.rings.begin(), polygon.rings.end());
    edit.dirty = edit.dirty.united(pixelBounds(polygon, imageRect(annotation)));
  }
  const ShapePtr sum = withPolygon(*edit.after.find(merged.front()), tidied(all, {&operands}));
  auto& shapes = edit.after.shapes;
  const auto isMerged = [&](const ShapePtr& shape) { return selected(merged, *shape); };
  *std::find_if(shapes.rbegin(), shapes.rend(), isMerged) = sum;
  std::erase_if(shapes, [&](const ShapePtr& shape) { return shape != sum && isMerged(shape); });
  return shareBorders(std::move(edit), {&sum->id, 1}, job);
}

Expected<Edit> subtractFromShapes(const Annotation& annotation, std::span<const ShapeId> ids, const Polygon& area,
                                  const Job& job) {
  Edit edit{annotation, {}};
  std::vector<ShapeId> changed;
  INTARSIA_CHECK(cut(edit, area, changed, job, [&](const Shape& shape) { return selected(ids, shape); }));
  return shareBorders(std::move(edit), changed, job);
}

Expected<Edit> addToShape(const Annotation& annotation, ShapeId id, const Polygon& area, const Job& job) {
  const Shape* shape = annotation.find(id);
  if (!shape || shape->locked) return Edit{annotation, {}};
  INTARSIA_TRY(const Polygon sum, united(shape->polygon, area, job));
  Edit edit{annotation, pixelBounds(area, imageRect(annotation)).united(pixelBounds(shape->polygon, imageRect(annotation)))};
  edit.after.shapes[size_t(annotation.indexOf(id))] = withPolygon(*shape, tidied(sum, {&shape->polygon, &area}));
  return shareBorders(std::move(edit), {&id, 1}, job);
}

Expected<Edit> addToShape(const Annotation& annotation, ShapeId id, const Polygon& area, Overlap overlap, const Job& job) {
  const Shape* shape = annotation.find(id);
  if (!shape || shape->locked || overlap == Overlap::onTop) return addToShape(annotation, id, area, job);
  if (overlap == Overlap::yield) {
    const Rect box = pixelBounds(area, imageRect(annotation));
    std::vector<Polygon> others = polygonsNear(annotation, bounds(area), [id](const Shape& s) { return s.id != id; });
    INTARSIA_TRY(Polygon base, baseCover(annotation, box));
    if (!base.rings.empty()) others.push_back(std::move(base));
    INTARSIA_TRY(const Polygon cover, united(others, job));
    INTARSIA_TRY(const Polygon rest, subtracted(area, cover, job));
    Polygon borders = cover;
    borders.rings.insert(borders.rings.end(), area.rings.begin(), area.rings.end());
    const Polygon own = tidied(rest, {&borders});
    if (own.rings.empty()) return Edit{annotation, {}};
    return addToShape(annotation, id, own, job);
  }
  INTARSIA_TRY(Edit edit, addToShape(annotation, id, area, job));
  std::vector<ShapeId> changed{id};
  INTARSIA_CHECK(cut(edit, area, changed, job, [id](const Shape& s) { return s.id != id && !s.hidden; }));
  return shareBorders(std::move(edit), changed, job);
}

}  // namespace intarsia
