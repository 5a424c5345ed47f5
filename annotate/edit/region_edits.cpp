// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/edit/region_edits.h"

#include <algorithm>
#include <unordered_map>

namespace intarsia {
namespace {

/// Regions of `map`, whose values stand for `ids`, become the lowest shapes.
Expected<Edit> below(const Annotation& annotation, const LabelMap& map, const std::vector<ClassId>& ids, const VectorizeOptions& options,
                     const Job& job) {
  INTARSIA_TRY(auto regions, vectorize(map, options, job));
  Edit edit{annotation, {0, 0, annotation.size.width, annotation.size.height}};
  std::vector<ShapePtr> shapes;
  shapes.reserve(regions.size() + annotation.shapes.size());
  for (Region& region : regions) {
    auto shape = std::make_shared<Shape>();
    shape->id = edit.after.nextId++;
    shape->classId = ids[region.label];
    shape->kind = "polygon";
    shape->polygon = std::move(region.polygon);
    shapes.push_back(std::move(shape));
  }
  shapes.insert(shapes.end(), annotation.shapes.begin(), annotation.shapes.end());
  edit.after.shapes = std::move(shapes);
  return edit;
}

}  // namespace

Expected<Edit> baseToShapes(const Annotation& annotation, const VectorizeOptions& options, const Job& job) {
  const Size size = annotation.base.size();
  LabelMap map(size.width, size.height);
  std::vector<ClassId> ids, row(size_t(std::max(size.width, 0)));
  std::unordered_map<ClassId, uint16_t> indices{{kNoClass, kUnlabelled}};
  for (int y = 0; y < size.height; ++y) {
    annotation.base.read({0, y, size.width, 1}, row.data());
    for (int x = 0; x < size.width; ++x) {
      const auto [at, fresh] = indices.try_emplace(row[size_t(x)], uint16_t(ids.size()));
      if (fresh) ids.push_back(row[size_t(x)]);
      if (ids.size() >= kUnlabelled) return fail(ErrorCode::tooLarge, INTARSIA_TEXT("The mask has too many classes"));
      map.set(x, y, at->second);
    }
  }
  INTARSIA_TRY(auto edit, below(annotation, map, ids, options, job));
  edit.after.base = {};
  return edit;
}

Expected<Edit> answerToShapes(const Annotation& annotation, const LabelMap& answer, int level, const ClassTable& classes,
                              const VectorizeOptions& options, const Job& job) {
  LabelMap map = rasterize(annotation, classes);
  std::vector<ClassId> ids;
  for (const auto& info : classes) ids.push_back(info.id);
  for (int y = 0; y < map.height(); ++y)
    for (int x = 0; x < map.width(); ++x) {
      const int ax = x >> level, ay = y >> level;
      const bool open = map.at(x, y) == kUnlabelled && ax < answer.width() && ay < answer.height() && answer.at(ax, ay) < ids.size();
      map.set(x, y, open ? answer.at(ax, ay) : kUnlabelled);
    }
  return below(annotation, map, ids, options, job);
}

}  // namespace intarsia
