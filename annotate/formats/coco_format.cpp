// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <unordered_map>

#include "annotate/formats/coco_segmentation.h"
#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/foreign_keys.h"
#include "annotate/formats/json_stream.h"
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/writers.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

Size sizeFrom(const JsonValue& width, const JsonValue& height) {
  const auto w = width.integer(), h = height.integer();
  if (!w || !h || *w < 1 || *h < 1 || *w > 1'000'000 || *h > 1'000'000) return {};
  return {int(*w), int(*h)};
}

std::string field(const char* list, int64_t index, const char* member = nullptr) {
  std::string text = std::string(list) + "[" + std::to_string(index) + "]";
  return member ? text + "." + member : text;
}

bool looksLikeCoco(const SourceLook& look, const std::string& file) {
  if (look.anyKey(file, {"annotations[].segments_info", "shapes", "[].Label", "[].data", "items"})) return false;
  if (look.anyKey(file, {"annotations[].category_id", "annotations[].image_id", "annotations[].segmentation[][]", "annotations[].segmentation.counts"})) return true;
  if (look.allKeys(file, {"[].image_id", "[].category_id"})) return true;
  return look.anyKey(file, {"images[].file_name", "categories[].supercategory"}) && look.anyKey(file, {"images[].id", "categories[].id", "images", "annotations"});
}

/// One file of annotations on its way into the dataset.
class CocoFile {
 public:
  CocoFile(DatasetBuilder& builder, const ListedFile& file, const JsonStream& stream)
      : m_builder(builder), m_stream(stream), m_path(builder.shown(file)), m_folder(folderOf(file.name)) {
    m_split = splitOfFolders(file.name);
    const std::string stem(stemOf(file.name));
    m_subset = stem.substr(stem.find_last_of('_') + 1);  // instances_val2017 → val2017
    if (m_split == Split::none) m_split = splitOfFolders(m_subset + "/");
  }

  Expected<> read() {
    INTARSIA_CHECK(m_stream.forEach("categories", m_builder.job(), [&](int64_t i, const JsonValue& v) { category(i, v); }));
    const bool results = m_stream.hasArray("");
    if (m_categories.empty()) INTARSIA_CHECK(numberedCategories(results ? "" : "annotations"));
    INTARSIA_CHECK(m_stream.forEach("images", m_builder.job(), [&](int64_t i, const JsonValue& v) { image(v, field("images", i)); }));
    if (m_stream.has("image")) {  // Segment Anything: one picture
      INTARSIA_TRY(const JsonDocument one, m_stream.member("image"));
      m_only = image(one.root(), "image");
    }
    INTARSIA_CHECK(m_stream.forEach(results ? "" : "annotations", m_builder.job(), [&](int64_t i, const JsonValue& v) { annotation(i, v); }));
    return {};
  }

 private:
  Where at(std::string where) const { return {m_path, std::move(where)}; }

  void category(int64_t i, const JsonValue& value) {
    const std::string id = value["id"].id();
    const auto name = value["name"].text();
    if (!name) return m_builder.skipped(at(field("categories", i, "name")), "the category has no name");
    const int index = m_builder.classOf(*name, at(field("categories", i, "name")));
    if (index < 0) return;
    if (*name == "_background_") m_builder.setBackground(index);
    if (std::string& extra = m_builder.classes()[size_t(index)].extra; extra.empty()) extra = keysOf(value["id"], value, {"id", "name", "color"});
    if (value["color"]) m_builder.classes()[size_t(index)].color = colorOf(value["color"]);
    if (!m_categories.emplace(id, index).second) m_builder.skipped(at(field("categories", i, "id")), "another category has the id " + id + " already");
  }

  /// The id as it stands in the file (numbers and texts are different ids) and what else is said that we have no name for.
  static std::string keysOf(const JsonValue& id, const JsonValue& value, std::initializer_list<std::string_view> known) {
    std::string members;
    if (const std::string literal = id.isText() ? jsonQuoted(*id.text()) : id.id(); !literal.empty()) addMember(members, "id", literal);
    if (value["iscrowd"].boolean().value_or(false)) addMember(members, "iscrowd", "1");
    addOthers(members, value, known, true);
    return foreignKeys("coco", members);
  }

