// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <numbers>

#include "annotate/formats/base64.h"
#include "annotate/formats/class_file.h"
#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/foreign_keys.h"
#include "annotate/formats/json_value.h"
#include "annotate/formats/mask_outline.h"
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/writers.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

constexpr double kLineWidth = 10, kPointRadius = 5;  // as labelme draws them into its masks

Size embeddedSize(const std::string& bytes) {
  const auto image = decodeImage(std::as_bytes(std::span(bytes)), "imageData", DecodeOptions{});
  return image ? image->size() : Size{};
}

/// labelme 2018 to 7, and the dialects of its format (X-AnyLabeling): one JSON per image.
class LabelmeFormat : public Format {
 public:
  std::string_view id() const override { return "labelme"; }
  std::string_view name() const override { return "labelme"; }
  std::string_view about() const override { return "versions 3 to 7, X-AnyLabeling among them"; }

  int probe(const SourceLook& look) const override {
    for (const auto& file : look.endingIn(".json", 4)) {
      if (!look.allKeys(file, {"shapes"}) || !look.anyKey(file, {"imagePath", "shapes[].points", "shapes[].shape_type", "imageData", "version"})) continue;
      return look.isFile() ? 95 : 80;
    }
    if (look.isFile() && look.anyKey(look.files()[0], {"imageData"}) && look.anyKey(look.files()[0], {"version", "flags", "imagePath"})) return 85;
    return 0;
  }

  bool canWrite() const override { return true; }
  Expected<> write(const ExportedDataset& dataset, const std::filesystem::path& folder, const WriteOptions&, const Job& job) const override {
    return writeLabelme(dataset, folder, job);
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    INTARSIA_CHECK(readClasses(builder));
    const auto files = builder.filesEndingIn(".json");
    if (files.empty() && builder.files().size() == 1) {
      INTARSIA_CHECK(readOne(builder, builder.files()[0], true));
      return builder.finish();
    }
    for (size_t i = 0; i < files.size(); ++i) {
      INTARSIA_CHECK(job.check());
      job.report(int64_t(i), int64_t(files.size()), INTARSIA_TEXT("Reading annotations"));
      INTARSIA_CHECK(readOne(builder, *files[i], files.size() == 1 && builder.files().size() == 1));
    }
    return builder.finish();
  }

 private:
  /// labels.txt beside the annotations fixes the order of classes; `__ignore__` stands first in it and comes last here.
  static Expected<> readClasses(DatasetBuilder& builder) {
    for (const char* name : {"labels.txt", "class_names.txt"}) {
      const ListedFile* file = builder.file(name);
      if (!file) continue;
      INTARSIA_TRY(const MaskClasses table, readClassFile(file->path));
      for (const auto& c : table.classes) {
        const int index = builder.addClass(c.name, c.color, c.ignore);
        if (c.name == "_background_") builder.setBackground(index);
      }
      return {};
    }
    return {};
  }

