// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <set>

#include "annotate/formats/cityscapes_labels.h"
#include "annotate/formats/class_file.h"
#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/json_value.h"
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/writers.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

bool looksLikePolygons(const SourceLook& look, const std::string& file) { return look.allKeys(file, {"imgHeight", "objects"}) || look.allKeys(file, {"imgWidth", "objects"}); }

/// gtFine and gtCoarse: polygons in painter's order, else the label id masks.
class CityscapesFormat : public Format {
 public:
  std::string_view id() const override { return "cityscapes"; }
  std::string_view name() const override { return "Cityscapes"; }
  std::string_view about() const override { return "gtFine polygons and labelIds; instance and train ids are read"; }

  int probe(const SourceLook& look) const override {
    for (const auto& file : look.endingIn(".json", 4))
      if (looksLikePolygons(look, file)) return look.isFile() ? 95 : 85;
    for (const char* ending : {"_labelids.png", "_instanceids.png", "_labeltrainids.png"})
      if (!look.endingIn(ending, 1).empty()) return 80;
    return 0;
  }

  bool canWrite() const override { return true; }
  Expected<> write(const ExportedDataset& dataset, const std::filesystem::path& folder, const WriteOptions&, const Job& job) const override {
    return writeCityscapes(dataset, folder, job);
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    auto polygons = builder.filesEndingIn("_polygons.json");
    const bool alone = builder.files().size() == 1;
    if (polygons.empty() && alone && !isImageName(builder.files()[0].name)) polygons.push_back(&builder.files()[0]);
    if (!polygons.empty()) INTARSIA_CHECK(addClasses(builder));
    for (size_t i = 0; i < polygons.size(); ++i) {
      INTARSIA_CHECK(job.check());
      job.report(int64_t(i), int64_t(polygons.size()), INTARSIA_TEXT("Reading annotations"));
      INTARSIA_CHECK(readPolygons(builder, *polygons[i], alone));
    }
    INTARSIA_CHECK(readMasks(builder, polygons));
    return builder.finish();
  }

 private:
  /// Cityscapes' own; a label_colors.txt at the top, as we and datumaro write it, lists others by their ids.
  static Expected<> addClasses(DatasetBuilder& builder) {
    if (const ListedFile* file = builder.file("label_colors.txt")) {
      INTARSIA_TRY(const MaskClasses table, readClassFile(file->path));
      for (const auto& c : table.classes) {
        const int known = cityscapesIndex(c.name);
        builder.addClass(c.name, c.color, known >= 0 ? cityscapesLabels()[size_t(known)].trainId == 255 : c.ignore);
      }
    } else {
      for (const auto& label : cityscapesLabels()) builder.addClass(label.name, label.color, label.trainId == 255);
    }
    if (!builder.classes().empty() && builder.classes()[0].name == cityscapesLabels()[0].name) builder.setBackground(0);
    return {};
  }

  /// The picture that belongs to an annotation: gtFine/…_gtFine_x.png → leftImg8bit/…_leftImg8bit.png.
  static int imageFor(DatasetBuilder& builder, const ListedFile& file, Size declared) {
    std::string stem(stemOf(file.name));
    for (const char* word : {"_gtFine", "_gtCoarse"})
      if (const size_t at = stem.find(word); at != std::string::npos) stem.resize(at);
    if (stem.ends_with("_polygons")) stem.resize(stem.size() - 9);
    const std::string folder(folderOf(file.name));
    const int image = builder.image({stem + "_leftImg8bit.png", stem}, declared, {file.name, {}}, {folder});
    builder[image].split = splitOfFolders(file.name);
    builder[image].group = stem.substr(0, stem.find('_'));  // the city
    return image;
  }

