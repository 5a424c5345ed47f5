// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "annotate/formats/coco_segmentation.h"
#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/json_stream.h"
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/formats/source_look.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

bool looksLikeDatumaro(const SourceLook& look, const std::string& file) {
  return look.anyKey(file, {"categories.label.labels", "categories.label", "dm_format_version"}) || (look.allKeys(file, {"items"}) && look.anyKey(file, {"items[].annotations", "infos"}));
}

/// Datumaro's own JSON: one file per subset below annotations/, images/<subset>/.
class DatumaroFormat : public Format {
 public:
  std::string_view id() const override { return "datumaro"; }
  std::string_view name() const override { return "Datumaro JSON"; }

  int probe(const SourceLook& look) const override {
    for (const auto& file : look.endingIn(".json", 6))
      if (looksLikeDatumaro(look, file)) return look.isFile() ? 94 : 84;
    return 0;
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    const SourceLook look(source);
    const auto files = look.isFile() ? std::vector<const ListedFile*>{&builder.files()[0]} : builder.filesEndingIn(".json");
    for (const ListedFile* file : files) {
      if (!look.isFile() && !looksLikeDatumaro(look, file->name)) continue;
      if (const auto done = readFile(builder, *file); !done) {
        if (look.isFile() || job.cancelled()) return std::unexpected(done.error());
        builder.skipped({file->name, {}}, done.error().message());
      }
    }
    return builder.finish();
  }

 private:
  static Expected<> readFile(DatasetBuilder& builder, const ListedFile& file) {
    INTARSIA_TRY(const JsonStream stream, JsonStream::open(file.path, builder.job()));
    if (!stream.hasArray("items")) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} has no list of items"), {{"file", file.name}});
    std::vector<int> labels;  // label_id → class
    if (stream.has("categories")) {
      INTARSIA_TRY(const JsonDocument categories, stream.member("categories"));
      const JsonValue root = categories.root();
      for (const auto& label : root["label"]["labels"].items()) {
        const auto name = label["name"].text() ? label["name"].text() : label.text();
        labels.push_back(builder.classOf(name.value_or(""), {file.name, "categories.label.labels"}));
      }
      for (const auto& entry : root["mask"]["colormap"].items()) {
        const auto id = entry["label_id"].integer(), r = entry["r"].integer(), g = entry["g"].integer(), b = entry["b"].integer();
        const auto byte = [](const std::optional<int64_t>& v) { return v && *v >= 0 && *v <= 255; };
        if (id && byte(r) && byte(g) && byte(b) && *id >= 0 && size_t(*id) < labels.size() && labels[size_t(*id)] >= 0)
          builder.classes()[size_t(labels[size_t(*id)])].color = Color{uint8_t(*r), uint8_t(*g), uint8_t(*b)};
      }
    }
    const std::string subset(stemOf(file.name)), folder(folderOf(file.name));
    return stream.forEach("items", builder.job(), [&](int64_t i, const JsonValue& item) {
      const std::string at = "items[" + std::to_string(i) + "]";
      std::vector<double> size;
      item["image"]["size"].numbers(size);
      const bool sized = size.size() == 2 && size[0] >= 1 && size[1] >= 1 && size[0] < 1e6 && size[1] < 1e6;
      std::vector<std::string> names;
      for (const std::string& name : {std::string(item["image"]["path"].text().value_or("")), item["id"].id()})
        if (!name.empty()) names.push_back(name);
      const int image = builder.image(names, sized ? Size{int(size[1]), int(size[0])} : Size{}, {file.name, at + ".image.path"}, {"images/" + subset, subset});
      builder[image].split = splitOfFolders(subset + "/");
      auto annotations = item["annotations"].items();
      std::stable_sort(annotations.begin(), annotations.end(), [](const JsonValue& a, const JsonValue& b) { return a["z_order"].number().value_or(0) < b["z_order"].number().value_or(0); });
      for (size_t k = 0; k < annotations.size(); ++k) readShape(builder, image, annotations[k], labels, {file.name, at + ".annotations[" + std::to_string(k) + "]"});
    });
  }

  static void readShape(DatasetBuilder& builder, int image, const JsonValue& shape, const std::vector<int>& labels, const Where& where) {
    std::string type(shape["type"].text().value_or(""));
    if (type == "label" || type == "caption") return builder.note(where, "labels of the whole image are not imported");
    if (type == "polyline" || type == "points" || type == "cuboid_3d" || type == "skeleton") return builder.skipped(where, "a " + type + " covers no area");
    const auto label = shape["label_id"].integer();
    if (!label) return builder.skipped({where.path, where.field + ".label_id"}, "the shape has no class");
    if (*label < 0 || size_t(*label) >= labels.size()) return builder.skipped({where.path, where.field + ".label_id"}, "there is no class with the number " + std::to_string(*label));
    Polygon polygon;
    std::optional<double> area;
    std::vector<double> numbers;
    if (type == "polygon" || type == "bbox" || type == "ellipse") {
      const char* key = type == "bbox" && shape["bbox"] ? "bbox" : "points";
      if (!shape[key].numbers(numbers)) return builder.skipped({where.path, where.field + "." + key}, "a coordinate is not a number");
      if (type != "polygon" && numbers.size() != 4) return builder.skipped({where.path, where.field + "." + key}, "a box has four numbers");
    }
    if (type == "polygon") {
      Ring ring;
      for (size_t k = 0; k + 1 < numbers.size(); k += 2) ring.push_back({numbers[k], numbers[k + 1]});
      polygon = {{std::move(ring)}};
    } else if (type == "bbox") {
      polygon = {{rectangleRing({numbers[0], numbers[1]}, {numbers[0] + numbers[2], numbers[1] + numbers[3]})}};
      type = "rectangle";
    } else if (type == "ellipse") {
      polygon = {{ellipseRing({(numbers[0] + numbers[2]) / 2, (numbers[1] + numbers[3]) / 2}, (numbers[2] - numbers[0]) / 2, (numbers[3] - numbers[1]) / 2)}};
    } else if (type == "mask") {
      auto read = readCocoSegmentation(shape["rle"]);
      if (!read.problem.empty()) return builder.skipped({where.path, where.field + ".rle"}, read.problem);
      polygon = std::move(read.polygon);
      area = read.area;
    } else {
      return builder.skipped({where.path, where.field + ".type"}, "annotations of the type \"" + type + "\" are not known");
    }
    builder.addShape(image, labels[size_t(*label)], std::move(polygon), type, where, area, shape["group"].integer());
  }
};

}  // namespace

std::unique_ptr<Format> makeDatumaroFormat() { return std::make_unique<DatumaroFormat>(); }

}  // namespace intarsia
