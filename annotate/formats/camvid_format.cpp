// SPDX-License-Identifier: GPL-3.0-or-later
#include <set>

#include "annotate/formats/mask_folder.h"
#include "annotate/formats/mask_layouts.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/text_file.h"
#include "annotate/formats/writers.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

/// The 12 classes of SegNet's CamVid in index order, with its colours; 11 is what nobody labelled.
MaskClasses segnetClasses() {
  MaskClasses table;
  const std::pair<const char*, Color> known[] = {{"Sky", {128, 128, 128}}, {"Building", {128, 0, 0}}, {"Pole", {192, 192, 128}}, {"Road", {128, 64, 128}},
      {"Pavement", {60, 40, 222}}, {"Tree", {128, 128, 0}}, {"SignSymbol", {192, 128, 128}}, {"Fence", {64, 64, 128}},
      {"Car", {64, 0, 128}}, {"Pedestrian", {64, 64, 0}}, {"Bicyclist", {0, 128, 192}}, {"Void", {0, 0, 0}}};
  for (const auto& [name, color] : known) table.classes.push_back({name, color, meansIgnore(name)});
  for (uint32_t i = 0; i < 12; ++i) table.values.emplace_back(i, int(i));
  return table;
}

/// CamVid in its three layouts: SegNet (train/ + trainannot/), fastai (images/, labels/*_P.png, codes.txt), colours (label_colors.txt, *_L.png).
class CamvidFormat : public Format {
 public:
  explicit CamvidFormat(CamvidLayout layout) : m_layout(layout) {}
  std::string_view id() const override { return m_layout == CamvidLayout::segnet ? "camvid" : m_layout == CamvidLayout::fastai ? "camvid-fastai" : "camvid-colors"; }
  std::string_view name() const override {
    return m_layout == CamvidLayout::segnet ? "CamVid (SegNet)" : m_layout == CamvidLayout::fastai ? "CamVid (fastai)" : "CamVid (colour masks)";
  }
  std::string_view readBy() const override { return "camvid"; }
  std::string_view about() const override {
    return m_layout == CamvidLayout::segnet ? "SegNet's folders; fastai's `codes.txt` layout and colour masks with `label_colors.txt` too" : "";
  }

  int probe(const SourceLook& look) const override {
    if (!look.isFolder() || readBy() != id()) return 0;
    for (const char* split : {"train", "val", "test"})
      if (look.hasFolder(split) && look.hasFolder(std::string(split) + "annot")) return 85;
    if (look.hasFile("codes.txt") && !look.endingIn("_p.png", 1).empty()) return 85;
    if (look.hasFile("label_colors.txt") && !look.endingIn("_l.png", 1).empty()) return 75;
    return 0;
  }

  bool canWrite() const override { return true; }
  Expected<> write(const ExportedDataset& dataset, const std::filesystem::path& folder, const WriteOptions&, const Job& job) const override {
    return writeCamvid(dataset, folder, m_layout, job);
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(readBy(), source, options, job);
    INTARSIA_CHECK(builder.list());
    INTARSIA_TRY(auto classes, readClassesAmong(builder.files()));
    if (!classes) classes = segnetClasses();
    auto pairs = pairMasks(builder.files());
    std::erase_if(pairs, [](const MaskPair& pair) { return !pair.mask && folderOf(pair.image->name).empty(); });  // lut.png and the like
    if (const ListedFile* list = builder.file("valid.txt")) INTARSIA_CHECK(splitByList(*list, pairs));
    noteMissing(builder, pairs);
    INTARSIA_CHECK(addMaskPairs(builder, pairs, classes));
    return builder.finish();
  }

 private:
  /// fastai's valid.txt names the pictures for validation; the others are for training.
  static Expected<> splitByList(const ListedFile& list, std::vector<MaskPair>& pairs) {
    INTARSIA_TRY(const TextFile file, readTextFile(list.path, size_t(64) << 20));
    std::set<std::string, std::less<>> names;
    for (const auto line : splitLines(file.text))
      if (!trim(line).empty()) names.insert(std::string(baseName(trim(line))));
    for (auto& pair : pairs) {
      if (!pair.image) continue;
      const auto base = baseName(pair.image->name);
      pair.split = names.contains(base) || names.contains(stemOf(base)) ? Split::val : Split::train;
    }
    return {};
  }

  /// SegNet's lists hold absolute names of another machine: only the file names count, and those that are not here are told.
  static void noteMissing(DatasetBuilder& builder, const std::vector<MaskPair>& pairs) {
    std::set<std::string, std::less<>> here;
    for (const auto& pair : pairs)
      if (pair.image) here.insert(std::string(baseName(pair.image->name)));
    for (const char* name : {"train.txt", "val.txt", "test.txt"}) {
      const ListedFile* list = builder.file(name);
      if (!list) continue;
      const auto file = readTextFile(list->path, size_t(64) << 20);
      if (!file) {
        builder.skipped({list->name, {}}, file.error().message());
        continue;
      }
      int missing = 0;
      for (const auto line : splitLines(file->text)) {
        const auto quoted = splitFields(trim(line), '"');
        const auto words = splitBlanks(line);
        const auto first = quoted.size() > 2 && quoted[0].empty() ? quoted[1] : words.empty() ? std::string_view() : words[0];
        if (!first.empty() && !here.contains(baseName(first))) ++missing;
      }
      if (missing) builder.note({list->name, {}}, std::to_string(missing) + " of the images in this list are not here");
    }
  }

  CamvidLayout m_layout;
};

}  // namespace

std::unique_ptr<Format> camvidFormat(CamvidLayout layout) { return std::make_unique<CamvidFormat>(layout); }
std::unique_ptr<Format> makeCamvidFormat() { return camvidFormat(CamvidLayout::segnet); }

}  // namespace intarsia
