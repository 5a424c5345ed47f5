// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <numbers>

#include "annotate/formats/brush_rle.h"
#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/json_stream.h"
#include "annotate/formats/mask_outline.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/formats/source_look.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

bool looksLikeLabelStudio(const SourceLook& look, const std::string& file) {
  if (look.anyKey(file, {"[].data"}) && look.anyKey(file, {"[].annotations", "[].completions", "[].annotations[].result", "[].predictions"})) return true;
  const auto& head = look.head(file);
  return head.starts_with("[") && head.find("\"original_width\"") != std::string::npos && (head.find("labels\"") != std::string::npos);
}

/// Upload names begin with eight hexadecimal digits and a dash.
std::string withoutPrefix(std::string_view name) {
  const auto base = baseName(name);
  const bool prefixed = base.size() > 9 && base[8] == '-' && std::all_of(base.begin(), base.begin() + 8, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return prefixed ? std::string(base.substr(9)) : std::string();
}

/// Label Studio's JSON and JSON_MIN: percent coordinates, brush masks.
class LabelStudioFormat : public Format {
 public:
  std::string_view id() const override { return "label-studio"; }
  std::string_view name() const override { return "Label Studio"; }
  std::string_view about() const override { return "polygons, boxes, ellipses and brushes"; }

  int probe(const SourceLook& look) const override {
    for (const auto& file : look.endingIn(".json", 5))
      if (looksLikeLabelStudio(look, file)) return look.isFile() ? 94 : 83;
    return 0;
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    const SourceLook look(source);
    for (const auto& file : builder.files()) {
      if (!look.isFile() && (extensionOf(file.name) != ".json" || !looksLikeLabelStudio(look, file.name))) continue;
      auto done = readFile(builder, file);
      if (done) continue;
      if (look.isFile() || job.cancelled()) return std::unexpected(done.error());
      builder.skipped({file.name, {}}, done.error().message());
    }
    return builder.finish();
  }

 private:
  static Expected<> readFile(DatasetBuilder& builder, const ListedFile& file) {
    INTARSIA_TRY(const JsonStream stream, JsonStream::open(file.path, builder.job()));
    if (!stream.hasArray("")) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is no list of tasks"), {{"file", file.name}});
    return stream.forEach("", builder.job(), [&](int64_t i, const JsonValue& task) { readTask(builder, file.name, task, "[" + std::to_string(i) + "]"); });
  }

  static void readTask(DatasetBuilder& builder, const std::string& path, const JsonValue& task, const std::string& at) {
    std::vector<std::string> names;
    const auto add = [&](std::string_view name) {
      if (trim(name).empty()) return;
      names.emplace_back(name);
      if (const auto parts = nameParts(name); !parts.empty())
        if (const std::string plain = withoutPrefix(parts.back()); !plain.empty()) names.push_back(plain);
    };
    add(task["file_upload"].text().value_or(""));
    const JsonValue data = task["data"] ? task["data"] : task;
    add(data["image"].text().value_or(""));
    for (const auto& [key, value] : data.members())
      if (const auto text = value.text(); text && key != "image" && (isImageName(*text) || text->find("?d=") != std::string_view::npos)) add(*text);
    std::vector<std::pair<JsonValue, std::string>> results;
    const char* list = task["annotations"].isArray() ? "annotations" : "completions";
    const auto annotations = task[list].items();
    for (size_t a = 0; a < annotations.size(); ++a) {
      const std::string field = at + "." + list + "[" + std::to_string(a) + "]";
      if (annotations[a]["was_cancelled"].boolean().value_or(false) || annotations[a]["skipped"].boolean().value_or(false)) {
        builder.skipped({path, field + ".was_cancelled"}, "the annotation was cancelled");
        continue;
      }
      const auto items = annotations[a]["result"].items();
      for (size_t r = 0; r < items.size(); ++r) results.emplace_back(items[r], field + ".result[" + std::to_string(r) + "]");
    }
    if (annotations.size() > 1) builder.note({path, at + "." + list}, "the task has several annotations; all that were not cancelled were read");
    if (annotations.empty() && !task["predictions"].items().empty()) builder.note({path, at + ".predictions"}, "predictions are not imported");
    if (!task["data"])  // JSON_MIN: lists of values under the names of the controls
      for (const auto& [key, value] : task.members())
        for (const auto& item : value.items())
          if (item["original_width"]) results.emplace_back(item, at + "." + std::string(key));
    Size size;
    for (const auto& [result, field] : results) {
      const auto w = result["original_width"].integer(), h = result["original_height"].integer();
      if (w && h && *w > 0 && *h > 0 && *w < 1'000'000 && *h < 1'000'000) size = {int(*w), int(*h)};
    }
    const int image = builder.image(names, size, {path, at + ".data"});
    for (const auto& [result, field] : results) readResult(builder, image, result, {path, field});
  }

  static void readResult(DatasetBuilder& builder, int image, const JsonValue& result, const Where& where) {
    const JsonValue value = result["value"] ? result["value"] : result;
    std::string type(result["type"].text().value_or(""));
    JsonValue labels;
    for (const char* key : {"polygonlabels", "rectanglelabels", "ellipselabels", "brushlabels", "keypointlabels", "labels"})
      if (value[key].isArray() && !labels) {
        labels = value[key];
        if (type.empty() || type == "labels") type = key;
      }
    if (type == "keypointlabels" || type == "keypoint") return builder.skipped(where, "a point covers no area");
    const bool shape = value["points"].isArray() || value["rle"].isArray() || value["x"];
    if (!shape) return builder.note(where, "labels of the whole image are not imported");
    const auto names = labels.items();
    if (names.empty() || !names[0].text()) return builder.skipped(where, "the shape has no class");
    if (names.size() > 1) builder.note(where, "the shape has several classes; the first counts");
    if (result["image_rotation"].number().value_or(0) != 0) builder.note({where.path, where.field + ".image_rotation"}, "the image was rotated in Label Studio; its labels are taken as they are");
    const Size size = builder.sizeOf(image);
    if (size.empty()) return builder.skipped(where, "the size of the image is not known, so its percentages have no pixels");
    const double sx = size.width / 100.0, sy = size.height / 100.0;
    Polygon polygon;
    std::optional<double> area;
    std::string kind = "polygon";
    const auto number = [&](const char* key) { return value[key].number(); };
    if (value["rle"].isArray()) {
      kind = "brush";
      if (!brush(builder, value["rle"], size, where, polygon, area)) return;
    } else if (value["points"].isArray()) {
      Ring ring;
      for (const auto& item : value["points"].items()) {
        std::vector<double> pair;
        if (!item.numbers(pair) || pair.size() < 2) return builder.skipped(where, "a point is not a pair of numbers");
        ring.push_back({pair[0] * sx, pair[1] * sy});
      }
      polygon = {{std::move(ring)}};
    } else if (type.starts_with("ellipse")) {
      const auto x = number("x"), y = number("y"), rx = number("radiusX"), ry = number("radiusY");
      if (!x || !y || !rx || !ry) return builder.skipped(where, "a coordinate is not a number");
      polygon = {{ellipseRing({*x * sx, *y * sy}, *rx * sx, *ry * sy, number("rotation").value_or(0))}};
      area = std::numbers::pi * std::abs(*rx * sx * *ry * sy);
      kind = "ellipse";
    } else {
      const auto x = number("x"), y = number("y"), w = number("width"), h = number("height");
      if (!x || !y || !w || !h) return builder.skipped(where, "a coordinate is not a number");
      const Point corner{*x * sx, *y * sy};  // what it is turned about
      polygon = {{turned(rectangleRing(corner, {(*x + *w) * sx, (*y + *h) * sy}), corner, number("rotation").value_or(0))}};
      kind = "rectangle";
    }
    builder.addShape(image, builder.classOf(*names[0].text(), where), std::move(polygon), kind, where, area);
  }

  static bool brush(DatasetBuilder& builder, const JsonValue& rle, Size size, const Where& where, Polygon& polygon, std::optional<double>& area) {
    const Where at{where.path, where.field + ".value.rle"};
    std::vector<double> numbers;
    if (!rle.numbers(numbers)) return builder.skipped(at, "the brush mask is no list of bytes"), false;
    std::vector<uint8_t> bytes;
    for (const double n : numbers) {
      if (n < 0 || n > 255 || n != std::floor(n)) return builder.skipped(at, "the brush mask is no list of bytes"), false;
      bytes.push_back(uint8_t(n));
    }
    const size_t pixels = size_t(size.width) * size_t(size.height);
    if (pixels > size_t(kDefaultPixelBudget) / 4) return builder.skipped(at, "the image is too large for a brush mask"), false;
    const auto rgba = decodeBrushRle(bytes, pixels * 4);
    if (!rgba) return builder.skipped(at, rgba.error().message()), false;
    std::vector<uint8_t> set(pixels);
    int64_t count = 0;
    for (size_t i = 0; i < pixels; ++i) count += set[i] = (*rgba)[4 * i + 3] > 0;
    if (!count) return builder.skipped(at, "the brush mask is empty"), false;
    polygon = outlineOf(set, size);
    area = double(count);
    return true;
  }
};

}  // namespace

std::unique_ptr<Format> makeLabelStudioFormat() { return std::make_unique<LabelStudioFormat>(); }

}  // namespace intarsia
