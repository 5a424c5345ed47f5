// SPDX-License-Identifier: GPL-3.0-or-later
// Writers of the formats that hold one ring a shape: labelme, VOC XML, CVAT, YOLO, Cityscapes. labelme and CVAT have masks too.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "annotate/formats/base64.h"
#include "annotate/formats/cityscapes_labels.h"
#include "annotate/formats/export_folder.h"
#include "annotate/formats/foreign_keys.h"
#include "annotate/formats/json_value.h"
#include "annotate/formats/summary.h"
#include "annotate/formats/writers.h"
#include "annotate/formats/xml_file.h"
#include "core/base/text.h"
#include "core/media/encode.h"

namespace intarsia {
namespace {

/// Calls `one` for each ring that stands for a part of a shape, and says whether there are several of them. Masks of whole pixels go
/// to `pixels`, where it is given; shapes that `form` has written are left out.
using RingWriter = std::function<void(const ImportedShape& shape, const Ring& ring, bool several)>;
using PixelWriter = std::function<Expected<>(const ImportedShape& shape, const PixelPatch& patch)>;
using FormWriter = std::function<bool(const ImportedShape& shape)>;
Expected<> forEachRing(const ImportedImage& image, const Job& job, const RingWriter& one, const PixelWriter& pixels = {}, const FormWriter& form = {}) {
  INTARSIA_TRY(const auto shapes, allShapes(image, job));
  for (const auto& shape : shapes) {
    if (form && form(shape)) continue;
    if (pixels && isPixels(shape)) {
      if (const auto patch = pixelsOf(shape, image.size); !patch.set.empty()) INTARSIA_CHECK(pixels(shape, patch));
      continue;
    }
    const auto parts = partsOf(shape.polygon);
    for (const auto& part : parts)
      if (Ring ring = keyholed(part); ring.size() >= 3) one(shape, ring, parts.size() > 1);
  }
  return {};
}

std::string pairs(const Ring& ring) {
  std::string text = "[";
  for (const Point p : ring) text += (text.size() > 1 ? ", [" : "[") + formatDouble(p.x) + ", " + formatDouble(p.y) + "]";
  return text + "]";
}

/// A format's own keys of a shape or an image; "flags" apart, which labelme always has.
struct LabelmeKeys {
  std::string flags = "{}", others;
  explicit LabelmeKeys(const std::string& extra) {
    const ForeignKeys keys(extra, "labelme");
    if (keys["flags"].isObject()) flags = keys["flags"].json();
    addOthers(others, keys.object(), {"flags", "label", "points", "group_id", "description", "shape_type", "mask", "version", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"}, true);
    if (!others.empty()) others.insert(0, ", ");
  }
};

/// Without a point: many readers of boxes take whole numbers only, and the polygon beside the box is exact.
std::string whole(double value) { return std::to_string(int64_t(value)); }

}  // namespace

Expected<> writeLabelme(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  std::string labels = "__ignore__\n";
  for (const auto& c : out.classes())
    if (c.name != "__ignore__") labels += c.name + "\n";
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
    job.report(i, int64_t(dataset.images.size()), INTARSIA_TEXT("Writing"));
    const ImportedImage& image = dataset.images[size_t(i)];
    INTARSIA_TRY(const std::string name, out.putImage(i, "", out.stem(i)));
    std::string shapes;
    int64_t group = 1'000'000;
    const ImportedShape* last = nullptr;
    const auto add = [&](const ImportedShape& shape, const std::string& points, std::optional<int64_t> id, const std::string& type, const std::string& mask) {
      const LabelmeKeys keys(shape.extra);
      shapes += (shapes.empty() ? "\n    " : ",\n    ") + std::string("{\"label\": ") + jsonQuoted(out.classes()[shape.classIndex].name) + ", \"points\": " + points +
                ", \"group_id\": " + (id ? std::to_string(*id) : "null") + ", \"description\": " + jsonQuoted(shape.note) + ", \"shape_type\": \"" + type + "\", \"flags\": " + keys.flags + ", \"mask\": " + mask + keys.others + "}";
    };
    INTARSIA_CHECK(forEachRing(image, job, [&](const ImportedShape& shape, const Ring& ring, bool several) {
      if (last != &shape) ++group;
      last = &shape;
      add(shape, pairs(ring), shape.group ? shape.group : several ? std::optional(group) : std::nullopt, "polygon", "null");
    }, [&](const ImportedShape& shape, const PixelPatch& patch) -> Expected<> {
      const Rect box = patch.box;  // its corners are pixels, the last ones included
      INTARSIA_TRY(const std::string png, encodePng({box.width, box.height, 1, 8, patch.set}));
      add(shape, pairs({{double(box.x), double(box.y)}, {box.right() - 1.0, box.bottom() - 1.0}}), shape.group, "mask", "\"" + toBase64(png) + "\"");
      return {};
    }, [&](const ImportedShape& shape) {
      if (const auto corners = rectangleOf(shape)) {
        add(shape, pairs({corners->first, corners->second}), shape.group, "rectangle", "null");
        return true;
      }
      const auto circle = ellipseOf(shape);
      if (!circle || std::abs(circle->radiusX - circle->radiusY) > 1e-9 * circle->radiusX) return false;
      add(shape, pairs({circle->centre, {circle->centre.x + circle->radiusX, circle->centre.y}}), shape.group, "circle", "null");
      return true;
    }));
    const LabelmeKeys keys(image.extra);
    INTARSIA_CHECK(out.putText(out.stem(i) + ".json", "{\n  \"version\": \"5.5.0\",\n  \"flags\": " + keys.flags + ",\n  \"shapes\": [" + shapes + "],\n  \"imagePath\": " + jsonQuoted(name) +
                                                          ",\n  \"imageData\": null,\n  \"imageHeight\": " + std::to_string(image.size.height) + ",\n  \"imageWidth\": " +
                                                          std::to_string(image.size.width) + keys.others + "\n}\n"));
  }
  return out.putText("labels.txt", labels);
}

Expected<> writeVocXml(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
    job.report(i, int64_t(dataset.images.size()), INTARSIA_TEXT("Writing"));
    const ImportedImage& image = dataset.images[size_t(i)];
    INTARSIA_TRY(const std::string name, out.putImage(i, "JPEGImages", out.stem(i)));
    std::string text = "<annotation>\n  <folder>JPEGImages</folder>\n  <filename>" + xmlEscaped(name) + "</filename>\n  <size><width>" + std::to_string(image.size.width) +
                       "</width><height>" + std::to_string(image.size.height) + "</height><depth>3</depth></size>\n  <segmented>1</segmented>\n";
    const auto begin = [&](const ImportedShape& shape, const Bounds& box) {
      const ForeignKeys keys(shape.extra, "voc-xml");
      const auto said = [&](const char* key, const char* otherwise) { return std::string("<") + key + ">" + xmlEscaped(keys[key].text().value_or(otherwise)) + "</" + key + ">"; };
      text += "  <object><name>" + xmlEscaped(out.classes()[shape.classIndex].name) + "</name>" + said("pose", "Unspecified") + said("truncated", "0") + (keys["occluded"] ? said("occluded", "0") : "") +
              said("difficult", "0") + "\n    <bndbox><xmin>" +
              whole(std::floor(box.left)) + "</xmin><ymin>" + whole(std::floor(box.top)) + "</ymin><xmax>" + whole(std::ceil(box.right)) + "</xmax><ymax>" + whole(std::ceil(box.bottom)) + "</ymax></bndbox>";
    };
    INTARSIA_CHECK(forEachRing(image, job, [&](const ImportedShape& shape, const Ring& ring, bool) {
      const Bounds box = bounds({{ring}});
      begin(shape, box);
      text += "\n    <polygon>";
      for (size_t k = 0; k < ring.size(); ++k) {
        const std::string n = std::to_string(k + 1);
        text += "<x" + n + ">" + formatDouble(ring[k].x) + "</x" + n + "><y" + n + ">" + formatDouble(ring[k].y) + "</y" + n + ">";
      }
      text += "</polygon></object>\n";
    }, {}, [&](const ImportedShape& shape) {  // a box of whole pixels needs no polygon to be exact
      const auto corners = rectangleOf(shape);
      if (!corners) return false;
      const Bounds box{corners->first.x, corners->first.y, corners->second.x, corners->second.y};
      for (const double v : {box.left, box.top, box.right, box.bottom})
        if (v != std::floor(v)) return false;
      begin(shape, box);
      text += "</object>\n";
      return true;
    }));
    INTARSIA_CHECK(out.putText("Annotations/" + out.stem(i) + ".xml", text + "</annotation>\n"));
  }
  return {};
}

namespace {
/// Runs of 0 and 1 in turn, zeros first.
std::string rowRuns(const std::vector<uint8_t>& set) {
  std::string text;
  uint8_t value = 0;
  for (size_t i = 0; i < set.size();) {
    size_t end = i;
    while (end < set.size() && set[end] == value) ++end;
    text += (text.empty() ? "" : ", ") + std::to_string(end - i);
    value = uint8_t(1 - value);
    i = end;
  }
  return text;
}
}  // namespace

Expected<> writeCvat(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  // CVAT knows subsets of projects only, one of each task.
  const std::string holder = out.hasSplits() ? "project" : "task";
  std::string text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations>\n  <version>1.1</version>\n  <meta><" + holder + "><labels>\n";
  for (const auto& c : out.classes()) text += "    <label><name>" + xmlEscaped(c.name) + "</name><color>" + c.color.hex() + "</color><type>any</type><attributes></attributes></label>\n";
  text += "  </labels>";
  if (out.hasSplits()) {
    std::set<std::string> subsets;
    for (const auto& image : dataset.images) subsets.insert(ExportFolder::splitFolder(image, "default"));
    text += "<tasks>";
    for (const auto& subset : subsets) text += "<task><name>" + subset + "</name><subset>" + subset + "</subset></task>";
    text += "</tasks>";
  }
  text += "</" + holder + "></meta>\n";
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
    job.report(i, int64_t(dataset.images.size()), INTARSIA_TEXT("Writing"));
    const ImportedImage& image = dataset.images[size_t(i)];
    INTARSIA_TRY(const std::string name, out.putImage(i, "images", out.stem(i)));
    text += "  <image id=\"" + std::to_string(i) + "\" name=\"" + xmlEscaped(name) + "\"";
    if (out.hasSplits()) text += " subset=\"" + ExportFolder::splitFolder(image, "default") + "\"";
    text += " width=\"" + std::to_string(image.size.width) + "\" height=\"" + std::to_string(image.size.height) + "\">\n";
    int order = 0;
    const auto add = [&](const ImportedShape& shape, const std::string& kind, const std::string& attributes) {
      const ForeignKeys keys(shape.extra, "cvat");
      std::string inner;
      for (const auto& [name, value] : keys["attributes"].members())
        inner += "<attribute name=\"" + xmlEscaped(name) + "\">" + xmlEscaped(value.text().value_or("")) + "</attribute>";
      text += "    <" + kind + " label=\"" + xmlEscaped(out.classes()[shape.classIndex].name) + "\" source=\"" + xmlEscaped(keys["source"].text().value_or("manual")) + "\" occluded=\"" +
              (keys["occluded"].text() == "1" ? "1" : "0") + "\" " + attributes + " z_order=\"" +
              std::to_string(order++) + "\"" + (shape.group ? " group_id=\"" + std::to_string(*shape.group) + "\"" : "") + ">" + inner + "</" + kind + ">\n";
    };
    INTARSIA_CHECK(forEachRing(image, job, [&](const ImportedShape& shape, const Ring& ring, bool) {
      std::string points;
      for (size_t k = 0; k < ring.size(); ++k) points += (k ? ";" : "") + formatDouble(ring[k].x) + "," + formatDouble(ring[k].y);
      add(shape, "polygon", "points=\"" + points + "\"");
    }, [&](const ImportedShape& shape, const PixelPatch& patch) -> Expected<> {
      add(shape, "mask", "rle=\"" + rowRuns(patch.set) + "\" left=\"" + std::to_string(patch.box.x) + "\" top=\"" + std::to_string(patch.box.y) + "\" width=\"" +
                             std::to_string(patch.box.width) + "\" height=\"" + std::to_string(patch.box.height) + "\"");
      return {};
    }, [&](const ImportedShape& shape) {
      if (const auto corners = rectangleOf(shape)) {
        add(shape, "box", "xtl=\"" + formatDouble(corners->first.x) + "\" ytl=\"" + formatDouble(corners->first.y) + "\" xbr=\"" + formatDouble(corners->second.x) + "\" ybr=\"" + formatDouble(corners->second.y) + "\"");
        return true;
      }
      const auto ellipse = ellipseOf(shape);
      if (ellipse) add(shape, "ellipse", "cx=\"" + formatDouble(ellipse->centre.x) + "\" cy=\"" + formatDouble(ellipse->centre.y) + "\" rx=\"" + formatDouble(ellipse->radiusX) + "\" ry=\"" + formatDouble(ellipse->radiusY) + "\"");
      return ellipse.has_value();
    }));
    text += "  </image>\n";
  }
  return out.putText("annotations.xml", text + "</annotations>\n");
}

