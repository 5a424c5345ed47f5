// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/project_dataset.h"

#include "annotate/formats/shape_forms.h"
#include "annotate/project/json_text.h"
#include "annotate/project/sidecar.h"
#include "annotate/raster/rasterizer.h"
#include "core/base/parallel.h"

namespace intarsia {
namespace {

/// A shape as its source would have it: its parts, where it is still their union (import_labels.cpp).
ImportedShape exported(const Shape& shape, int index) {
  ImportedShape out{.classIndex = index, .polygon = shape.polygon, .kind = shape.kind, .group = shape.group, .note = shape.note, .extra = shape.extra};
  if (shape.extra.find("\"parts\"") == std::string::npos) return out;
  const auto keys = parseOrderedJson(shape.extra, {});
  if (!keys || !keys->is_object() || !keys->contains("parts") || !(*keys)["parts"].is_array()) return out;
  std::vector<Ring> parts;
  for (const auto& points : (*keys)["parts"]) {
    Ring& ring = parts.emplace_back();
    for (const auto& point : points)
      if (point.is_array() && point.size() == 2 && point[0].is_number() && point[1].is_number()) ring.push_back({point[0].get<double>(), point[1].get<double>()});
    if (ring.size() < 3 || ring.size() != points.size()) return out;
  }
  bool changed = false;
  if (unionOfParts(parts, changed) == shape.polygon && changed) {
    out.polygon.rings = std::move(parts);
    out.unite = true;
  }
  return out;
}

}  // namespace

Expected<ExportedDataset> datasetOf(std::shared_ptr<const Project> project, const Job& job, size_t labelledAtMost) {
  auto images = project->imagesNow();
  if (labelledAtMost) {
    std::erase_if(images, [](const auto& image) { return !image.labelled; });
    if (images.size() > labelledAtMost) images.erase(images.begin() + ptrdiff_t(labelledAtMost), images.end());
  }
  const ClassTable classes = project->classesNow();
  const uint16_t uncovered = project->uncoveredIndex();
  ExportedDataset dataset;
  dataset.format = "intarsia";
  for (const auto& info : classes) dataset.classes.push_back({info.name, info.color, info.ignore, project->classExtra(info.id)});
  if (uncovered != kUnlabelled) dataset.background = uncovered;
  dataset.images.resize(images.size());
  std::vector<std::string> problems(images.size());
  const auto one = [&](int i) -> Expected<> {
    const ProjectImage& from = images[size_t(i)];
    ImportedImage& image = dataset.images[size_t(i)];
    image.name = from.name;
    image.path = from.path;
    image.split = from.split;
    image.group = from.group;
    std::error_code error;
    if (!from.labelled && !std::filesystem::exists(project->dataFolder() / "annotations" / sidecarFile(from.key), error)) return {};
    const auto annotation = project->annotation(from);
    if (!annotation) {
      problems[size_t(i)] = annotation.error().message();
      return {};
    }
    // Without labels it is in the data set if it was checked, or if its source listed it so.
    if (!annotation->labelled() && annotation->status != ImageStatus::checked && annotation->extra.empty()) return {};
    image.size = annotation->size;
    image.extra = annotation->extra;
    for (const auto& shape : annotation->shapes)
      if (const auto index = classes.indexOf(shape->classId))
        image.shapes.push_back(exported(*shape, *index));
      else
        problems[size_t(i)] = "a shape's class is not in the table of classes";
    if (annotation->base.empty()) return {};
    image.mask = [project, from, classes, uncovered]() -> Expected<LabelMap> {
      INTARSIA_TRY(auto again, project->annotation(from));
      again.shapes.clear();
      return rasterize(again, classes, uncovered);
    };
    return {};
  };
  INTARSIA_CHECK(parallelFor(int(images.size()), INTARSIA_TEXT("Reading labels"), one, job));
  for (size_t i = 0; i < images.size(); ++i)
    if (!problems[i].empty()) dataset.report.skipped.push_back({images[i].name, problems[i]});
  return dataset;
}

}  // namespace intarsia
