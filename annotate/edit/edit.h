// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "annotate/model/annotation.h"
#include "annotate/raster/rasterizer.h"
#include "core/base/error.h"
#include "core/base/job.h"

namespace intarsia {

// Edits are pure functions from an annotation to the next one. Any thread. Ids, rings and vertices that do not exist are passed
// over, places that are not finite too. A locked shape keeps its geometry, class and existence (replaceClass and deleteClass alone change it).

struct Edit {
  Annotation after;
  Rect dirty;  // holds every pixel whose label may have changed, within the image; empty for a change of words or flags
};

/// How an edit comes from the labels as they are. Any thread.
using MakeEdit = std::function<Expected<Edit>(const Annotation&, const Job&)>;
/// Whether the edit is one: false where all shapes and pixels are still the same ones.
bool changes(const Annotation& before, const Edit& edit);
/// Points of the shapes whose boxes meet `box`, and of `ids` wherever they are: what geometry there costs (about 2 µs each).
size_t pointsNear(const Annotation& annotation, const Bounds& box, std::span<const ShapeId> ids = {});
/// The box around shapes; at the origin without one.
Bounds boundsOf(const Annotation& annotation, std::span<const ShapeId> ids);

struct VertexRef {
  ShapeId shape = 0;
  int ring = 0;
  int vertex = 0;
  bool operator==(const VertexRef&) const = default;
};

/// On top, under a new id (`Annotation::nextId` before the edit).
Edit addShape(const Annotation& annotation, Shape shape);
/// Several, in order; they keep their class, group and note, and are unlocked. `dx`, `dy` in pixels.
Edit paste(const Annotation& annotation, std::span<const ShapePtr> shapes, double dx = 0, double dy = 0);
Edit deleteShapes(const Annotation& annotation, std::span<const ShapeId> ids);
Edit moveShapes(const Annotation& annotation, std::span<const ShapeId> ids, double dx, double dy);
Edit setPolygon(const Annotation& annotation, ShapeId id, Polygon polygon);

/// All to one place: a vertex that several shapes share stays shared.
Edit moveVertices(const Annotation& annotation, std::span<const VertexRef> vertices, Point to);
inline Edit moveVertex(const Annotation& annotation, VertexRef vertex, Point to) { return moveVertices(annotation, {&vertex, 1}, to); }
/// Between `edge.vertex` and the one after it.
Edit insertVertex(const Annotation& annotation, VertexRef edge, Point at);
/// A ring that would keep fewer than three goes altogether, and the shape with its last ring.
Edit deleteVertices(const Annotation& annotation, std::span<const VertexRef> vertices);
inline Edit deleteVertex(const Annotation& annotation, VertexRef vertex) { return deleteVertices(annotation, {&vertex, 1}); }

Edit setClass(const Annotation& annotation, std::span<const ShapeId> ids, ClassId classId);
enum class Reorder { raise, lower, top, bottom };
/// Shapes keep their order among themselves; raise and lower go by one place.
Edit reorder(const Annotation& annotation, std::span<const ShapeId> ids, Reorder how);
Edit setLocked(const Annotation& annotation, std::span<const ShapeId> ids, bool locked);
Edit setHidden(const Annotation& annotation, std::span<const ShapeId> ids, bool hidden);
Edit setNote(const Annotation& annotation, ShapeId id, std::string note);
Edit setImageNote(const Annotation& annotation, std::string note);
Edit setStatus(const Annotation& annotation, ImageStatus status);

/// One shape in place of several, with the first one's class and at the topmost one's place.
Expected<Edit> uniteShapes(const Annotation& annotation, std::span<const ShapeId> ids, const Job& job = {});
/// Takes `area` away from the shapes; one that keeps nothing goes.
Expected<Edit> subtractFromShapes(const Annotation& annotation, std::span<const ShapeId> ids, const Polygon& area,
                                  const Job& job = {});
/// Adds `area` to a shape.
Expected<Edit> addToShape(const Annotation& annotation, ShapeId id, const Polygon& area, const Job& job = {});

/// Sets pixels of the base map (kNoClass erases); spans outside the image are clipped.
Edit paintBase(const Annotation& annotation, std::span<const Span> spans, ClassId classId);
/// Replaces the base map: `values` are class ids of `rect`, row by row.
Edit setBase(const Annotation& annotation, const Rect& rect, std::span<const uint32_t> values);
Edit clearBase(const Annotation& annotation);

/// In shapes and base map, locked shapes too: for changes over the whole project.
Edit replaceClass(const Annotation& annotation, ClassId from, ClassId to);
Edit deleteClass(const Annotation& annotation, ClassId classId);
bool usesClass(const Annotation& annotation, ClassId classId);

}  // namespace intarsia