Expected<> writeYolo(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_CHECK(needSizes(dataset));
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  std::map<std::string, bool> used;
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
    job.report(i, int64_t(dataset.images.size()), INTARSIA_TEXT("Writing"));
    const ImportedImage& image = dataset.images[size_t(i)];
    const std::string split = ExportFolder::splitFolder(image, "train");
    used[split] = true;
    INTARSIA_TRY(const std::string name, out.putImage(i, "images/" + split, out.stem(i)));
    std::string rows;
    INTARSIA_CHECK(forEachRing(image, job, [&](const ImportedShape& shape, const Ring& ring, bool) {
      rows += std::to_string(shape.classIndex);
      for (const Point p : ring) rows += " " + formatDouble(p.x / image.size.width) + " " + formatDouble(p.y / image.size.height);
      rows += "\n";
    }));
    INTARSIA_CHECK(out.putText("labels/" + split + "/" + out.stem(i) + ".txt", rows));
  }
  std::string yaml;  // no "path": the splits are relative to this file
  for (const char* split : {"train", "val", "test"})
    if (used[split] || std::string_view(split) != "test") yaml += std::string(split) + ": images/" + (used[split] ? split : "train") + "\n";
  yaml += "nc: " + std::to_string(out.classes().size()) + "\nnames:\n";
  for (int c = 0; c < out.classes().size(); ++c) {
    std::string name = out.classes()[c].name;
    for (size_t at = 0; (at = name.find('\'', at)) != std::string::npos; at += 2) name.insert(at, 1, '\'');
    yaml += "  " + std::to_string(c) + ": '" + name + "'\n";
  }
  return out.putText("data.yaml", yaml);
}

