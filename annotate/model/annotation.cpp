// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/model/annotation.h"

#include <algorithm>

namespace intarsia {

int Annotation::indexOf(ShapeId id) const {
  const auto it = std::find_if(shapes.begin(), shapes.end(), [id](const ShapePtr& shape) { return shape->id == id; });
  return it == shapes.end() ? -1 : int(it - shapes.begin());
}

const Shape* Annotation::find(ShapeId id) const {
  const int index = indexOf(id);
  return index < 0 ? nullptr : shapes[size_t(index)].get();
}

bool sameContent(const Annotation& a, const Annotation& b) {
  return a.size == b.size && a.nextId == b.nextId && a.status == b.status && a.note == b.note && a.flags == b.flags && a.extra == b.extra && a.base == b.base &&
         std::equal(a.shapes.begin(), a.shapes.end(), b.shapes.begin(), b.shapes.end(),
                    [](const ShapePtr& x, const ShapePtr& y) { return x == y || *x == *y; });
}

}  // namespace intarsia