  static Expected<> readOne(DatasetBuilder& builder, const ListedFile& file, bool alone) {
    const std::string shown = builder.shown(file);
    const auto document = JsonDocument::read(file.path);
    if (!document) {
      if (alone) return std::unexpected(document.error());
      builder.skipped({shown, {}}, document.error().message());
      return {};
    }
    const JsonValue root = document->root();
    if (!root["shapes"].isArray()) {
      if (alone) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} has no list of shapes"), {{"file", shown}}, {shown, 0, "shapes"});
      builder.skipped({shown, "shapes"}, "there is no list of shapes");
      return {};
    }
    const auto width = root["imageWidth"].integer(), height = root["imageHeight"].integer();
    Size declared;
    if (width && height && *width > 0 && *height > 0 && *width < 1'000'000 && *height < 1'000'000) declared = {int(*width), int(*height)};
    std::vector<std::string> names;
    if (const auto path = root["imagePath"].text(); path && isImageName(*path)) names.emplace_back(*path);
    names.push_back(file.name.substr(0, file.name.find_last_of('.')));
    if (const auto path = root["imagePath"].text(); path && !isImageName(*path) && !trim(*path).empty()) names.emplace_back(*path);
    const int image = builder.image(names, declared, {shown, "imagePath"}, {std::string(folderOf(file.name))});
    builder[image].split = splitOfFolders(file.name);
    std::string members;
    addOthers(members, root, {"version", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"});
    builder[image].extra = foreignKeys("labelme", members);
    if (builder[image].path.empty()) embed(builder, image, root["imageData"], file);
    const auto shapes = root["shapes"].items();
    for (size_t i = 0; i < shapes.size(); ++i) readShape(builder, image, shapes[i], {shown, "shapes[" + std::to_string(i) + "]"});
    return {};
  }

  static void embed(DatasetBuilder& builder, int image, const JsonValue& data, const ListedFile& file) {
    const auto text = data.text();
    if (!text || text->empty()) return;
    const auto bytes = fromBase64(*text);
    const Size size = bytes ? embeddedSize(*bytes) : Size{};
    if (size.empty()) {
      builder.skipped({file.name, "imageData"}, "the embedded image cannot be decoded");
      return;
    }
    ImportedImage& entry = builder[image];
    if (!entry.size.empty() && entry.size != size) builder.note({file.name, "imageWidth"}, "the declared size differs from the embedded image's");
    entry.size = size;
    entry.embedded = [path = file.path]() -> Expected<std::string> {
      INTARSIA_TRY(const JsonDocument document, JsonDocument::read(path));
      auto bytes = fromBase64(document.root()["imageData"].text().value_or(""));
      if (!bytes || bytes->empty()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} holds no image"), {{"file", displayPath(path)}});
      return std::move(*bytes);
    };
  }

  static void readShape(DatasetBuilder& builder, int image, const JsonValue& shape, const Where& where) {
    const auto label = shape["label"].text();
    if (!label) return builder.skipped({where.path, where.field + ".label"}, "the shape has no class");
    Ring points;
    for (const auto& item : shape["points"].items()) {
      std::vector<double> pair;
      if (!item.numbers(pair) || pair.size() < 2) return builder.skipped({where.path, where.field + ".points"}, "a point is not a pair of numbers");
      points.push_back({pair[0], pair[1]});
    }
    const std::string type(shape["shape_type"].text().value_or("polygon"));
    const Where at{where.path, where.field + ".points"};
    const auto need = [&](size_t count) {
      if (points.size() >= count) return true;
      builder.skipped(at, "a " + type + " has fewer than " + std::to_string(count) + " points");
      return false;
    };
    Polygon polygon;
    std::optional<double> area;
    if (type == "rectangle" && points.size() != 4) {
      if (!need(2)) return;
      polygon = {{rectangleRing(points[0], points[1])}};
    } else if (type == "circle") {
      if (!need(2)) return;
      const double radius = std::hypot(points[1].x - points[0].x, points[1].y - points[0].y);
      polygon = {{ellipseRing(points[0], radius, radius)}};
      area = std::numbers::pi * radius * radius;
    } else if (type == "line" || type == "linestrip") {
      if (!need(2)) return;
      const auto stroke = strokePolygon(points, kLineWidth);
      if (!stroke) return builder.skipped(at, stroke.error().message());
      polygon = *stroke;
      builder.note(where, "a " + type + " is drawn 10 pixels wide, as labelme does");
    } else if (type == "point" || type == "points") {
      if (!need(1)) return;
      bool changed = false;
      std::vector<Ring> discs;
      for (const Point p : points) discs.push_back(ellipseRing(p, kPointRadius, kPointRadius));
      polygon = unionOfParts(std::move(discs), changed);
      builder.note(where, "a point is drawn as a disc of 5 pixels' radius, as labelme does");
    } else if (type == "mask") {
      if (!need(1)) return;
      if (!maskPolygon(builder, shape["mask"], points[0], where, polygon)) return;
    } else if (type == "polygon" || type == "rectangle" || type == "oriented_rectangle" || type == "rotation" || type == "quadrilateral") {
      polygon = {{points}};
    } else {
      return builder.skipped({where.path, where.field + ".shape_type"}, "the shape type \"" + type + "\" is not known");
    }
    const int index = builder.classOf(*label, {where.path, where.field + ".label"});
    if (!builder.addShape(image, index, std::move(polygon), type, at, area, shape["group_id"].integer())) return;
    ImportedShape& added = builder[image].shapes.back();
    added.note = trim(shape["description"].text().value_or(""));
    std::string members;
    addOthers(members, shape, {"label", "points", "group_id", "shape_type", "mask", "description"});
    added.extra = foreignKeys("labelme", members);
  }

  static bool maskPolygon(DatasetBuilder& builder, const JsonValue& mask, Point corner, const Where& where, Polygon& polygon) {
    const Where at{where.path, where.field + ".mask"};
    const auto bytes = fromBase64(mask.text().value_or(""));
    if (!bytes || bytes->empty()) return builder.skipped(at, "the mask is no base64 text"), false;
    const auto raw = decodeMask(std::as_bytes(std::span(*bytes)), where.path);
    if (!raw) return builder.skipped(at, raw.error().message()), false;
    polygon = outlineOf(setPixels(*raw), raw->size, {std::round(corner.x), std::round(corner.y)});
    if (polygon.rings.empty()) return builder.skipped(at, "the mask is empty"), false;
    return true;
  }
};

}  // namespace

std::unique_ptr<Format> makeLabelmeFormat() { return std::make_unique<LabelmeFormat>(); }

}  // namespace intarsia