namespace {

/// The ids of the classes: Cityscapes' own by name, others from 34 on. The table names them where there are others.
Expected<std::vector<int>> cityscapesIds(const ExportFolder& out, std::string& table) {
  std::vector<int> ids;
  int next = int(cityscapesLabels().size());
  for (const auto& label : cityscapesLabels()) table += std::to_string(label.color.r) + " " + std::to_string(label.color.g) + " " + std::to_string(label.color.b) + " " + label.name + "\n";
  for (const auto& c : out.classes()) {
    const int known = cityscapesIndex(c.name);
    ids.push_back(known >= 0 ? known : next++);
    if (known < 0) table += std::to_string(c.color.r) + " " + std::to_string(c.color.g) + " " + std::to_string(c.color.b) + " " + c.name + "\n";
  }
  if (next > 255) return fail(ErrorCode::unsupported, INTARSIA_TEXT("{format} has room for 255 classes, not {count}"), {{"format", "Cityscapes"}, {"count", std::to_string(next)}});
  if (next == int(cityscapesLabels().size())) table.clear();
  return ids;
}

/// Polygons in painter's order leave what is not covered unlabelled, which is id 0.
Expected<> writeLabelIds(const ExportFolder& out, const std::string& name, const LabelMap& map, const std::vector<int>& ids) {
  Image grey{map.width(), map.height(), 1, 8, std::vector<uint8_t>(map.pixels().size())};
  std::transform(map.pixels().begin(), map.pixels().end(), grey.bytes.begin(), [&](uint16_t v) { return uint8_t(v < ids.size() ? ids[v] : 0); });
  INTARSIA_TRY(const std::string png, encodePng(grey));
  return out.putText(name, png);
}

}  // namespace

