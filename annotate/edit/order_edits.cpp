// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/edit/order_edits.h"

#include <algorithm>
#include <unordered_set>

namespace intarsia {

Edit placeShapes(const Annotation& annotation, std::span<const ShapeId> ids, ShapeId above) {
  Edit edit{annotation, {}};
  const std::unordered_set<ShapeId> wanted(ids.begin(), ids.end());
  const Rect all{0, 0, annotation.size.width, annotation.size.height};
  std::vector<ShapePtr> rest, moved;
  for (const ShapePtr& shape : annotation.shapes) (wanted.contains(shape->id) ? moved : rest).push_back(shape);
  const auto below = std::ranges::find(rest, above, [](const ShapePtr& s) { return s->id; });
  rest.insert(below == rest.end() ? rest.begin() : below + 1, moved.begin(), moved.end());
  if (rest == annotation.shapes) return edit;
  for (const ShapePtr& shape : moved) edit.dirty = edit.dirty.united(pixelBounds(shape->polygon, all));
  edit.after.shapes = std::move(rest);
  return edit;
}

Edit setGroup(const Annotation& annotation, std::span<const ShapeId> ids, std::optional<int64_t> group) {
  Edit edit{annotation, {}};
  const std::unordered_set<ShapeId> wanted(ids.begin(), ids.end());
  for (ShapePtr& shape : edit.after.shapes)
    if (wanted.contains(shape->id) && shape->group != group) {
      Shape changed = *shape;
      changed.group = group;
      shape = std::make_shared<const Shape>(std::move(changed));
    }
  return edit;
}

int64_t freeGroup(const Annotation& annotation) {
  int64_t group = 0;
  for (const ShapePtr& shape : annotation.shapes) group = std::max(group, shape->group.value_or(0));
  return group + 1;
}

}  // namespace intarsia
