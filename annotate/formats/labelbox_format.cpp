// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/json_value.h"
#include "annotate/formats/mask_outline.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/text_file.h"
#include "annotate/formats/wkt.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

/// The file name without the identifier that Labelbox puts before it: "<uuid>-name.jpg".
std::string withoutPrefix(const std::string& url) {
  const auto parts = nameParts(url);
  if (parts.empty()) return {};
  const std::string& base = parts.back();
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'; };
  if (base.size() > 37 && base[36] == '-' && std::all_of(base.begin(), base.begin() + 36, hex)) return base.substr(37);
  const size_t dash = base.find('-');
  return dash == std::string::npos ? std::string() : base.substr(dash + 1);
}

std::string textOf(const JsonValue& value) { return std::string(value.text().value_or("")); }

std::optional<Point> pointFrom(const JsonValue& value) {
  const auto x = value["x"].number(), y = value["y"].number();
  if (!x || !y) return std::nullopt;
  return Point{*x, *y};
}

/// Rows of one export on their way into the dataset.
class LabelboxRows {
 public:
  LabelboxRows(DatasetBuilder& builder, std::string path, bool flip) : m_builder(builder), m_path(std::move(path)), m_flip(flip) {}

  void row(const JsonValue& row, const std::string& at) {
    if (row["data_row"]) return exportTwo(row, at);
    if (row["dataRow"] && (row["uuid"] || row["schemaId"] || row["name"])) return importRow(row, at);
    if (row["Label"].exists() || row["Labeled Data"]) return legacy(row, at);
    m_builder.skipped(where(at), "the row is no data row of Labelbox");
  }

 private:
  Where where(const std::string& field) const { return {m_path, field}; }

  static Size sizeFrom(const JsonValue& attributes) {
    const auto w = attributes["width"].integer(), h = attributes["height"].integer();
    return w && h && *w > 0 && *h > 0 && *w < 1'000'000 && *h < 1'000'000 ? Size{int(*w), int(*h)} : Size{};
  }

  /// Export v2 and streams, since 2022.
  void exportTwo(const JsonValue& row, const std::string& at) {
    const JsonValue data = row["data_row"];
    const std::string url = textOf(data["row_data"]);
    std::vector<std::string> names;
    for (const std::string& name : {textOf(data["external_id"]), textOf(data["global_key"]), url, withoutPrefix(url), data["id"].id()})
      if (!name.empty()) names.push_back(name);
    const int image = m_builder.image(names, sizeFrom(row["media_attributes"]), where(at + ".data_row"));
    const auto projects = row["projects"].members();
    if (projects.size() > 1) m_builder.note(where(at + ".projects"), "the row is in several projects; the labels of all were read");
    for (const auto& [project, content] : projects) {
      const auto labels = content["labels"].items();
      if (labels.size() > 1) m_builder.note(where(at + ".projects." + std::string(project) + ".labels"), "the row has several labels (consensus or benchmark); all were read");
      for (size_t l = 0; l < labels.size(); ++l) {
        const std::string field = at + ".projects." + std::string(project) + ".labels[" + std::to_string(l) + "].annotations";
        if (labels[l]["annotations"]["frames"]) m_builder.skipped(where(field + ".frames"), "labels of a video are not read");
        const auto objects = labels[l]["annotations"]["objects"].items();
        for (size_t i = 0; i < objects.size(); ++i) object(image, objects[i], textOf(objects[i]["name"]), field + ".objects[" + std::to_string(i) + "]");
        if (const auto marks = labels[l]["annotations"]["classifications"].items(); !marks.empty()) m_builder.note(where(field + ".classifications"), "classifications of the whole image are not imported");
      }
    }
  }

