// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <set>

#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/json_value.h"
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/source_look.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

bool isConfig(std::string_view name) { return baseName(name).starts_with("config") && name.ends_with(".json"); }

/// Mapillary Vistas: config_vX.json, <split>/images, <split>/vX/labels (the value is the class).
class MapillaryFormat : public Format {
 public:
  std::string_view id() const override { return "mapillary"; }
  std::string_view name() const override { return "Mapillary Vistas"; }

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
      if (label["color"].numbers(color) && color.size() == 3) known = Color{uint8_t(color[0]), uint8_t(color[1]), uint8_t(color[2])};
      const std::string name(label["name"].text().value_or("class " + std::to_string(builder.classes().size())));
      builder.addClass(name, known, !label["evaluate"].boolean().value_or(true) || name.starts_with("void--"));
    }
    std::string version(stemOf(config->name));  // config_v2.0 → v2.0
    const size_t under = version.find('_');
    version = under == std::string::npos ? "" : version.substr(under + 1);
    std::set<std::string> versions;
    for (const auto& file : builder.files())
      if (isImageName(file.name) && folderOf(file.name).ends_with("labels")) versions.insert(std::string(baseName(folderOf(folderOf(file.name)))));
    if (versions.size() > 1) builder.note({config->name, {}}, "several versions are here; " + version + ", whose config this is, was read");
    const auto rule = std::make_shared<MaskRule>(MaskRule::identity(int(builder.classes().size())));
    for (const auto& file : builder.files()) {
      if (!isImageName(file.name) || !folderOf(file.name).ends_with("labels")) continue;
      const std::string folder(folderOf(folderOf(file.name)));
      if (versions.size() > 1 && !version.empty() && baseName(folder) != version) continue;
      const std::string split(baseName(folder).starts_with("v") && splitOfFolders(std::string(baseName(folder)) + "/") == Split::none ? folderOf(folder) : std::string_view(folder));
      const ListedFile* picture = nullptr;
      for (const char* ending : {".jpg", ".jpeg", ".png"})
        if (!picture) picture = builder.file((split.empty() ? "" : split + "/") + "images/" + std::string(stemOf(file.name)) + ending);
      const int image = picture ? builder.imageAt(*picture, {}, {file.name, {}}) : builder.imageOfMask(file);
      builder[image].split = splitOfFolders(file.name);
      builder.addMask(image, file, rule);
    }
    return builder.finish();
  }
};

}  // namespace

std::unique_ptr<Format> makeMapillaryFormat() { return std::make_unique<MapillaryFormat>(); }

}  // namespace intarsia
