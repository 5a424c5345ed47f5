// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/coco_segmentation.h"

#include "annotate/formats/mask_outline.h"
#include "core/media/decode.h"

namespace intarsia {

std::optional<Rle> readRle(const JsonValue& value, std::string& problem) {
  std::vector<double> size;
  if (!value["size"].numbers(size) || size.size() != 2 || size[0] < 1 || size[1] < 1 || size[0] * size[1] > double(kDefaultPixelBudget)) {
    problem = "the size of the run-length mask is no size of an image";
    return std::nullopt;
  }
  Rle rle;
  rle.size = {int(size[1]), int(size[0])};
  const JsonValue counts = value["counts"];
  if (const auto text = counts.text()) {
    auto decoded = rleFromText(*text);
    if (!decoded) {
      problem = decoded.error().message();
      return std::nullopt;
    }
    rle.counts = std::move(*decoded);
  } else {
    std::vector<double> numbers;
    bool whole = counts.numbers(numbers);
    for (const double n : numbers) whole = whole && n >= 0 && n <= double(kDefaultPixelBudget) && n == double(uint32_t(n));
    if (!whole) {
      problem = "the counts of the run-length mask are not whole numbers";
      return std::nullopt;
    }
    rle.counts.assign(numbers.begin(), numbers.end());
  }
  if (const auto good = checkRle(rle); !good) {
    problem = good.error().message();
    return std::nullopt;
  }
  return rle;
}

Expected<Polygon> outlineOf(const Rle& rle) {
  const Rect box = rleBounds(rle);
  if (box.empty()) return Polygon{};
  INTARSIA_TRY(const auto mask, decodeRle(rle, box));
  return outlineOf(mask, {box.width, box.height}, {double(box.x), double(box.y)});
}

CocoSegmentation readCocoSegmentation(const JsonValue& segmentation) {
  CocoSegmentation result;
  if (segmentation.isObject()) {
    result.kind = "rle";
    const auto rle = readRle(segmentation, result.problem);
    if (!rle) return result;
    result.size = rle->size;
    result.area = double(rleArea(*rle));
    auto polygon = outlineOf(*rle);
    if (!polygon) result.problem = polygon.error().message();
    else if (polygon->rings.empty()) result.problem = "the mask is empty";
    else result.polygon = std::move(*polygon);
    return result;
  }
  if (!segmentation.isArray()) {
    result.problem = "the segmentation is neither a list nor runs";
    return result;
  }
  auto& parts = result.polygon.rings;
  thread_local std::vector<double> flat;
  const auto add = [&] {
    Ring ring(flat.size() / 2);  // an odd last number is dropped, as pycocotools does
    for (size_t i = 0; i < ring.size(); ++i) ring[i] = {flat[2 * i], flat[2 * i + 1]};
    parts.push_back(std::move(ring));
  };
  flat.clear();
  const auto items = segmentation.items();
  if (!items.empty() && items[0].isNumber()) {  // one ring without a list around it
    if (segmentation.numbers(flat)) add();
    else result.problem = "a coordinate is not a number";
  } else {
    parts.reserve(items.size());
    for (const auto& item : items) {
      flat.clear();
      if (item.numbers(flat)) add();
      else result.problem = "a coordinate is not a number";
    }
  }
  result.unite = parts.size() > 1;
  if (!result.polygon.rings.empty()) result.problem.clear();
  else if (result.problem.empty()) result.problem = "the segmentation is empty";
  return result;
}

}  // namespace intarsia