  /// What is uploaded to Labelbox, not what comes from it; it has polygons all the same.
  void importRow(const JsonValue& row, const std::string& at) {
    m_builder.note(where(""), "this file was made for an import into Labelbox: its images are known by their ids alone");
    const JsonValue data = row["dataRow"];
    std::vector<std::string> names;
    for (const std::string& name : {textOf(data["globalKey"]), textOf(data["externalId"]), data["id"].id()})
      if (!name.empty()) names.push_back(name);
    const bool known = row["polygon"].isArray() || row["bbox"] || row["mask"] || row["line"] || row["point"];
    if (!known) return m_builder.note(where(at), "classifications of the whole image are not imported");
    const int image = m_builder.image(names, {}, where(at + ".dataRow"));
    std::string name = textOf(row["name"]);
    if (name.empty()) name = textOf(row["schemaId"]);
    object(image, row, name, at);
  }

  /// Export v1 (Label.objects) and the two generations before it (Label.<class>).
  void legacy(const JsonValue& row, const std::string& at) {
    const std::string url = textOf(row["Labeled Data"]);
    const bool tiled = trim(url).starts_with("{");
    std::vector<std::string> names;
    const std::string external = textOf(row["External ID"]), id = row["ID"].id(), dataRow = row["DataRow ID"].id();
    for (const std::string& name : {external, tiled ? std::string() : url, tiled ? std::string() : withoutPrefix(url), dataRow, id})
      if (!name.empty()) names.push_back(name);
    const int image = m_builder.image(names, sizeFrom(row["Media Attributes"]), where(at + ".Labeled Data"));
    const std::string created = textOf(row["Created At"]), view = textOf(row["View Label"]);
    if (!m_flip && ((created.size() >= 10 && created < "2018-10-15") || view.find("image-segmentation-v3") != std::string::npos || view.find("image-segmentation-hybrid") != std::string::npos))
      m_builder.note(where("Created At"), "exports made before 15 October 2018 may count y from the bottom: if labels lie upside down, import again with y flipped");
    const JsonValue label = row["Label"];
    if (!label || label.isText()) return m_builder.note(where(at + ".Label"), "the row was skipped by the labeler");
    if (label["objects"].isArray()) {
      const auto objects = label["objects"].items();
      for (size_t i = 0; i < objects.size(); ++i) {
        std::string name = textOf(objects[i]["title"]);
        if (name.empty()) name = textOf(objects[i]["value"]);
        object(image, objects[i], name, at + ".Label.objects[" + std::to_string(i) + "]");
      }
      return;
    }
    for (const auto& [name, value] : label.members()) legacyClass(image, std::string(name), value, at + ".Label." + std::string(name));
  }

  void legacyClass(int image, const std::string& name, const JsonValue& value, const std::string& at) {
    if (const auto text = value.text()) return legacyText(image, name, *text, at);
    const auto items = value.items();
    if (!items.empty() && items[0]["x"].exists()) return ring(image, name, value, "polygon", at);  // one ring without a list around it
    for (size_t i = 0; i < items.size(); ++i) {
      const std::string field = at + "[" + std::to_string(i) + "]";
      const JsonValue geometry = items[i].isObject() ? items[i]["geometry"] : items[i];
      if (const auto text = geometry.text()) legacyText(image, name, *text, field);
      else if (geometry.isArray()) ring(image, name, geometry, "polygon", field);
      else if (geometry["x"].exists()) m_builder.skipped(where(field), "a point covers no area");
      else m_builder.skipped(where(field), "there is no geometry");
    }
  }

  void legacyText(int image, const std::string& name, std::string_view text, const std::string& at) {
    const std::string low = lower(text.substr(0, 16));
    if (low.find("polygon") == std::string::npos && low.find("point") == std::string::npos && low.find("linestring") == std::string::npos)
      return m_builder.note(where(at), "classifications of the whole image are not imported");
    auto polygons = parseWkt(text);
    if (!polygons) return m_builder.skipped(where(at), polygons.error().message());
    if (polygons->empty()) return m_builder.skipped(where(at), "points and lines cover no area");
    for (auto& polygon : *polygons) add(image, name, std::move(polygon), "polygon", at);
  }