Expected<> writeCityscapes(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_CHECK(needSizes(dataset));
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  std::string table;
  INTARSIA_TRY(const auto ids, cityscapesIds(out, table));
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
    job.report(i, int64_t(dataset.images.size()), INTARSIA_TEXT("Writing"));
    const ImportedImage& image = dataset.images[size_t(i)];
    const std::string where = ExportFolder::splitFolder(image, "train") + "/" + (image.group.empty() ? "intarsia" : ExportFolder::safeName(image.group)) + "/";
    INTARSIA_TRY(const std::string name, out.putImage(i, "leftImg8bit/" + where.substr(0, where.size() - 1), out.stem(i) + (out.stem(i).ends_with("_leftImg8bit") ? "" : "_leftImg8bit")));
    std::string objects;
    INTARSIA_CHECK(forEachRing(image, job, [&](const ImportedShape& shape, const Ring& ring, bool) {
      objects += (objects.empty() ? "\n    " : ",\n    ") + std::string("{\"label\": ") + jsonQuoted(out.classes()[shape.classIndex].name) + ", \"polygon\": " + pairs(ring) + "}";
    }));
    std::string stem = out.stem(i);
    if (stem.ends_with("_leftImg8bit")) stem.resize(stem.size() - 12);
    INTARSIA_CHECK(out.putText("gtFine/" + where + stem + "_gtFine_polygons.json", "{\n  \"imgHeight\": " + std::to_string(image.size.height) + ",\n  \"imgWidth\": " +
                                                                                      std::to_string(image.size.width) + ",\n  \"objects\": [" + objects + "]\n}\n"));
    INTARSIA_TRY(const LabelMap map, labelMap(dataset, image));
    INTARSIA_CHECK(writeLabelIds(out, "gtFine/" + where + stem + "_gtFine_labelIds.png", map, ids));
  }
  if (!table.empty()) INTARSIA_CHECK(out.putText("label_colors.txt", table));
  return {};
}

}  // namespace intarsia
