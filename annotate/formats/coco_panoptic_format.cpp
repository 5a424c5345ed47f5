// SPDX-License-Identifier: GPL-3.0-or-later
#include <unordered_map>

#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/json_stream.h"
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/mask_outline.h"
#include "annotate/formats/source_look.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

bool looksPanoptic(const SourceLook& look, const std::string& file) {
  if (look.anyKey(file, {"annotations[].segments_info", "annotations[].segments_info[].id"})) return true;
  return lower(baseName(file)).find("panoptic") != std::string::npos && look.anyKey(file, {"images[].file_name", "categories[].isthing"});
}

struct Segment {
  Rect box;
  int64_t pixels = 0;
};

/// COCO panoptic: a JSON of segments and PNGs whose colour is the segment's id, R + 256 G + 65536 B.
class CocoPanopticFormat : public Format {
 public:
  std::string_view id() const override { return "coco-panoptic"; }
  std::string_view name() const override { return "COCO panoptic"; }

  int probe(const SourceLook& look) const override {
    for (const auto& file : look.endingIn(".json", 8))
      if (looksPanoptic(look, file)) return look.isFile() ? 96 : 60;
    return 0;
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    const SourceLook look(source);
    FileList beside;  // the PNGs of a JSON that was opened alone lie in a folder of its name, or below its own
    if (look.isFile()) {
      INTARSIA_TRY(beside, listFiles(source.parent_path().empty() ? std::filesystem::path(".") : source.parent_path(), job));
    } else {
      beside.files = builder.files();
    }
    ImageIndex masks;
    masks.add(std::move(beside));
    const auto files = look.isFile() ? std::vector<const ListedFile*>{&builder.files()[0]} : builder.filesEndingIn(".json");
    for (const ListedFile* file : files) {
      if (!look.isFile() && !looksPanoptic(look, file->name)) continue;
      if (const auto done = readFile(builder, *file, masks); !done) {
        if (look.isFile() || job.cancelled()) return std::unexpected(done.error());
        builder.skipped({file->name, {}}, done.error().message());
      }
    }
    return builder.finish();
  }

 private:
  static Expected<> readFile(DatasetBuilder& builder, const ListedFile& file, const ImageIndex& masks) {
    INTARSIA_TRY(const JsonStream stream, JsonStream::open(file.path, builder.job()));
    std::unordered_map<std::string, int> categories;
    INTARSIA_CHECK(stream.forEach("categories", builder.job(), [&](int64_t i, const JsonValue& value) {
      const int index = builder.classOf(value["name"].text().value_or(""), {file.name, "categories[" + std::to_string(i) + "].name"});
      if (index >= 0) categories.emplace(value["id"].id(), index);
    }));
    struct Picture { std::string name; Size size; };
    std::unordered_map<std::string, Picture> pictures;
    INTARSIA_CHECK(stream.forEach("images", builder.job(), [&](int64_t, const JsonValue& value) {
      const auto w = value["width"].integer(), h = value["height"].integer();
      const Size size = w && h && *w > 0 && *h > 0 && *w < 1'000'000 && *h < 1'000'000 ? Size{int(*w), int(*h)} : Size{};
      pictures.emplace(value["id"].id(), Picture{std::string(value["file_name"].text().value_or("")), size});
    }));
    const std::string stem(stemOf(file.name)), folder(folderOf(file.name)), subset = stem.substr(stem.find_last_of('_') + 1);
    return stream.forEach("annotations", builder.job(), [&](int64_t i, const JsonValue& value) {
      const Where where{file.name, "annotations[" + std::to_string(i) + "]"};
      const auto picture = pictures.find(value["image_id"].id());
      if (picture == pictures.end()) return builder.skipped({where.path, where.field + ".image_id"}, "there is no image with the id " + value["image_id"].id());
      const std::string png(value["file_name"].text().value_or(""));
      auto match = masks.find((folder.empty() ? stem : folder + "/" + stem) + "/" + png);
      if (!match.file) return builder.skipped({where.path, where.field + ".file_name"}, "its mask \"" + png + "\" was not found" + (match.problem == "not found" ? "" : ": " + match.problem));
      std::string name = picture->second.name.empty() ? std::string(stemOf(png)) + ".jpg" : picture->second.name;
      auto found = builder.images().find(subset + "/" + name);
      if (found.file && found.file->path == match.file->path) found.file = nullptr;  // the mask itself, by its stem
      const int image = found.file ? builder.imageAt(*found.file, picture->second.size, where) : builder.imageMissing(name, picture->second.size, where);
      builder[image].split = splitOfFolders(subset + "/");
      readSegments(builder, image, value["segments_info"], *match.file, categories, where);
    });
  }

  static void readSegments(DatasetBuilder& builder, int image, const JsonValue& infos, const ListedFile& png, const std::unordered_map<std::string, int>& categories, const Where& where) {
    const auto raw = decodeMask(png.path);
    if (!raw) return builder.skipped(where, raw.error().message());
    const int w = raw->size.width, h = raw->size.height;
    const auto idAt = [&](size_t i) -> uint32_t {
      if (raw->kind != RawMask::Kind::color) return raw->values[i];
      return raw->rgb[3 * i] | uint32_t(raw->rgb[3 * i + 1]) << 8 | uint32_t(raw->rgb[3 * i + 2]) << 16;
    };
    std::unordered_map<uint32_t, Segment> segments;
    for (int y = 0; y < h; ++y)
      for (int x = 0; x < w; ++x) {
        Segment& segment = segments[idAt(size_t(y) * size_t(w) + size_t(x))];
        segment.box = segment.box.united({x, y, 1, 1});
        ++segment.pixels;
      }
    const Size declared = builder.sizeOf(image);
    if (!declared.empty() && declared != raw->size) return builder.skipped({png.name, {}}, "the mask has another size than the image");
    const auto items = infos.items();
    for (size_t i = 0; i < items.size(); ++i) {
      const Where at{where.path, where.field + ".segments_info[" + std::to_string(i) + "]"};
      const auto id = items[i]["id"].integer();
      const auto category = categories.find(items[i]["category_id"].id());
      if (category == categories.end()) { builder.skipped(at, "there is no category with the id " + items[i]["category_id"].id()); continue; }
      const auto segment = id && *id >= 0 && *id <= 0xFFFFFF ? segments.find(uint32_t(*id)) : segments.end();
      if (segment == segments.end()) { builder.skipped(at, "the mask has no pixel of this segment"); continue; }
      const Rect box = segment->second.box;
      std::vector<uint8_t> set(size_t(box.width) * size_t(box.height));
      for (int y = 0; y < box.height; ++y)
        for (int x = 0; x < box.width; ++x)
          set[size_t(y) * size_t(box.width) + size_t(x)] = idAt(size_t(box.y + y) * size_t(w) + size_t(box.x + x)) == segment->first;
      if (const auto area = items[i]["area"].integer(); area && *area != segment->second.pixels) builder.note(at, "the stated area differs from the mask's");
      builder.addShape(image, category->second, outlineOf(set, {box.width, box.height}, {double(box.x), double(box.y)}), "mask", at, double(segment->second.pixels));
      segments.erase(segment);
    }
    segments.erase(0u);
    if (!segments.empty()) builder.note({png.name, {}}, std::to_string(segments.size()) + " colours are no segment of the JSON; their pixels are unlabelled");
  }
};

}  // namespace

std::unique_ptr<Format> makeCocoPanopticFormat() { return std::make_unique<CocoPanopticFormat>(); }

}  // namespace intarsia
