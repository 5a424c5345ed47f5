// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "annotate/edit/edit.h"
#include "annotate/edit/edit_parts.h"

namespace intarsia {

namespace {

bool isZero(const TileMap& map) {
  return std::all_of(map.tiles().begin(), map.tiles().end(), [](const auto& tile) {
    return !tile || std::all_of(tile->begin(), tile->end(), [](uint32_t v) { return v == 0; });
  });
}

/// Changes `from` to `to` in tiles that have it; gives the pixels changed, to the tile.
Rect replaceInBase(TileMap& base, ClassId from, ClassId to) {
  constexpr int kTile = TileMap::kTile;
  Rect changed;
  if (base.empty() || from == to) return changed;
  const int columns = (base.size().width - 1) / kTile + 1;
  std::vector<uint32_t> values;
  for (size_t i = 0; i < base.tiles().size(); ++i) {
    const auto& tile = base.tiles()[i];
    if (!tile || std::find(tile->begin(), tile->end(), from) == tile->end()) continue;
    const Rect rect = Rect{int(i) % columns * kTile, int(i) / columns * kTile, kTile, kTile}.intersected({0, 0, base.size().width, base.size().height});
    values.resize(size_t(rect.width) * size_t(rect.height));
    base.read(rect, values.data());
    std::replace(values.begin(), values.end(), from, to);
    base.write(rect, values.data());
    changed = changed.united(rect);
  }
  return changed;
}

}  // namespace

Edit paintBase(const Annotation& annotation, std::span<const Span> spans, ClassId classId) {
  Edit edit{annotation, {}};
  const Rect image = imageRect(annotation);
  TileMap& base = edit.after.base;
  if (base.empty()) base = TileMap(annotation.size);
  const std::vector<uint32_t> values(size_t(std::max(0, image.width)), classId);
  for (const Span& span : spans) {
    const int begin = std::max(span.begin, 0), end = std::min(span.end, image.width);
    if (span.y < 0 || span.y >= image.height || begin >= end) continue;
    const Rect row{begin, span.y, end - begin, 1};
    base.write(row, values.data());
    edit.dirty = edit.dirty.united(row);
  }
  if (annotation.base.empty() && isZero(base)) base = TileMap();
  return edit;
}

Edit setBase(const Annotation& annotation, const Rect& rect, std::span<const uint32_t> values) {
  Edit edit{annotation, {}};
  if (rect.empty() || rect.intersected(imageRect(annotation)) != rect || values.size() != size_t(rect.width) * size_t(rect.height)) return edit;
  if (edit.after.base.empty()) edit.after.base = TileMap(annotation.size);
  edit.after.base.write(rect, values.data());
  edit.dirty = rect;
  return edit;
}

Edit clearBase(const Annotation& annotation) {
  Edit edit{annotation, annotation.base.empty() ? Rect{} : imageRect(annotation)};
  edit.after.base = TileMap();
  return edit;
}

Edit replaceClass(const Annotation& annotation, ClassId from, ClassId to) {
  Edit edit{annotation, {}};
  if (from == to) return edit;
  for (ShapePtr& shape : edit.after.shapes) {
    if (shape->classId != from) continue;
    auto copy = std::make_shared<Shape>(*shape);
    copy->classId = to;
    edit.dirty = edit.dirty.united(pixelBounds(copy->polygon, imageRect(annotation)));
    shape = std::move(copy);
  }
  edit.dirty = edit.dirty.united(replaceInBase(edit.after.base, from, to));
  return edit;
}

Edit deleteClass(const Annotation& annotation, ClassId classId) {
  Edit edit{annotation, {}};
  std::erase_if(edit.after.shapes, [&](const ShapePtr& shape) {
    if (shape->classId != classId) return false;
    edit.dirty = edit.dirty.united(pixelBounds(shape->polygon, imageRect(annotation)));
    return true;
  });
  edit.dirty = edit.dirty.united(replaceInBase(edit.after.base, classId, kNoClass));
  return edit;
}

bool usesClass(const Annotation& annotation, ClassId classId) {
  return std::any_of(annotation.shapes.begin(), annotation.shapes.end(), [&](const ShapePtr& shape) { return shape->classId == classId; }) ||
         std::any_of(annotation.base.tiles().begin(), annotation.base.tiles().end(),
                     [&](const auto& tile) { return tile && std::find(tile->begin(), tile->end(), classId) != tile->end(); });
}

}  // namespace intarsia
