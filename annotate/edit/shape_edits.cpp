// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <functional>
#include <tuple>

#include "annotate/edit/edit.h"
#include "annotate/edit/edit_parts.h"
#include "core/geometry/boolean.h"
#include "core/geometry/nesting.h"

namespace intarsia {

namespace {

/// The pixels that a change of `ring`'s border between these points can touch: all where the ring covers nothing as it is.
Rect touched(const Annotation& annotation, const Ring& ring, Ring points) {
  return usable(ring) ? pixelBounds({{std::move(points)}}, imageRect(annotation)) : imageRect(annotation);
}

bool finite(Point p) { return std::isfinite(p.x) && std::isfinite(p.y); }

/// Replaces the shapes for which change(copy) is true; `dirty` takes them before and after.
template <class Change>
Edit changeEach(const Annotation& annotation, std::span<const ShapeId> ids, bool lockedToo, bool pixels, Change change) {
  Edit edit{annotation, {}};
  for (ShapePtr& shape : edit.after.shapes) {
    if (!selected(ids, *shape) || (shape->locked && !lockedToo)) continue;
    auto copy = std::make_shared<Shape>(*shape);
    if (!change(*copy)) continue;
    if (pixels) {
      edit.dirty = edit.dirty.united(pixelBounds(shape->polygon, imageRect(annotation)));
      edit.dirty = edit.dirty.united(pixelBounds(copy->polygon, imageRect(annotation)));
    }
    shape = std::move(copy);
  }
  return edit;
}

/// The ring of an unlocked shape, for a change of its own copy; null where it does not exist.
struct EditedRing {
  std::shared_ptr<Shape> shape;
  Ring* ring = nullptr;
  size_t index = 0;
};
EditedRing editedRing(const Annotation& annotation, const VertexRef& ref) {
  const int at = annotation.indexOf(ref.shape);
  if (at < 0) return {};
  const Shape& shape = *annotation.shapes[size_t(at)];
  if (shape.locked || ref.ring < 0 || size_t(ref.ring) >= shape.polygon.rings.size()) return {};
  if (ref.vertex < 0 || size_t(ref.vertex) >= shape.polygon.rings[size_t(ref.ring)].size()) return {};
  EditedRing edited{std::make_shared<Shape>(shape), nullptr, size_t(at)};
  edited.ring = &edited.shape->polygon.rings[size_t(ref.ring)];
  return edited;
}

}  // namespace

Edit addShape(const Annotation& annotation, Shape shape) {
  Edit edit{annotation, pixelBounds(shape.polygon, imageRect(annotation))};
  shape.id = edit.after.nextId++;
  edit.after.shapes.push_back(std::make_shared<Shape>(std::move(shape)));
  return edit;
}

Edit paste(const Annotation& annotation, std::span<const ShapePtr> shapes, double dx, double dy) {
  Edit edit{annotation, {}};
  for (const ShapePtr& shape : shapes) {
    auto copy = std::make_shared<Shape>(*shape);
    copy->id = edit.after.nextId++;
    copy->locked = false;
    for (Ring& ring : copy->polygon.rings)
      for (Point& p : ring) p = {p.x + dx, p.y + dy};
    edit.dirty = edit.dirty.united(pixelBounds(copy->polygon, imageRect(annotation)));
    edit.after.shapes.push_back(std::move(copy));
  }
  return edit;
}

Edit deleteShapes(const Annotation& annotation, std::span<const ShapeId> ids) {
  Edit edit{annotation, {}};
  std::erase_if(edit.after.shapes, [&](const ShapePtr& shape) {
    if (shape->locked || !selected(ids, *shape)) return false;
    edit.dirty = edit.dirty.united(pixelBounds(shape->polygon, imageRect(annotation)));
    return true;
  });
  return edit;
}

Edit moveShapes(const Annotation& annotation, std::span<const ShapeId> ids, double dx, double dy) {
  return changeEach(annotation, ids, false, true, [&](Shape& shape) {
    for (Ring& ring : shape.polygon.rings)
      for (Point& p : ring) p = {p.x + dx, p.y + dy};
    return dx != 0 || dy != 0;
  });
}

Edit setPolygon(const Annotation& annotation, ShapeId id, Polygon polygon) {
  return changeEach(annotation, {&id, 1}, false, true, [&](Shape& shape) {
    shape.polygon = std::move(polygon);
    return true;
  });
}

Edit moveVertices(const Annotation& annotation, std::span<const VertexRef> vertices, Point to) {
  Edit edit{annotation, {}};
  for (const VertexRef& ref : vertices) {
    EditedRing edited = editedRing(edit.after, ref);
    if (!edited.ring || !finite(to) || (*edited.ring)[size_t(ref.vertex)] == to) continue;
    Ring& ring = *edited.ring;
    const size_t n = ring.size(), i = size_t(ref.vertex);
    edit.dirty = edit.dirty.united(touched(annotation, ring, {ring[(i + n - 1) % n], ring[i], ring[(i + 1) % n], to}));
    ring[i] = to;
    edit.after.shapes[edited.index] = std::move(edited.shape);
  }
  return edit;
}

Edit insertVertex(const Annotation& annotation, VertexRef edge, Point at) {
  Edit edit{annotation, {}};
  EditedRing edited = editedRing(annotation, edge);
  if (!edited.ring || !finite(at)) return edit;
  Ring& ring = *edited.ring;
  const size_t i = size_t(edge.vertex);
  edit.dirty = touched(annotation, ring, {ring[i], at, ring[(i + 1) % ring.size()]});
  ring.insert(ring.begin() + int64_t(i) + 1, at);
  edit.after.shapes[edited.index] = std::move(edited.shape);
  return edit;
}

Edit deleteVertices(const Annotation& annotation, std::span<const VertexRef> vertices) {
  Edit edit{annotation, {}};
  // From the back, so that what is still to go keeps its number.
  std::vector<VertexRef> sorted(vertices.begin(), vertices.end());
  std::ranges::sort(sorted, std::greater{}, [](const VertexRef& v) { return std::tuple(v.shape, v.ring, v.vertex); });
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::vector<ShapeId> gone;
  for (ShapePtr& shape : edit.after.shapes) {
    if (shape->locked || std::ranges::find(sorted, shape->id, &VertexRef::shape) == sorted.end()) continue;
    auto copy = std::make_shared<Shape>(*shape);
    auto& rings = copy->polygon.rings;
    bool changed = false;
    for (const VertexRef& ref : sorted) {
      if (ref.shape != shape->id || ref.ring < 0 || size_t(ref.ring) >= rings.size()) continue;
      Ring& ring = rings[size_t(ref.ring)];
      const size_t n = ring.size(), i = size_t(ref.vertex);
      if (ref.vertex < 0 || i >= n) continue;
      edit.dirty = edit.dirty.united(touched(annotation, ring, n > 3 ? Ring{ring[(i + n - 1) % n], ring[i], ring[(i + 1) % n]} : ring));
      if (n > 3)
        ring.erase(ring.begin() + int64_t(i));
      else
        ring.clear();  // it goes below: the others keep their numbers
      changed = true;
    }
    if (!changed) continue;
    std::erase_if(rings, [](const Ring& ring) { return ring.empty(); });
    if (rings.empty()) gone.push_back(shape->id);
    shape = std::move(copy);
  }
  std::erase_if(edit.after.shapes, [&](const ShapePtr& shape) { return selected(gone, *shape); });
  return edit;
}

Edit setClass(const Annotation& annotation, std::span<const ShapeId> ids, ClassId classId) {
  return changeEach(annotation, ids, false, true, [&](Shape& shape) { return std::exchange(shape.classId, classId) != classId; });
}

Edit reorder(const Annotation& annotation, std::span<const ShapeId> ids, Reorder how) {
  Edit edit{annotation, {}};
  auto& shapes = edit.after.shapes;
  const auto chosen = [&](const ShapePtr& shape) { return selected(ids, *shape); };
  const auto other = [&](const ShapePtr& shape) { return !chosen(shape); };
  if (how == Reorder::top) std::stable_partition(shapes.begin(), shapes.end(), other);
  if (how == Reorder::bottom) std::stable_partition(shapes.begin(), shapes.end(), chosen);
  if (how == Reorder::raise)
    for (size_t i = shapes.size(); i-- > 1;)
      if (chosen(shapes[i - 1]) && other(shapes[i])) std::swap(shapes[i - 1], shapes[i]);
  if (how == Reorder::lower)
    for (size_t i = 1; i < shapes.size(); ++i)
      if (chosen(shapes[i]) && other(shapes[i - 1])) std::swap(shapes[i - 1], shapes[i]);
  if (shapes != annotation.shapes)
    for (const ShapePtr& shape : shapes)
      if (chosen(shape)) edit.dirty = edit.dirty.united(pixelBounds(shape->polygon, imageRect(annotation)));
  return edit;
}

Edit setLocked(const Annotation& annotation, std::span<const ShapeId> ids, bool locked) {
  return changeEach(annotation, ids, true, false, [&](Shape& shape) { return std::exchange(shape.locked, locked) != locked; });
}

Edit setHidden(const Annotation& annotation, std::span<const ShapeId> ids, bool hidden) {
  return changeEach(annotation, ids, true, false, [&](Shape& shape) { return std::exchange(shape.hidden, hidden) != hidden; });
}

Edit setNote(const Annotation& annotation, ShapeId id, std::string note) {
  return changeEach(annotation, {&id, 1}, true, false, [&](Shape& shape) {
    shape.note = std::move(note);
    return true;
  });
}

Edit setImageNote(const Annotation& annotation, std::string note) {
  Edit edit{annotation, {}};
  edit.after.note = std::move(note);
  return edit;
}

Edit setStatus(const Annotation& annotation, ImageStatus status) {
  Edit edit{annotation, {}};
  edit.after.status = status;
  return edit;
}

}  // namespace intarsia
