// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "annotate/edit/edit.h"

namespace intarsia {

// Edits that keep borders common: neighbours get the same vertices in the same order, so that no pixel between them has two
// owners or none, and a vertex that is moved later moves in both. As all edits: pure functions; locked shapes stay as they are.
// Those that take a job end with the error `cancelled` within a tenth of a second after it was.

/// What becomes of pixels that a new shape, or what is added to one, and others both cover.
enum class Overlap {
  onTop,  // both keep them; the order of the shapes decides
  take,   // the others lose them
  yield,  // the new shape does not get them: it fills what nobody has, base map included
};

/// The same edit with the borders of `ids` made common with their neighbours', wherever they lie on one another (within rounding):
/// vertices become one, and each edge gets the vertices that lie on it.
Edit shareBorders(Edit edit, std::span<const ShapeId> ids);
Expected<Edit> shareBorders(Edit edit, std::span<const ShapeId> ids, const Job& job);

/// The same edit; shapes of `ids` lose points that repeat the one before and edges that go back on themselves (a vertex was dropped
/// on its neighbour).
Edit withoutFolds(Edit edit, std::span<const ShapeId> ids);

/// On top, with common borders. A shape that yields everything is not added: `after.nextId` stays.
Expected<Edit> addShape(const Annotation& annotation, Shape shape, Overlap overlap, const Job& job = {});
/// Adds `area` to a shape, whose borders become common ones. `take`: the other shapes lose it, but for locked and hidden ones.
Expected<Edit> addToShape(const Annotation& annotation, ShapeId id, const Polygon& area, Overlap overlap, const Job& job = {});
/// All other shapes lose what `ids` cover; one that keeps nothing goes.
Expected<Edit> takeOverlap(const Annotation& annotation, std::span<const ShapeId> ids, const Job& job = {});
/// `ids` lose what other shapes or the base map cover; one that keeps nothing goes.
Expected<Edit> yieldOverlap(const Annotation& annotation, std::span<const ShapeId> ids, const Job& job = {});
/// The topmost of `ids` is cut out of the others and goes. A single one is cut out of all that lie below it.
Expected<Edit> subtractTop(const Annotation& annotation, std::span<const ShapeId> ids, const Job& job = {});

/// Cuts along a line (two points or more): each piece becomes a shape, the largest keeps the id, the others follow it in the order.
/// No ids = every shape that the line divides.
Expected<Edit> sliceShapes(const Annotation& annotation, std::span<const ShapeId> ids, const Ring& line,
                           const Job& job = {});
/// Each outside with its holes becomes a shape, likewise.
Expected<Edit> splitParts(const Annotation& annotation, std::span<const ShapeId> ids, const Job& job = {});
/// All holes, or only the ones around `at`.
Expected<Edit> fillHoles(const Annotation& annotation, std::span<const ShapeId> ids, std::optional<Point> at = {},
                         const Job& job = {});

/// Fewer vertices: none that was left out lies farther than `tolerance` pixels from the new border. Rounder borders: each point is
/// the mean of its surroundings, as far as about `radius` pixels. A border shared with a neighbour (selected or not) changes once for
/// both; where borders part, and on the image's edge, they stay; nothing comes to cross.
Expected<Edit> simplifyShapes(const Annotation& annotation, std::span<const ShapeId> ids, double tolerance,
                              const Job& job = {});
Expected<Edit> smoothShapes(const Annotation& annotation, std::span<const ShapeId> ids, double radius,
                            const Job& job = {});

/// The area around `p` that no shape and no pixel of the base map covers, to its borders; empty if p is covered or outside.
Expected<Polygon> gapAt(const Annotation& annotation, Point p, const Job& job = {});
/// A gap for a shape that is there, or (extend = 0) as a new one of that class.
Expected<Edit> fillGap(const Annotation& annotation, const Polygon& gap, ShapeId extend, ClassId classId,
                       const Job& job = {});

}  // namespace intarsia