  static Expected<> readPolygons(DatasetBuilder& builder, const ListedFile& file, bool alone) {
    const auto document = JsonDocument::read(file.path);
    if (!document || !document->root()["objects"].isArray()) {
      if (alone && !document) return std::unexpected(document.error());
      if (alone) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} has no list of objects"), {{"file", file.name}});
      builder.skipped({file.name, {}}, document ? "there is no list of objects" : document.error().message());
      return {};
    }
    const JsonValue root = document->root();
    const auto w = root["imgWidth"].integer(), h = root["imgHeight"].integer();
    const int image = imageFor(builder, file, w && h && *w > 0 && *h > 0 && *w < 1'000'000 && *h < 1'000'000 ? Size{int(*w), int(*h)} : Size{});
    const auto objects = root["objects"].items();
    for (size_t i = 0; i < objects.size(); ++i) {
      const Where where{file.name, "objects[" + std::to_string(i) + "]"};
      std::string label(objects[i]["label"].text().value_or(""));
      if (objects[i]["deleted"].boolean().value_or(false)) {
        builder.skipped(where, "the object is marked as deleted");
        continue;
      }
      if (label == "license plate") {
        builder.skipped(where, "license plates have no class in this format and are not drawn");
        continue;
      }
      if (label.ends_with("group") && cityscapesIndex(label) < 0 && cityscapesIndex(label.substr(0, label.size() - 5)) >= 0) label.resize(label.size() - 5);
      Ring ring;
      bool good = true;
      for (const auto& item : objects[i]["polygon"].items()) {
        std::vector<double> pair;
        good = good && item.numbers(pair) && pair.size() == 2;
        if (good) ring.push_back({pair[0], pair[1]});
      }
      if (!good) {
        builder.skipped({where.path, where.field + ".polygon"}, "a point is not a pair of numbers");
        continue;
      }
      builder.addShape(image, builder.classOf(label, {where.path, where.field + ".label"}), {{std::move(ring)}}, "polygon", {where.path, where.field + ".polygon"});
    }
    return {};
  }

  /// Masks of the frames that have no polygons: label ids, else instance ids, else (without any polygons) train ids.
  static Expected<> readMasks(DatasetBuilder& builder, const std::vector<const ListedFile*>& polygons) {
    std::set<std::string> drawn;
    for (const ListedFile* file : polygons) drawn.insert(frameOf(file->name));
    auto files = builder.filesEndingIn("_labelids.png");
    if (files.empty()) files = builder.filesEndingIn("_instanceids.png");
    const bool trainIds = files.empty() && polygons.empty();
    if (trainIds) files = builder.filesEndingIn("_labeltrainids.png");
    std::shared_ptr<MaskRule> rule;
    if (trainIds) {
      for (const auto& label : cityscapesLabels())
        if (label.trainId != 255) builder.addClass(label.name, label.color);
      rule = std::make_shared<MaskRule>(MaskRule::identity(int(builder.classes().size())));
    } else {
      if (polygons.empty()) INTARSIA_CHECK(addClasses(builder));
      const int count = std::min(255, int(builder.classes().size()));
      rule = std::make_shared<MaskRule>(MaskRule::identity(count));
      rule->byValue.resize(size_t(count) * 1000, MaskRule::kUnknown);
      for (int v = 1000; v < count * 1000 && v < 65536; ++v) rule->byValue[size_t(v)] = v / 1000;  // id × 1000 + number of an instance
    }
    for (const ListedFile* file : files)
      if (!drawn.contains(frameOf(file->name))) builder.addMask(imageFor(builder, *file, {}), *file, rule);
    return {};
  }

  /// "train/ulm/ulm_000000_000019" of any file of a frame.
  static std::string frameOf(const std::string& name) {
    const size_t at = std::min(name.rfind("_gtFine"), name.rfind("_gtCoarse"));
    return name.substr(0, at == std::string::npos ? name.find_last_of('.') : at);
  }
};

}  // namespace

std::unique_ptr<Format> makeCityscapesFormat() { return std::make_unique<CityscapesFormat>(); }

}  // namespace intarsia