  static std::optional<Color> colorOf(const JsonValue& value) {
    std::vector<double> v;
    if (const auto text = value.text()) return Color::fromHex(*text);
    if (!value.numbers(v) || v.size() < 3 || !std::all_of(v.begin(), v.begin() + 3, [](double d) { return d >= 0 && d <= 255; })) return std::nullopt;
    return Color{uint8_t(v[0]), uint8_t(v[1]), uint8_t(v[2])};
  }

  /// Results files name no categories: the numbers that occur, in order, are the classes.
  Expected<> numberedCategories(std::string_view list) {
    std::unordered_map<std::string, int64_t> ids;
    bool without = false;
    INTARSIA_CHECK(m_stream.forEach(list, m_builder.job(), [&](int64_t, const JsonValue& v) {
      const std::string id = v["category_id"].id();
      if (id.empty()) without = true;
      else ids.emplace(id, v["category_id"].integer().value_or(0));
    }));
    std::vector<std::pair<int64_t, std::string>> order;
    for (const auto& [id, number] : ids) order.emplace_back(number, id);
    std::sort(order.begin(), order.end());
    for (const auto& [number, id] : order) m_categories[id] = m_builder.classOf("category " + id, at("category_id"));
    if (without) m_categories[""] = m_builder.classOf("object", at("category_id"));
    if (!ids.empty() || without) m_builder.note(at("categories"), "the file names no categories: classes are named after their numbers");
    return {};
  }

  int image(const JsonValue& value, const std::string& where) {
    std::string id = value["id"].id();
    if (id.empty()) id = value["image_id"].id();
    std::string name(value["file_name"].text().value_or(""));
    if (trim(name).empty()) name = id;
    if (name.empty()) {
      m_builder.skipped(at(where + ".file_name"), "the image has no name");
      return -1;
    }
    const Size size = sizeFrom(value["width"], value["height"]);
    const int index = m_builder.image({name}, size, at(where + ".file_name"), {m_folder, m_subset});
    m_builder[index].split = m_split;
    if (m_builder[index].extra.empty()) m_builder[index].extra = keysOf(value["id"] ? value["id"] : value["image_id"], value, {"id", "image_id", "file_name", "width", "height"});
    const auto [it, fresh] = m_images.emplace(id, index);
    if (!fresh && it->second != index) m_builder.skipped(at(where + ".id"), "another image has the id " + id + " already");
    return index;
  }

  int imageOf(int64_t i, const JsonValue& value, Size stated) {
    if (m_only >= 0) return m_only;
    const std::string id = value["image_id"].id();
    if (const auto it = m_images.find(id); it != m_images.end()) return it->second;
    if (!m_images.empty() && !m_numbered) {
      m_builder.skipped(at(field("annotations", i, "image_id")), "there is no image with the id " + id);
      return -1;
    }
    m_numbered = true;  // a file without images: pictures are named after their numbers, as COCO names them
    std::string padded = id;
    if (padded.size() < 12) padded.insert(0, 12 - padded.size(), '0');
    const int index = m_builder.image({id, padded}, stated, at(field("annotations", i, "image_id")), {m_folder, m_subset});
    m_builder[index].split = m_split;
    if (m_builder[index].extra.empty()) m_builder[index].extra = keysOf(value["image_id"], {}, {});
    m_images.emplace(id, index);
    return index;
  }

