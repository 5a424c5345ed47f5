// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/summary.h"

#include <cmath>

#include "annotate/formats/shape_forms.h"
#include "core/base/parallel.h"
#include "core/media/decode.h"

namespace intarsia {

Expected<LabelMap> groundMap(const ImportedDataset& dataset, const ImportedImage& image) {
  if (image.size.empty()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The size of {file} is not known"), {{"file", image.name}});
  if (int64_t(image.size.width) * image.size.height > kDefaultPixelBudget)
    return fail(ErrorCode::tooLarge, INTARSIA_TEXT("{file} has too many pixels"), {{"file", image.name}});
  if (!image.mask) return LabelMap(image.size.width, image.size.height, dataset.background ? uint16_t(*dataset.background) : kUnlabelled);
  INTARSIA_TRY(LabelMap map, image.mask());
  if (map.size() != image.size) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The mask of {file} has another size"), {{"file", image.name}});
  return map;
}

std::vector<PaintedPolygon> polygonsOf(const ImportedImage& image) {
  std::vector<PaintedPolygon> polygons;
  polygons.reserve(image.shapes.size());
  for (const auto& shape : image.shapes) {
    const std::span<const Ring> rings = shape.polygon.rings;
    if (!shape.unite) polygons.push_back({rings, uint16_t(shape.classIndex)});
    else
      for (size_t i = 0; i < rings.size(); ++i) polygons.push_back({rings.subspan(i, 1), uint16_t(shape.classIndex)});
  }
  return polygons;
}

Expected<LabelMap> labelMap(const ImportedDataset& dataset, const ImportedImage& image, RasterRule rule) {
  INTARSIA_TRY(LabelMap map, groundMap(dataset, image));
  paint(map, polygonsOf(image), rule);
  return map;
}

namespace {

struct ImageSummary {
  std::vector<int64_t> counts;  // pixels per class
  std::vector<ItemSummary> items;
  std::string problem;
};

double areaOf(const ImportedShape& shape) {
  const double value = shapeArea(shape);
  return std::isfinite(value) ? value : 0;
}

ImageSummary summaryOf(const ImportedDataset& dataset, int index, RasterRule rule, bool items) {
  const ImportedImage& image = dataset.images[size_t(index)];
  ImageSummary result;
  if (!image.size.empty() && (image.mask || !image.shapes.empty())) {
    const int classes = int(dataset.classes.size());
    auto map = groundMap(dataset, image);
    if (!map) {
      result.problem = map.error().message();
    } else {
      result.counts = classCounts(*map, classes);
      if (image.mask)
        for (int c = 0; c < classes; ++c)
          if (const int64_t pixels = result.counts[size_t(c)]; pixels > 0) result.items.push_back({index, c, "mask", 0, double(pixels), pixels});
      if (!image.shapes.empty()) {
        paint(*map, polygonsOf(image), rule);
        result.counts = classCounts(*map, classes);
      }
    }
  }
  for (const auto& shape : image.shapes) {
    ItemSummary item{index, shape.classIndex, shape.kind, 0, areaOf(shape), {}};
    for (const auto& ring : shape.polygon.rings) item.points += int(ring.size());
    if (items && !image.size.empty()) item.pixels = pixelCount(unitedPolygon(shape), {0, 0, image.size.width, image.size.height}, rule);
    result.items.push_back(std::move(item));
  }
  return result;
}

}  // namespace

Expected<DatasetSummary> summarize(const ImportedDataset& dataset, RasterRule rule, bool items, const Job& job) {
  DatasetSummary summary;
  for (const auto& c : dataset.classes) summary.classes.push_back({c.name});
  constexpr int kBatch = 256;  // bounds what waits to be added
  const int count = int(dataset.images.size());
  for (int first = 0; first < count; first += kBatch) {
    const int batch = std::min(kBatch, count - first);
    std::vector<ImageSummary> parts(static_cast<size_t>(batch));
    INTARSIA_CHECK(parallelFor(batch, [&](int i) -> Expected<> {
      parts[size_t(i)] = summaryOf(dataset, first + i, rule, items);
      return {};
    }, job));
    for (int i = 0; i < batch; ++i) {
      ImageSummary& part = parts[size_t(i)];
      if (!part.problem.empty()) summary.skipped.push_back({dataset.images[size_t(first + i)].name, part.problem});
      for (size_t c = 0; c < summary.classes.size() && c < part.counts.size(); ++c) summary.classes[c].pixels += part.counts[c];
      for (auto& item : part.items) {
        ClassSummary& total = summary.classes[size_t(item.classIndex)];
        ++total.annotations;
        total.area += item.area;
        if (items) summary.items.push_back(std::move(item));
      }
    }
    job.report(first + batch, count, INTARSIA_TEXT("Counting"));
  }
  return summary;
}

}  // namespace intarsia
