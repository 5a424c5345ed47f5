// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/summary.h"

#include <cmath>

#include "core/base/parallel.h"
#include "core/media/decode.h"

namespace intarsia {

Expected<LabelMap> labelMap(const ImportedDataset& dataset, const ImportedImage& image, RasterRule rule) {
  if (image.size.empty()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The size of {file} is not known"), {{"file", image.name}});
  if (int64_t(image.size.width) * image.size.height > kDefaultPixelBudget)
    return fail(ErrorCode::tooLarge, INTARSIA_TEXT("{file} has too many pixels"), {{"file", image.name}});
  LabelMap map;
  if (image.mask) {
    INTARSIA_TRY(map, image.mask());
    if (map.size() != image.size) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The mask of {file} has another size"), {{"file", image.name}});
  } else {
    map = LabelMap(image.size.width, image.size.height, dataset.background ? uint16_t(*dataset.background) : kUnlabelled);
  }
  for (const auto& shape : image.shapes)
    for (const Span& span : spans(shape.polygon, map.rect(), rule))
      std::fill(map.row(span.y) + span.begin, map.row(span.y) + span.end, uint16_t(shape.classIndex));
  return map;
}

namespace {

struct ImageSummary {
  std::vector<int64_t> counts;  // pixels per class
  std::vector<ItemSummary> items;
  std::string problem;
};

double areaOf(const ImportedShape& shape) {
  const double value = shape.area ? *shape.area : area(shape.polygon);
  return std::isfinite(value) ? value : 0;
}

ImageSummary summaryOf(const ImportedDataset& dataset, int index, RasterRule rule) {
  const ImportedImage& image = dataset.images[size_t(index)];
  ImageSummary result;
  if (!image.size.empty()) {
    if (const auto map = labelMap(dataset, image, rule)) result.counts = classCounts(*map, int(dataset.classes.size()));
    else result.problem = map.error().message();
  }
  if (image.mask)
    for (int c = 0; c + 1 < int(result.counts.size()); ++c)
      if (const int64_t pixels = result.counts[size_t(c)]; pixels > 0 && image.shapes.empty())
        result.items.push_back({index, c, "mask", 0, double(pixels), pixels});
  for (const auto& shape : image.shapes) {
    ItemSummary item{index, shape.classIndex, shape.kind, 0, areaOf(shape), 0};
    for (const auto& ring : shape.polygon.rings) item.points += int(ring.size());
    if (!image.size.empty()) item.pixels = pixelCount(shape.polygon, {0, 0, image.size.width, image.size.height}, rule);
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
      parts[size_t(i)] = summaryOf(dataset, first + i, rule);
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