  /// One object of v1, v2 or an import file.
  void object(int image, const JsonValue& object, const std::string& name, const std::string& at) {
    if (!object["classifications"].items().empty()) m_builder.note(where(at + ".classifications"), "classifications of an object are not imported");
    if (object["polygon"].isArray()) return ring(image, name, object["polygon"], "polygon", at + ".polygon");
    const JsonValue box = object["bounding_box"] ? object["bounding_box"] : object["bbox"];
    if (box) {
      const auto l = box["left"].number(), t = box["top"].number(), w = box["width"].number(), h = box["height"].number();
      if (!l || !t || !w || !h) return m_builder.skipped(where(at + ".bbox"), "the box has no numbers");
      return add(image, name, {{rectangleRing({*l, *t}, {*l + *w, *t + *h})}}, "rectangle", at + ".bbox");
    }
    if (object["line"]) return m_builder.skipped(where(at + ".line"), "a line covers no area");
    if (object["point"]) return m_builder.skipped(where(at + ".point"), "a point covers no area");
    if (object["geometry"]) return m_builder.skipped(where(at + ".geometry"), "geographic coordinates of tiled imagery have no pixels");
    if (object["mask"] || object["composite_mask"] || object["instanceURI"]) return mask(image, object, name, at);
    m_builder.skipped(where(at), "there is no geometry");
  }

  void ring(int image, const std::string& name, const JsonValue& list, const char* kind, const std::string& at) {
    Ring ring;
    for (const auto& item : list.items()) {
      const auto point = pointFrom(item);
      if (!point) return m_builder.skipped(where(at), "a point has no x and y");
      ring.push_back(*point);
    }
    add(image, name, {{std::move(ring)}}, kind, at);
  }

  void add(int image, const std::string& name, Polygon polygon, const char* kind, const std::string& at, std::optional<double> area = {}) {
    const Size size = m_flip ? m_builder.sizeOf(image) : Size{};
    if (m_flip && size.empty()) return m_builder.skipped(where(at), "y cannot be flipped: the size of the image is not known");
    if (m_flip)
      for (auto& ring : polygon.rings)
        for (auto& point : ring) point.y = size.height - point.y;
    const int index = m_builder.classOf(name, where(at + ".name"));
    m_builder.addShape(image, index, std::move(polygon), kind, where(at), area);
  }

  /// Masks are links that need a key and end after a month: only downloaded ones can be read, <feature id>.png or the composite's name.
  void mask(int image, const JsonValue& object, const std::string& name, const std::string& at) {
    const JsonValue composite = object["composite_mask"];
    std::vector<std::string> names;
    std::string feature = textOf(object["feature_id"]);
    if (feature.empty()) feature = textOf(object["featureId"]);
    if (!feature.empty()) names.push_back(feature);
    for (const std::string& url : {textOf(composite["url"]), textOf(object["mask"]["url"]), textOf(object["mask"]["instanceURI"]), textOf(object["instanceURI"])}) {
      const auto parts = nameParts(url);
      const auto word = std::find(parts.begin(), parts.end(), "masks");
      if (word != parts.end() && std::next(word) != parts.end()) names.push_back(*std::next(word));
      if (!parts.empty()) names.push_back(parts.back());
    }
    const ListedFile* file = nullptr;
    for (const auto& candidate : names)
      if (!file && candidate.size() > 1) file = m_builder.images().find(candidate).file;
    if (!file) return m_builder.skipped(where(at), "its mask is not here: download it and put " + (feature.empty() ? std::string("it") : feature + ".png") + " into the folder");
    const auto raw = decodeMask(file->path);
    if (!raw) return m_builder.skipped(where(at), raw.error().message());
    std::vector<double> color;
    composite["color_rgb"].numbers(color);
    auto set = setPixels(*raw);
    if (color.size() == 3 && raw->kind == RawMask::Kind::color)
      for (size_t i = 0; i < set.size(); ++i) set[i] = raw->rgb[3 * i] == color[0] && raw->rgb[3 * i + 1] == color[1] && raw->rgb[3 * i + 2] == color[2];
    const auto pixels = std::count(set.begin(), set.end(), 1);
    if (!pixels) return m_builder.skipped(where(at), "its mask " + file->name + " has no pixel of this object");
    const Size declared = m_builder.sizeOf(image);
    if (!declared.empty() && declared != raw->size) return m_builder.skipped(where(at), "its mask " + file->name + " has another size than the image");
    const int index = m_builder.classOf(name, where(at + ".name"));
    m_builder.addShape(image, index, outlineOf(set, raw->size), "mask", where(at), double(pixels));
  }