  void annotation(int64_t i, const JsonValue& value) {
    if (value["segments_info"]) return m_builder.skipped(at(field("annotations", i, "segments_info")), "panoptic annotations are another format");
    const auto category = m_categories.find(value["category_id"].id());
    if (category == m_categories.end())
      return m_builder.skipped(at(field("annotations", i, "category_id")), "there is no category with the id " + value["category_id"].id());
    const JsonValue segmentation = value["segmentation"];
    const bool boxOnly = !segmentation || (segmentation.isArray() && segmentation.items().empty()) || (segmentation.isText() && segmentation.text()->empty());
    CocoSegmentation read;
    if (boxOnly) {
      std::vector<double> box;
      if (!value["bbox"].numbers(box) || box.size() != 4) return m_builder.skipped(at(field("annotations", i, "segmentation")), "there is neither a segmentation nor a box");
      if (!(box[2] > 0 && box[3] > 0)) return m_builder.skipped(at(field("annotations", i, "bbox")), "the box is empty");
      read.polygon = {{rectangleRing({box[0], box[1]}, {box[0] + box[2], box[1] + box[3]})}};
      read.kind = "rectangle";
    } else {
      read = readCocoSegmentation(segmentation);
      if (!read.problem.empty()) m_builder.skipped(at(field("annotations", i, "segmentation")), read.problem);
      if (read.polygon.rings.empty()) return;
    }
    const int index = imageOf(i, value, read.size);
    if (index < 0) return;
    const Size declared = m_builder.declared(index);
    if (!read.size.empty() && !declared.empty() && read.size != declared)
      m_builder.note(at(field("annotations", i, "segmentation.size")), "the size of the run-length mask differs from the image's");
    if (!m_builder.addShape(index, category->second, std::move(read.polygon), read.kind, at(field("annotations", i, boxOnly ? "bbox" : "segmentation")), read.area)) return;
    m_builder[index].shapes.back().unite = read.unite;
    m_builder[index].shapes.back().extra = keysOf(value["id"], value, {"id", "iscrowd", "image_id", "category_id", "segmentation", "area", "bbox"});
  }

  DatasetBuilder& m_builder;
  const JsonStream& m_stream;
  std::string m_path, m_folder, m_subset;
  Split m_split = Split::none;
  std::unordered_map<std::string, int> m_categories, m_images;
  int m_only = -1;
  bool m_numbered = false;
};

/// COCO instances and results: polygons of several parts, run-length masks, boxes; ids of any kind.
class CocoFormat : public Format {
 public:
  std::string_view id() const override { return "coco"; }
  std::string_view name() const override { return "COCO"; }
  std::string_view about() const override { return "instances: polygons of several parts, RLE, crowd; lists of results"; }

  int probe(const SourceLook& look) const override {
    for (const auto& file : look.endingIn(".json", 12))
      if (looksLikeCoco(look, file)) return look.isFile() ? 90 : 70;
    return look.isFile() && looksLikeCoco(look, look.files()[0]) ? 85 : 0;
  }

  bool canWrite() const override { return true; }
  Expected<> write(const ExportedDataset& dataset, const std::filesystem::path& folder, const WriteOptions&, const Job& job) const override {
    return writeCoco(dataset, folder, job);
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    const SourceLook look(source);
    if (look.isFile()) {
      INTARSIA_TRY(const JsonStream stream, JsonStream::open(source, job));
      if (!stream.hasArray("annotations") && !stream.hasArray("") && !stream.hasArray("images"))
        return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} holds neither images nor annotations of COCO"), {{"file", builder.files()[0].name}});
      INTARSIA_CHECK(CocoFile(builder, builder.files()[0], stream).read());
      return builder.finish();
    }
    auto files = builder.filesEndingIn(".json");
    std::erase_if(files, [&](const ListedFile* file) { return !looksLikeCoco(look, file->name); });
    const auto instances = [](const ListedFile* file) { return baseName(file->name).starts_with("instances"); };
    const bool chosen = std::any_of(files.begin(), files.end(), instances);
    for (const ListedFile* file : files) {
      if (chosen && !instances(file)) {
        builder.note({file->name, {}}, "not read beside the instances files; open the file itself for it");
        continue;
      }
      const auto stream = JsonStream::open(file->path, job);
      if (!stream) {
        if (job.cancelled()) return std::unexpected(stream.error());
        builder.skipped({file->name, {}}, stream.error().message());
        continue;
      }
      if (const auto done = CocoFile(builder, *file, *stream).read(); !done) {
        if (done.error().code == ErrorCode::cancelled || done.error().code == ErrorCode::io) return std::unexpected(done.error());
        builder.skipped({file->name, {}}, done.error().message());
      }
    }
    return builder.finish();
  }
};

}  // namespace

std::unique_ptr<Format> makeCocoFormat() { return std::make_unique<CocoFormat>(); }

}  // namespace intarsia
