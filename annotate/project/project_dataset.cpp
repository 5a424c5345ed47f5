// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/project_dataset.h"

#include <atomic>

#include "annotate/raster/rasterizer.h"
#include "core/base/parallel.h"

namespace intarsia {

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
  for (const auto& info : classes) dataset.classes.push_back({info.name, info.color, info.ignore});
  if (uncovered != kUnlabelled) dataset.background = uncovered;
  dataset.images.resize(images.size());
  std::vector<std::string> problems(images.size());
  std::atomic<int64_t> done = 0;
  const auto one = [&](int i) -> Expected<> {
    const ProjectImage& from = images[size_t(i)];
    ImportedImage& image = dataset.images[size_t(i)];
    image.name = from.name;
    image.path = from.path;
    image.split = from.split;
    image.group = from.group;
    job.report(++done, int64_t(images.size()), INTARSIA_TEXT("Reading labels"));
    if (!from.labelled) return {};
    const auto annotation = project->annotation(from);
    if (!annotation) {
      problems[size_t(i)] = annotation.error().message();
      return {};
    }
    image.size = annotation->size;
    for (const auto& shape : annotation->shapes)
      if (const auto index = classes.indexOf(shape->classId))
        image.shapes.push_back({*index, shape->polygon, shape->kind, shape->group, {}});
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
  INTARSIA_CHECK(parallelFor(int(images.size()), one, job));
  for (size_t i = 0; i < images.size(); ++i)
    if (!problems[i].empty()) dataset.report.skipped.push_back({images[i].name, problems[i]});
  return dataset;
}

}  // namespace intarsia
