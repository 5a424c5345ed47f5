// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "annotate/model/tile_map.h"
#include "core/base/class_table.h"
#include "core/base/rect.h"
#include "core/geometry/polygon.h"

namespace intarsia {

/// Unique within an image, from 1, never reused.
using ShapeId = uint64_t;

/// One labelled area of one class. A value that nobody changes once it is shared.
struct Shape {
  ShapeId id = 0;
  ClassId classId = kNoClass;
  Polygon polygon;           // even-odd within the shape: first ring outside, further rings holes or parts
  std::string kind = "polygon";  // what it was drawn or imported as: polygon, rectangle, ellipse, brush …; geometry is always `polygon`
  std::optional<int64_t> group;  // shapes of one instance
  std::string note;
  bool locked = false;
  bool hidden = false;       // in the view only: it is still trained on and exported
  std::string extra;         // unknown keys of its sidecar entry, a JSON object or empty
  bool operator==(const Shape&) const = default;
};
using ShapePtr = std::shared_ptr<const Shape>;

enum class ImageStatus { unlabelled, inWork, checked };

/// The labels of one image: an optional base label map under ordered shapes, the last on top. A value; copying shares everything.
struct Annotation {
  Size size;                        // of the image as shown (after EXIF)
  TileMap base;                     // empty, or of `size`: an imported mask or an accepted prediction, exact. Values are ClassId, 0 = nothing
  std::vector<ShapePtr> shapes;     // painter's order
  ShapeId nextId = 1;
  ImageStatus status = ImageStatus::unlabelled;
  std::string note;
  std::vector<std::string> flags;   // of the image: "blurred", "night" …; ascending
  std::string extra;                // unknown keys of the sidecar, a JSON object or empty

  bool labelled() const { return !shapes.empty() || !base.empty(); }
  int indexOf(ShapeId id) const;    // -1 if absent
  const Shape* find(ShapeId id) const;
};
/// Same content (shapes compared by value, tiles by content).
bool sameContent(const Annotation& a, const Annotation& b);

}  // namespace intarsia
