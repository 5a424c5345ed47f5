// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/foreign_keys.h"
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/mask_outline.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/text_file.h"
#include "annotate/formats/writers.h"
#include "annotate/formats/xml_file.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

bool looksLikeCvat(const std::string& head) {
  return head.find("<annotations") != std::string::npos && (head.find("<image ") != std::string::npos || head.find("<track ") != std::string::npos || head.find("<meta>") != std::string::npos);
}

/// "x,y;x,y" with a decimal point whatever the locale.
std::optional<Ring> pointsFrom(std::string_view text) {
  Ring ring;
  for (const auto pair : splitFields(text, ';')) {
    if (trim(pair).empty()) continue;
    const auto numbers = splitFields(pair, ',');
    if (numbers.size() != 2) return std::nullopt;
    const auto x = parseDouble(numbers[0]), y = parseDouble(numbers[1]);
    if (!x || !y) return std::nullopt;
    ring.push_back({*x, *y});
  }
  return ring;
}

/// CVAT 1.1: one XML for all images, or for the frames of a video.
class CvatFormat : public Format {
 public:
  std::string_view id() const override { return "cvat"; }
  std::string_view name() const override { return "CVAT for images 1.1"; }
  std::string_view about() const override { return "of videos the tracks, frame by frame"; }

  int probe(const SourceLook& look) const override {
    for (const auto& file : look.endingIn(".xml", 4))
      if (looksLikeCvat(look.head(file))) return look.isFile() ? 95 : 82;
    return 0;
  }

  bool canWrite() const override { return true; }
  Expected<> write(const ExportedDataset& dataset, const std::filesystem::path& folder, const WriteOptions&, const Job& job) const override {
    return writeCvat(dataset, folder, job);
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    const bool alone = builder.files().size() == 1;
    for (const auto& file : builder.files()) {
      if (!alone && extensionOf(file.name) != ".xml") continue;
      auto xml = readXmlFile(file.path);
      if (xml && std::string_view(xml->root()->Name()) != "annotations")
        xml = fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is no annotation file of CVAT"), {{"file", file.name}});
      if (!xml) {
        if (alone) return std::unexpected(xml.error());
        builder.skipped({file.name, {}}, xml.error().message());
        continue;
      }
      if (xml->ampersandsRepaired) builder.repaired({file.name, {}}, "a bare & was read as &amp;");
      INTARSIA_CHECK(readFile(builder, file, xml->root()));
    }
    return builder.finish();
  }

 private:
  static void readLabels(DatasetBuilder& builder, const XmlElement* element, const Where& where) {
    for (auto e = element->FirstChildElement(); e; e = e->NextSiblingElement()) {
      if (std::string_view(e->Name()) == "image") continue;
      if (std::string_view(e->Name()) == "label" && e->FirstChildElement("name")) {
        const int index = builder.classOf(xmlText(e, "name"), where);
        if (index >= 0) builder.classes()[size_t(index)].color = Color::fromHex(xmlText(e, "color"));
      } else if (e->FirstChildElement()) {
        readLabels(builder, e, where);
      }
    }
  }

  static Expected<> readFile(DatasetBuilder& builder, const ListedFile& file, const XmlElement* root) {
    if (const auto meta = root->FirstChildElement("meta")) readLabels(builder, meta, {file.name, "meta.labels"});
    INTARSIA_CHECK(readTracks(builder, file, root));
    int number = 0;
    for (const auto image : XmlChildren(root, "image")) {
      INTARSIA_CHECK(builder.job().check());
      readImage(builder, file, image, "image[" + std::to_string(number++) + "]");
    }
    return {};
  }

