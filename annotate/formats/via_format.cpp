// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/json_value.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/text_file.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

bool looksLikeVia(const SourceLook& look, const std::string& file) {
  const auto& head = look.head(file);
  if (head.find("region_shape_attributes") != std::string::npos && head.find("filename") < 200) return true;
  return head.starts_with("{") && (look.anyKey(file, {"_via_img_metadata", "_via_settings"}) || (head.find("\"regions\"") != std::string::npos && head.find("\"filename\"") != std::string::npos &&
         (head.find("\"shape_attributes\"") != std::string::npos || head.find("\"file_attributes\"") != std::string::npos)));
}

/// The class of a region: text, number, option id, or the first box that is checked.
std::string valueOf(const JsonValue& value) {
  if (value.isObject()) {
    for (const auto& [key, checked] : value.members())
      if (checked.boolean().value_or(false)) return std::string(key);
    return {};
  }
  return std::string(trim(value.id()));
}

/// VGG Image Annotator 1 and 2: annotations as JSON or CSV, or a whole project.
class ViaFormat : public Format {
 public:
  std::string_view id() const override { return "via"; }
  std::string_view name() const override { return "VGG Image Annotator"; }
  std::string_view about() const override { return "versions 1 and 2, CSV"; }

  int probe(const SourceLook& look) const override {
    for (const char* ending : {".json", ".csv"})
      for (const auto& file : look.endingIn(ending, 4))
        if (looksLikeVia(look, file)) return look.isFile() ? 93 : 82;
    return 0;
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    const SourceLook look(source);
    for (const auto& file : builder.files()) {
      const std::string ending = extensionOf(file.name);
      if (!look.isFile() && ((ending != ".json" && ending != ".csv") || !looksLikeVia(look, file.name))) continue;
      const auto done = readFile(builder, file);
      if (done) continue;
      if (look.isFile() || job.cancelled()) return std::unexpected(done.error());
      builder.skipped({file.name, {}}, done.error().message());
    }
    return builder.finish();
  }

 private:
  struct Region {
    JsonValue shape, attributes;
    std::string field;
  };
  struct Picture {
    std::string name, field;
    std::vector<Region> regions;
  };

  static Expected<> readFile(DatasetBuilder& builder, const ListedFile& file) {
    INTARSIA_TRY(TextFile text, readTextFile(file.path));
    std::vector<Picture> pictures;
    std::vector<JsonDocument> documents;  // own what the regions point to
    if (const auto start = trim(text.text); start.starts_with("{")) {
      INTARSIA_TRY(JsonDocument document, JsonDocument::parse(std::move(text.text), file.name));
      documents.push_back(std::move(document));
      fromJson(documents[0].root(), pictures);
    } else {
      INTARSIA_CHECK(fromCsv(builder, file, text.text, pictures, documents));
    }
    if (pictures.empty()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} names no images"), {{"file", file.name}});
    const std::string attribute = classAttribute(pictures);
    if (!attribute.empty()) builder.note({file.name, {}}, "the region attribute \"" + attribute + "\" was taken for the class");
    for (const auto& picture : pictures) {
      const int image = builder.image(picture.name, {}, {file.name, picture.field});
      for (const auto& region : picture.regions) readRegion(builder, image, region, attribute, file.name);
    }
    return {};
  }

  static void fromJson(const JsonValue& root, std::vector<Picture>& pictures) {
    const JsonValue images = root["_via_img_metadata"] ? root["_via_img_metadata"] : root;
    for (const auto& [key, entry] : images.members()) {
      if (!entry["filename"].text()) continue;
      Picture picture{std::string(*entry["filename"].text()), std::string(key), {}};
      const JsonValue regions = entry["regions"];
      const auto add = [&](const JsonValue& region, const std::string& number) {
        picture.regions.push_back({region["shape_attributes"], region["region_attributes"], std::string(key) + ".regions[" + number + "]"});
      };
      const auto items = regions.items();
      for (size_t i = 0; i < items.size(); ++i) add(items[i], std::to_string(i));
      for (const auto& [number, region] : regions.members()) add(region, std::string(number));  // VIA 1
      pictures.push_back(std::move(picture));
    }
  }

