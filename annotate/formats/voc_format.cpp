// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <map>
#include <set>

#include "annotate/formats/mask_folder.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/text_file.h"
#include "annotate/formats/voc_palette.h"
#include "annotate/formats/writers.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

/// PASCAL VOC's folders: SegmentationClass masks (palette or, as CVAT writes them, RGB with labelmap.txt), ImageSets.
class VocFormat : public Format {
 public:
  std::string_view id() const override { return "voc"; }
  std::string_view name() const override { return "PASCAL VOC"; }
  std::string_view about() const override { return "folders with palette masks and ImageSets"; }

  int probe(const SourceLook& look) const override {
    for (const auto& file : look.endingIn(".png", 5000))
      if (baseName(folderOf(file)) == "SegmentationClass") return 86;  // not any name that ends so
    return 0;
  }

  bool canWrite() const override { return true; }
  Expected<> write(const ExportedDataset& dataset, const std::filesystem::path& folder, const WriteOptions&, const Job& job) const override {
    return writeVoc(dataset, folder, job);
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    std::shared_ptr<MaskRule> rule;
    const ListedFile* table = nullptr;
    for (const auto& file : builder.files())
      if (const std::string base = lower(baseName(file.name)); base == "labelmap.txt" || base == "class_names.txt" || base == "labels.txt") table = &file;
    MaskClasses classes;
    if (table) {
      INTARSIA_TRY(classes, readClassFile(table->path));
      if (classes.classes.size() > 1 && classes.classes.back().color == Color{0xE0, 0xE0, 0xC0} && classes.values.empty()) classes.classes.pop_back();  // not a class: the borders
    } else {
      for (const auto& name : vocClasses()) classes.classes.push_back({name, vocColor(int(classes.classes.size()))});
    }
    rule = std::make_shared<MaskRule>(classes.rule());
    rule->byColor.emplace(0xE0E0C0u, int(kUnlabelled));  // the cream of the borders
    if (!classes.hasColors())  // names alone: masks in RGB follow VOC's palette
      for (int i = 0; i < int(classes.classes.size()); ++i) rule->byColor.emplace(packed(vocColor(i)), i);
    for (const auto& c : classes.classes) builder.addClass(c.name, c.color, c.ignore);
    INTARSIA_TRY(const auto splits, readSets(builder));
    std::set<std::string> stems;
    for (const auto& file : builder.files()) {
      if (!isImageName(file.name) || !folderOf(file.name).ends_with("SegmentationClass")) continue;
      const std::string stem(stemOf(file.name));
      stems.insert(stem);
      const ListedFile* picture = pictureOf(builder, file);
      const int image = picture ? builder.imageAt(*picture, {}, {file.name, {}}) : builder.imageOfMask(file);
      if (const auto it = splits.find(stem); it != splits.end()) builder[image].split = it->second;
      builder.addMask(image, file, rule);
    }
    int missing = 0;
    for (const auto& [stem, split] : splits) missing += !stems.contains(stem);
    const auto boxes = std::count_if(builder.files().begin(), builder.files().end(), [](const ListedFile& file) { return folderOf(file.name).ends_with("Annotations") && extensionOf(file.name) == ".xml"; });
    if (boxes) builder.note({"Annotations", {}}, std::to_string(boxes) + " XML files were not read beside the masks; open that folder for their boxes");
    if (missing) builder.note({"ImageSets/Segmentation", {}}, std::to_string(missing) + " of the images in the lists have no mask here");
    return builder.finish();
  }

 private:
  static const ListedFile* pictureOf(const DatasetBuilder& builder, const ListedFile& mask) {
    const std::string root(folderOf(folderOf(mask.name)));
    const std::string stem(stemOf(mask.name));
    for (const char* ending : {".jpg", ".jpeg", ".png", ".JPG", ".JPEG", ".bmp"})
      if (const ListedFile* file = builder.file((root.empty() ? "" : root + "/") + "JPEGImages/" + stem + ending)) return file;
    for (const char* ending : {".jpg", ".jpeg"})
      if (const auto match = builder.images().find(stem + ending); match.file && extensionOf(match.file->name) != ".png") return match.file;
    return nullptr;
  }

  static Expected<std::map<std::string, Split>> readSets(DatasetBuilder& builder) {
    std::map<std::string, Split> splits;
    for (const auto& file : builder.files()) {
      if (!folderOf(file.name).ends_with("ImageSets/Segmentation") || extensionOf(file.name) != ".txt") continue;
      const Split split = splitOfFolders(std::string(stemOf(file.name)) + "/");
      const std::string stem = lower(stemOf(file.name));
      if (stem == "trainval") continue;
      const auto text = readTextFile(file.path, size_t(64) << 20);
      if (!text) {
        builder.skipped({file.name, {}}, text.error().message());
        continue;
      }
      for (const auto line : splitLines(text->text))
        if (!trim(line).empty()) splits[std::string(baseName(trim(line)))] = split;
    }
    return splits;
  }
};

}  // namespace

std::unique_ptr<Format> makeVocFormat() { return std::make_unique<VocFormat>(); }

}  // namespace intarsia