  static void readImage(DatasetBuilder& builder, const ListedFile& file, const XmlElement* element, const std::string& at) {
    const auto w = xmlAttributeNumber(element, "width"), h = xmlAttributeNumber(element, "height");
    const Size size = w && h && *w >= 1 && *h >= 1 && *w < 1e6 && *h < 1e6 ? Size{int(*w), int(*h)} : Size{};
    const std::string subset(xmlAttribute(element, "subset")), folder(folderOf(file.name));
    const int image = builder.image({std::string(xmlAttribute(element, "name"))}, size, {file.name, at + ".name"}, {subset, folder});
    builder[image].split = splitOfFolders(subset + "/");
    std::vector<Item> items;
    int number = 0;
    for (auto e = element->FirstChildElement(); e; e = e->NextSiblingElement()) {
      items.push_back({e, xmlAttribute(e, "label"), parseInt(xmlAttribute(e, "group_id")), at + "." + e->Name() + "[" + std::to_string(number++) + "]"});
    }
    readItems(builder, image, items, file.name);
  }

  struct Item {
    const XmlElement* element;
    std::string_view label;
    std::optional<int64_t> group;
    std::string field;
  };

  static void readItems(DatasetBuilder& builder, int image, std::vector<Item>& items, const std::string& path) {
    const auto order = [](const Item& item) { return xmlAttributeNumber(item.element, "z_order").value_or(0); };
    std::stable_sort(items.begin(), items.end(), [&](const Item& a, const Item& b) { return order(a) < order(b); });
    for (const Item& item : items) readShape(builder, image, item, {path, item.field});
  }

  /// CVAT for video: every track names its shape on each frame on which it is there; frames are pictures "frame_000000".
  static Expected<> readTracks(DatasetBuilder& builder, const ListedFile& file, const XmlElement* root) {
    std::map<int64_t, std::vector<Item>> frames;
    int number = 0;
    for (const auto track : XmlChildren(root, "track")) {
      INTARSIA_CHECK(builder.job().check());
      const std::string at = "track[" + std::to_string(number++) + "]";
      const auto group = parseInt(xmlAttribute(track, "group_id"));
      for (auto e = track->FirstChildElement(); e; e = e->NextSiblingElement()) {
        if (xmlAttribute(e, "outside") == "1") continue;  // the object is not in this frame
        const auto frame = parseInt(xmlAttribute(e, "frame"));
        const std::string field = at + "." + e->Name() + "[frame " + std::string(xmlAttribute(e, "frame")) + "]";
        if (!frame || *frame < 0) builder.skipped({file.name, field}, "the frame is not a number");
        else frames[*frame].push_back({e, xmlAttribute(track, "label"), group, field});
      }
    }
    if (frames.empty()) return {};
    const XmlElement* meta = root->FirstChildElement("meta");
    const XmlElement* task = meta ? meta->FirstChildElement("task") : nullptr;
    if (!task && meta) task = meta->FirstChildElement("job");
    const XmlElement* original = meta ? meta->FirstChildElement("original_size") : nullptr;
    if (!original && task) original = task->FirstChildElement("original_size");
    const auto w = xmlNumber(original, "width"), h = xmlNumber(original, "height");
    const Size size = w && h && *w >= 1 && *h >= 1 && *w < 1e6 && *h < 1e6 ? Size{int(*w), int(*h)} : Size{};
    const std::string video(meta && meta->FirstChildElement("source") ? xmlText(meta, "source") : xmlText(task, "source"));
    builder.note({file.name, "track"}, "tracks are read frame by frame; the pictures are taken to be named frame_000000 and so on");
    for (auto& [frame, items] : frames) {
      INTARSIA_CHECK(builder.job().check());
      std::string digits = std::to_string(frame);
      if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
      const int image = builder.image({"frame_" + digits + ".png"}, size, {file.name, items[0].field}, {std::string(folderOf(file.name))});
      builder[image].group = video;
      readItems(builder, image, items, file.name);
    }
    return {};
  }

