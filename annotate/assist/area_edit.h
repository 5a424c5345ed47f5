// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "annotate/edit/borders.h"

namespace intarsia {

enum class AreaMode { draw, add, subtract };
/// Where an area goes. `automatic`: to the selected shapes; without one to the pixels if the image has a base map, else to a new shape.
enum class AreaTarget { automatic, shape, pixels };

/// What to do with an area that a tool has made.
struct AreaWish {
  AreaMode mode = AreaMode::draw;
  AreaTarget target = AreaTarget::automatic;
  ClassId classId = kNoClass;          // of new shapes and pixels, and whose shapes lose pixels when none is selected
  std::vector<ShapeId> selected;       // locked ones and those that are gone are passed over
  std::string kind = "polygon";        // of a new shape
  bool join = false;                   // instead of a new shape: the unlocked ones of the class and one group that it is seen to meet become one with it
  Overlap overlap = Overlap::onTop;    // of a new shape, and of what is added to one
};

/// `automatic` resolved; `shape` and `pixels` stay as they are.
AreaTarget targetOf(const Annotation& annotation, const AreaWish& wish);
/// Whether there is no class to ask for: something is taken away, or a selected shape keeps its own.
bool needsClass(const Annotation& annotation, const AreaWish& wish);

/// A new shape, or more or less of the selected ones (added to the topmost; the overlap is what the wish says). Nothing selected:
/// `add` makes a new shape, `subtract` takes from all shapes of the class and from its pixels of the base map. On pixels: `subtract`
/// clears them, whatever their class. Where that was resolved so, shapes above lose them too: with `subtract` all, else those of
/// other classes, unless the wish is to yield. A locked or hidden shape keeps its pixels.
/// An area outside the image, or one that changes nothing, gives an edit that changes nothing.
Expected<Edit> applyArea(const Annotation& annotation, const Polygon& area, const AreaWish& wish, const Job& job = {});

/// The outline of pixels: exact, or with `tolerance` > 0 with fewer points, none farther than that from the border.
Expected<Polygon> areaOf(std::span<const Span> spans, double tolerance);

/// An ellipse in that box as a ring; no point of it is farther than `tolerance` pixels from the true one.
Ring ellipseRing(Point from, Point to, double tolerance = 0.1);

}  // namespace intarsia