  DatasetBuilder& m_builder;
  std::string m_path;
  bool m_flip;
};

bool looksLikeLabelbox(const SourceLook& look, const std::string& file) {
  return look.anyKey(file, {"data_row.id", "[].data_row.id", "data_row.row_data", "[].data_row.row_data", "Labeled Data", "[].Labeled Data", "[].dataRow.id", "dataRow.id"}) ||
         (look.anyKey(file, {"[].Label", "Label"}) && look.anyKey(file, {"[].ID", "ID", "[].External ID", "External ID"}));
}

/// Labelbox's JSON of all generations: export v2 (NDJSON), v1, and the two before it with text geometry or points.
class LabelboxFormat : public Format {
 public:
  std::string_view id() const override { return "labelbox"; }
  std::string_view name() const override { return "Labelbox JSON"; }
  std::string_view about() const override { return "all generations: NDJSON, v1, both legacy ones with WKT"; }

  int probe(const SourceLook& look) const override {
    if (look.isFile()) return looksLikeLabelbox(look, look.files()[0]) ? 95 : 0;
    for (const char* ending : {".ndjson", ".json", ".jsonl"})
      for (const auto& file : look.endingIn(ending, 4))
        if (looksLikeLabelbox(look, file)) return 80;
    return 0;
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    const SourceLook look(source);
    if (look.isFile()) {
      INTARSIA_CHECK(readFile(builder, builder.files()[0], options));
      return builder.finish();
    }
    for (const auto& file : builder.files()) {
      const std::string ending = extensionOf(file.name);
      if ((ending != ".ndjson" && ending != ".json" && ending != ".jsonl") || !looksLikeLabelbox(look, file.name)) continue;
      if (const auto done = readFile(builder, file, options); !done) {
        if (done.error().code == ErrorCode::cancelled) return std::unexpected(done.error());
        builder.skipped({file.name, {}}, done.error().message());
      }
    }
    return builder.finish();
  }

 private:
  static Expected<> readFile(DatasetBuilder& builder, const ListedFile& file, const ReadOptions& options) {
    INTARSIA_TRY(TextFile text, readTextFile(file.path));
    LabelboxRows rows(builder, file.name, options.flipY);
    const auto whole = JsonDocument::parse(text.text, file.name);
    if (whole && whole->root().isArray()) {
      const auto items = whole->root().items();
      for (size_t i = 0; i < items.size(); ++i) {
        INTARSIA_CHECK(builder.job().check());
        rows.row(items[i], "[" + std::to_string(i) + "]");
      }
      return {};
    }
    if (whole && whole->root().isObject()) {
      rows.row(whole->root(), "row");
      return {};
    }
    if (whole) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} holds no data rows of Labelbox"), {{"file", file.name}});
    const auto lines = splitLines(text.text);  // NDJSON: a row a line
    int good = 0;
    for (size_t i = 0; i < lines.size(); ++i) {
      INTARSIA_CHECK(builder.job().check());
      if (trim(lines[i]).empty()) continue;
      const auto row = JsonDocument::parse(std::string(lines[i]), file.name);
      if (!row || !row->root().isObject()) {
        builder.skipped({file.name, "line " + std::to_string(i + 1)}, "the line is not valid JSON");
        continue;
      }
      ++good;
      rows.row(row->root(), "line " + std::to_string(i + 1));
    }
    if (!good) return std::unexpected(whole.error());
    return {};
  }
};

}  // namespace

std::unique_ptr<Format> makeLabelboxFormat() { return std::make_unique<LabelboxFormat>(); }

}  // namespace intarsia