  static void readShape(DatasetBuilder& builder, int image, const Item& item, const Where& where) {
    const XmlElement* e = item.element;
    const std::string_view kind = e->Name();
    const auto number = [&](const char* name) { return xmlAttributeNumber(e, name); };
    Polygon polygon;
    std::optional<double> area;
    std::string shape(kind);
    if (kind == "tag") return builder.note(where, "labels of the whole image are not imported");
    if (kind == "polyline" || kind == "points" || kind == "skeleton" || kind == "cuboid") return builder.skipped(where, "a " + shape + " covers no area");
    if (kind == "polygon") {
      auto ring = pointsFrom(xmlAttribute(e, "points"));
      if (!ring) return builder.skipped({where.path, where.field + ".points"}, "a coordinate is not a number");
      polygon = {{std::move(*ring)}};
    } else if (kind == "box") {
      const auto l = number("xtl"), t = number("ytl"), r = number("xbr"), b = number("ybr");
      if (!l || !t || !r || !b) return builder.skipped(where, "a coordinate is not a number");
      Ring ring = rectangleRing({*l, *t}, {*r, *b});
      if (const auto angle = number("rotation"); angle && *angle != 0) ring = turned(std::move(ring), {(*l + *r) / 2, (*t + *b) / 2}, *angle);
      polygon = {{std::move(ring)}};
      shape = "rectangle";
    } else if (kind == "ellipse") {
      const auto x = number("cx"), y = number("cy"), rx = number("rx"), ry = number("ry");
      if (!x || !y || !rx || !ry) return builder.skipped(where, "a coordinate is not a number");
      polygon = {{ellipseRing({*x, *y}, *rx, *ry, number("rotation").value_or(0))}};
      area = std::numbers::pi * std::abs(*rx * *ry);
    } else if (kind == "mask") {
      if (!maskPolygon(builder, e, where, polygon, area)) return;
    } else {
      return builder.skipped(where, "shapes of the kind \"" + shape + "\" are not known");
    }
    const int index = builder.classOf(item.label, {where.path, where.field + ".label"});
    if (builder.addShape(image, index, std::move(polygon), shape, where, area, item.group)) builder[image].shapes.back().extra = keysOf(e);
  }

  /// What CVAT says of a shape that is not its place: kept for CVAT.
  static std::string keysOf(const XmlElement* e) {
    std::string members, attributes;
    if (xmlAttribute(e, "occluded") == "1") addMember(members, "occluded", "\"1\"");
    if (const auto source = xmlAttribute(e, "source"); !source.empty() && source != "manual") addMember(members, "source", jsonQuoted(source));
    for (const auto attribute : XmlChildren(e, "attribute")) addMember(attributes, xmlAttribute(attribute, "name"), jsonQuoted(xmlText(attribute)));
    if (!attributes.empty()) addMember(members, "attributes", "{" + attributes + "}");
    return foreignKeys("cvat", members);
  }

  /// Runs along the rows of the mask's box, zeros first.
  static bool maskPolygon(DatasetBuilder& builder, const XmlElement* e, const Where& where, Polygon& polygon, std::optional<double>& area) {
    const auto l = xmlAttributeNumber(e, "left"), t = xmlAttributeNumber(e, "top"), w = xmlAttributeNumber(e, "width"), h = xmlAttributeNumber(e, "height");
    if (!l || !t || !w || !h || *w < 1 || *h < 1 || *w * *h > double(kDefaultPixelBudget)) return builder.skipped(where, "the mask's box is no box in an image"), false;
    const Size size{int(*w), int(*h)};
    std::vector<uint8_t> mask(size_t(size.width) * size_t(size.height));
    size_t at = 0;
    int64_t pixels = 0;
    bool set = false;
    for (const auto word : splitFields(xmlAttribute(e, "rle"), ',')) {
      const auto run = parseInt(word);
      if (!run || *run < 0 || size_t(*run) > mask.size() - at) return builder.skipped({where.path, where.field + ".rle"}, "the runs do not fit the mask's box"), false;
      if (set) {
        std::fill_n(mask.begin() + ptrdiff_t(at), *run, uint8_t(1));
        pixels += *run;
      }
      at += size_t(*run);
      set = !set;
    }
    if (at != mask.size()) builder.repaired({where.path, where.field + ".rle"}, "the runs end before the mask's box; the rest is empty");
    if (!pixels) return builder.skipped(where, "the mask is empty"), false;
    polygon = outlineOf(mask, size, {*l, *t});
    area = double(pixels);
    return true;
  }
};

}  // namespace

std::unique_ptr<Format> makeCvatFormat() { return std::make_unique<CvatFormat>(); }

}  // namespace intarsia
