// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <map>
#include <set>

#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/json_value.h"
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/source_look.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

bool isConfig(std::string_view name) { return baseName(name).starts_with("config") && name.ends_with(".json"); }

/// Mapillary Vistas: config_vX.json, <split>/images, and of each picture vX/labels (the value is the class), else vX/instances, else
/// vX/polygons.
class MapillaryFormat : public Format {
 public:
  std::string_view id() const override { return "mapillary"; }
  std::string_view name() const override { return "Mapillary Vistas"; }
  std::string_view about() const override { return "labels, instances or polygons"; }

  int probe(const SourceLook& look) const override {
    if (!look.isFolder()) return 0;
    for (const auto& file : look.endingIn(".json", 40))
      if (isConfig(file) && look.anyKey(file, {"labels[].readable", "labels[].evaluate"})) return 90;
    return 0;
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    const ListedFile* config = nullptr;  // the newest: names sort by version
    for (const auto& file : builder.files())
      if (isConfig(file.name)) config = &file;
    if (!config) return fail(ErrorCode::notFound, INTARSIA_TEXT("{file} holds no config file of Mapillary Vistas"), {{"file", displayPath(source)}});
    INTARSIA_TRY(const JsonDocument document, JsonDocument::read(config->path));
    for (const auto& label : document.root()["labels"].items()) {
      std::vector<double> color;
      std::optional<Color> known;
      if (label["color"].numbers(color) && color.size() == 3 && std::all_of(color.begin(), color.end(), [](double c) { return c >= 0 && c <= 255; })) known = Color{uint8_t(color[0]), uint8_t(color[1]), uint8_t(color[2])};
      const std::string name(label["name"].text().value_or("class " + std::to_string(builder.classes().size())));
      builder.addClass(name, known, !label["evaluate"].boolean().value_or(true) || name.starts_with("void--"));
    }
    std::string version(stemOf(config->name));  // config_v2.0 → v2.0
    const size_t under = version.find('_');
    version = under == std::string::npos ? "" : version.substr(under + 1);
    std::set<std::string> versions;
    for (const auto& file : builder.files())
      if (const std::string kind(kindOf(file)); !kind.empty()) versions.insert(versionOf(file));
    if (versions.size() > 1) builder.note({config->name, {}}, "several versions are here; " + version + ", whose config this is, was read");
    const bool chosen = versions.size() > 1 && !version.empty();
    std::map<std::string, std::map<std::string, const ListedFile*>> pictures;  // folder of the version + stem → kind → file
    for (const auto& file : builder.files())
      if (const std::string kind(kindOf(file)); !kind.empty() && (!chosen || versionOf(file) == version))
        pictures[std::string(folderOf(folderOf(file.name))) + "/" + std::string(stemOf(file.name))].emplace(kind, &file);
    const int count = int(builder.classes().size());
    const auto rule = std::make_shared<MaskRule>(MaskRule::identity(count));
    const auto instances = std::make_shared<MaskRule>();  // class × 256 + number
    for (int v = 0; v < count * 256 && v < 65536; ++v) instances->byValue.push_back(v / 256);
    for (const auto& [key, kinds] : pictures) {
      const ListedFile& file = *(kinds.contains("labels") ? kinds.at("labels") : kinds.contains("instances") ? kinds.at("instances") : kinds.at("polygons"));
      INTARSIA_CHECK(builder.startOn(file));
      if (kindOf(file) == "polygons") {
        readPolygons(builder, file);
        continue;
      }
      builder.addMask(imageFor(builder, file, {}), file, kindOf(file) == "labels" ? rule : instances);
    }
    return builder.finish();
  }

 private:
  /// "labels", "instances" or "polygons" by the folder, else empty.
  static std::string_view kindOf(const ListedFile& file) {
    const auto kind = baseName(folderOf(file.name));
    if ((kind == "labels" || kind == "instances") && isImageName(file.name)) return kind;
    return kind == "polygons" && extensionOf(file.name) == ".json" ? kind : std::string_view();
  }
  static std::string versionOf(const ListedFile& file) { return std::string(baseName(folderOf(folderOf(file.name)))); }

  static int imageFor(DatasetBuilder& builder, const ListedFile& file, Size declared) {
    const std::string folder(folderOf(folderOf(file.name)));
    const std::string split(baseName(folder).starts_with("v") && splitOfFolders(std::string(baseName(folder)) + "/") == Split::none ? folderOf(folder) : std::string_view(folder));
    const ListedFile* picture = nullptr;
    for (const char* ending : {".jpg", ".jpeg", ".png"})
      if (!picture) picture = builder.file((split.empty() ? "" : split + "/") + "images/" + std::string(stemOf(file.name)) + ending);
    const int image = picture ? builder.imageAt(*picture, declared, {file.name, {}})
                              : isImageName(file.name) ? builder.imageOfMask(file) : builder.imageMissing(std::string(stemOf(file.name)) + ".jpg", declared, {file.name, {}});
    builder[image].split = splitOfFolders(file.name);
    return image;
  }

  /// Objects in painter's order; points are pairs, or one flat list in copies of the set.
  static void readPolygons(DatasetBuilder& builder, const ListedFile& file) {
    const auto document = JsonDocument::read(file.path);
    if (!document) return builder.skipped({file.name, {}}, document.error().message());
    const JsonValue root = document->root();
    const auto w = root["width"].integer(), h = root["height"] ? root["height"].integer() : root["heigth"].integer();
    const int image = imageFor(builder, file, w && h && *w > 0 && *h > 0 && *w < 1'000'000 && *h < 1'000'000 ? Size{int(*w), int(*h)} : Size{});
    const auto objects = root["objects"].items();
    for (size_t i = 0; i < objects.size(); ++i) {
      const Where where{file.name, "objects[" + std::to_string(i) + "].polygon"};
      std::vector<double> flat;
      bool good = true;
      for (const auto& item : objects[i]["polygon"].items()) good = good && item.numbers(flat) && flat.size() % 2 == 0;
      Ring ring;
      for (size_t k = 0; good && k + 1 < flat.size(); k += 2) ring.push_back({flat[k], flat[k + 1]});
      if (!good) builder.skipped(where, "a point is not a pair of numbers");
      else builder.addShape(image, builder.classOf(objects[i]["label"].text().value_or(""), where), {{std::move(ring)}}, "polygon", where);
    }
  }
};

}  // namespace

std::unique_ptr<Format> makeMapillaryFormat() { return std::make_unique<MapillaryFormat>(); }

}  // namespace intarsia
