// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <map>

#include "annotate/formats/base64.h"
#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/json_value.h"
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/mask_outline.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/formats/source_look.h"
#include "core/base/text.h"
#include "core/base/inflate.h"

namespace intarsia {
namespace {

constexpr size_t kMaxInflated = size_t(64) << 20;

std::optional<Ring> ringFrom(const JsonValue& list) {
  Ring ring;
  for (const auto& item : list.items()) {
    std::vector<double> pair;
    if (!item.numbers(pair) || pair.size() < 2) return std::nullopt;
    ring.push_back({pair[0], pair[1]});
  }
  return ring;
}

/// Supervisely: meta.json, <dataset>/ann/<image>.json, <dataset>/img.
class SuperviselyFormat : public Format {
 public:
  std::string_view id() const override { return "supervisely"; }
  std::string_view name() const override { return "Supervisely"; }

  int probe(const SourceLook& look) const override {
    for (const auto& file : look.endingIn(".json", 6))
      if (look.anyKey(file, {"objects[].classTitle", "objects[].points.exterior", "objects[].bitmap"}) || (look.allKeys(file, {"size", "objects", "tags"}) && look.anyKey(file, {"size.height"})))
        return look.isFile() ? 93 : 84;
    return 0;
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    const bool alone = builder.files().size() == 1;
    std::map<std::string, std::string> shapes;  // class → its shape in meta.json
    if (const ListedFile* meta = builder.file("meta.json")) {
      const auto document = JsonDocument::read(meta->path);
      if (!document) builder.skipped({meta->name, {}}, document.error().message());
      else
        for (const auto& item : document->root()["classes"].items()) {
          const std::string title(item["title"].text().value_or(""));
          const int index = builder.classOf(title, {meta->name, "classes"});
          if (index < 0) continue;
          builder.classes()[size_t(index)].color = Color::fromHex(item["color"].text().value_or(""));
          shapes[std::string(trim(title))] = item["shape"].text().value_or("");
        }
    }
    for (const auto& file : builder.files()) {
      if (!alone && (extensionOf(file.name) != ".json" || !(folderOf(file.name).ends_with("ann") || file.name.find('/') == std::string::npos) || file.name == "meta.json")) continue;
      INTARSIA_CHECK(builder.startOn(file));
      const auto document = JsonDocument::read(file.path);
      if (!document) {
        if (alone) return std::unexpected(document.error());
        builder.skipped({file.name, {}}, document.error().message());
        continue;
      }
      readOne(builder, file, document->root(), shapes);
    }
    return builder.finish();
  }

 private:
  static void readOne(DatasetBuilder& builder, const ListedFile& file, const JsonValue& root, const std::map<std::string, std::string>& shapes) {
    const auto w = root["size"]["width"].integer(), h = root["size"]["height"].integer();
    const Size size = w && h && *w > 0 && *h > 0 && *w < 1'000'000 && *h < 1'000'000 ? Size{int(*w), int(*h)} : Size{};
    std::string folder(folderOf(file.name));
    if (folder.ends_with("ann")) folder.replace(folder.size() - 3, 3, "img");
    const int image = builder.image({std::string(stemOf(file.name))}, size, {file.name, {}}, {folder});
    builder[image].split = splitOfFolders(file.name);
    const auto objects = root["objects"].items();
    for (size_t i = 0; i < objects.size(); ++i) readObject(builder, image, objects[i], {file.name, "objects[" + std::to_string(i) + "]"}, shapes);
  }

  static void readObject(DatasetBuilder& builder, int image, const JsonValue& object, const Where& where, const std::map<std::string, std::string>& shapes) {
    const std::string title(trim(object["classTitle"].text().value_or("")));
    std::string type(object["geometryType"].text().value_or(""));
    if (type.empty() && object["bitmap"]) type = "bitmap";
    if (const auto it = shapes.find(title); type.empty() && it != shapes.end()) type = it->second;
    const int known = title.empty() ? -1 : 0;
    if (known < 0) return builder.skipped({where.path, where.field + ".classTitle"}, "the class name is empty");
    Polygon polygon;
    std::optional<double> area;
    if (type == "bitmap" || type == "alpha_mask") {
      if (!bitmap(builder, object["bitmap"], where, polygon, area)) return;
    } else if (type == "point" || type == "line" || type == "cuboid" || type == "graph" || type == "multichannel_bitmap") {
      return builder.skipped(where, "a " + type + " covers no area");
    } else {
      auto exterior = ringFrom(object["points"]["exterior"]);
      if (!exterior) return builder.skipped({where.path, where.field + ".points.exterior"}, "a point is not a pair of numbers");
      if (type == "rectangle" || exterior->size() == 2) {
        if (exterior->size() < 2) return builder.skipped(where, "a rectangle has fewer than two points");
        *exterior = rectangleRing((*exterior)[0], (*exterior)[1]);
        type = "rectangle";
      } else {
        type = "polygon";
      }
      polygon.rings.push_back(std::move(*exterior));
      for (const auto& hole : object["points"]["interior"].items()) {
        auto ring = ringFrom(hole);
        if (ring && !ring->empty()) polygon.rings.push_back(std::move(*ring));
        else builder.skipped({where.path, where.field + ".points.interior"}, "a hole has no points");
      }
    }
    builder.addShape(image, builder.classOf(title, where), std::move(polygon), type, where, area);
  }

  /// base64(zlib(PNG)) at an origin; the mask is the alpha channel where there is one, else what is not zero.
  static bool bitmap(DatasetBuilder& builder, const JsonValue& value, const Where& where, Polygon& polygon, std::optional<double>& area) {
    const Where at{where.path, where.field + ".bitmap"};
    std::vector<double> origin;
    if (!value["origin"].numbers(origin) || origin.size() != 2) return builder.skipped(at, "the bitmap has no origin"), false;
    const auto packed = fromBase64(value["data"].text().value_or(""));
    const auto png = packed ? inflateZlib(*packed, kMaxInflated) : std::nullopt;
    if (!png) return builder.skipped(at, "the bitmap's data cannot be unpacked"), false;
    const auto raw = decodeMask(std::as_bytes(std::span(*png)), where.path);
    if (!raw) return builder.skipped(at, raw.error().message()), false;
    auto set = setPixels(*raw);
    if (!raw->alpha.empty())
      for (size_t i = 0; i < set.size(); ++i) set[i] = raw->alpha[i] != 0;
    const auto pixels = std::count(set.begin(), set.end(), 1);
    if (!pixels) return builder.skipped(at, "the bitmap is empty"), false;
    polygon = outlineOf(set, raw->size, {origin[0], origin[1]});
    area = double(pixels);
    return true;
  }
};

}  // namespace

std::unique_ptr<Format> makeSuperviselyFormat() { return std::make_unique<SuperviselyFormat>(); }

}  // namespace intarsia