  static Expected<> fromCsv(DatasetBuilder& builder, const ListedFile& file, const std::string& text, std::vector<Picture>& pictures, std::vector<JsonDocument>& documents) {
    const auto rows = parseCsv(text);
    int name = -1, shape = -1, attributes = -1;
    for (int i = 0; !rows.empty() && i < int(rows[0].size()); ++i) {
      std::string_view column = trim(rows[0][size_t(i)]);
      if (column.starts_with("#")) column.remove_prefix(1);
      if (column == "filename") name = i;
      if (column == "region_shape_attributes") shape = i;
      if (column == "region_attributes") attributes = i;
    }
    if (name < 0 || shape < 0) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} has no columns of VGG Image Annotator"), {{"file", file.name}});
    std::map<std::string, size_t> byName;
    for (size_t r = 1; r < rows.size(); ++r) {
      const std::string field = "row " + std::to_string(r + 1);
      if (int(rows[r].size()) <= std::max(name, shape)) {
        builder.skipped({file.name, field}, "the row has too few columns");
        continue;
      }
      const auto [it, fresh] = byName.try_emplace(rows[r][size_t(name)], pictures.size());
      if (fresh) pictures.push_back({rows[r][size_t(name)], field, {}});
      auto shapeJson = JsonDocument::parse(rows[r][size_t(shape)], file.name);
      auto attributeJson = JsonDocument::parse(attributes >= 0 && attributes < int(rows[r].size()) ? rows[r][size_t(attributes)] : "{}", file.name);
      if (!shapeJson || !attributeJson) {
        builder.skipped({file.name, field}, "the attributes are not valid JSON");
        continue;
      }
      if (shapeJson->root().members().empty()) continue;  // an image without regions
      pictures[it->second].regions.push_back({shapeJson->root(), attributeJson->root(), field});
      documents.push_back(std::move(*shapeJson));
      documents.push_back(std::move(*attributeJson));
    }
    return {};
  }

  /// Which region attribute names the class: by its usual name, else the one that most regions have.
  static std::string classAttribute(const std::vector<Picture>& pictures) {
    std::map<std::string, int> counts;
    for (const auto& picture : pictures)
      for (const auto& region : picture.regions)
        for (const auto& [key, value] : region.attributes.members()) counts[std::string(key)] += !valueOf(value).empty();
    for (const char* usual : {"class", "label", "name", "type", "category", "object", "object_name"})
      for (const auto& [key, count] : counts)
        if (lower(key) == usual && count > 0) return key;
    std::string best;
    for (const auto& [key, count] : counts)
      if (count > 0 && (best.empty() || count > counts[best])) best = key;
    return best;
  }

  static void readRegion(DatasetBuilder& builder, int image, const Region& region, const std::string& attribute, const std::string& path) {
    const Where where{path, region.field};
    const JsonValue shape = region.shape;
    const std::string kind(shape["name"].text().value_or(""));
    const auto number = [&](const char* key) { return shape[key].number(); };
    Polygon polygon;
    std::optional<double> area;
    if (kind == "polygon" || kind == "polyline") {
      std::vector<double> x, y;
      if (!shape["all_points_x"].numbers(x) || !shape["all_points_y"].numbers(y) || x.size() != y.size()) return builder.skipped(where, "its x and y coordinates do not pair");
      Ring ring;
      for (size_t i = 0; i < x.size(); ++i) ring.push_back({x[i], y[i]});
      if (kind == "polyline") builder.note(where, "a polyline was taken for a closed area");
      polygon = {{std::move(ring)}};
    } else if (kind == "rect") {
      const auto x = number("x"), y = number("y"), w = number("width"), h = number("height");
      if (!x || !y || !w || !h) return builder.skipped(where, "a coordinate is not a number");
      polygon = {{rectangleRing({*x, *y}, {*x + *w, *y + *h})}};
    } else if (kind == "circle" || kind == "ellipse") {
      const auto x = number("cx"), y = number("cy");
      const auto rx = kind == "circle" ? number("r") : number("rx"), ry = kind == "circle" ? number("r") : number("ry");
      if (!x || !y || !rx || !ry) return builder.skipped(where, "a coordinate is not a number");
      polygon = {{ellipseRing({*x, *y}, *rx, *ry, number("theta").value_or(0) * 180 / std::numbers::pi)}};
      area = std::numbers::pi * std::abs(*rx * *ry);
    } else if (kind == "point" || kind == "line") {
      return builder.skipped(where, "a " + kind + " covers no area");
    } else {
      return builder.skipped(where, "shapes of the kind \"" + kind + "\" are not known");
    }
    std::string name = attribute.empty() ? "object" : valueOf(region.attributes[attribute]);
    builder.addShape(image, builder.classOf(name, where), std::move(polygon), kind == "rect" ? "rectangle" : kind, where, area);
  }
};

}  // namespace

std::unique_ptr<Format> makeViaFormat() { return std::make_unique<ViaFormat>(); }

}  // namespace intarsia
