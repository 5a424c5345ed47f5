// SPDX-License-Identifier: GPL-3.0-or-later
// Writers of the formats that hold one ring a shape: labelme, VOC XML, CVAT, YOLO, Cityscapes.
#include <cmath>
#include <map>

#include "annotate/formats/cityscapes_labels.h"
#include "annotate/formats/export_folder.h"
#include "annotate/formats/json_value.h"
#include "annotate/formats/writers.h"
#include "annotate/formats/xml_file.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

/// Calls `one` for each ring that stands for a part of a shape, with the class and the number of shapes of the same object.
template <class F>
Expected<> forEachRing(const ImportedImage& image, const Job& job, const F& one) {
  INTARSIA_TRY(const auto shapes, allShapes(image, job));
  for (const auto& shape : shapes) {
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

Expected<> needSize(const ImportedImage& image) {
  if (!image.size.empty()) return {};
  return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} cannot be written: its size is not known"), {{"file", image.name}});
}

}  // namespace

Expected<> writeLabelme(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  std::string labels = "__ignore__\n";
  for (const auto& c : out.classes())
    if (c.name != "__ignore__") labels += c.name + "\n";
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
    const ImportedImage& image = dataset.images[size_t(i)];
    INTARSIA_TRY(const std::string name, out.putImage(i, "", out.stem(i)));
    std::string shapes;
    int64_t group = 1'000'000;
    const ImportedShape* last = nullptr;
    INTARSIA_CHECK(forEachRing(image, job, [&](const ImportedShape& shape, const Ring& ring, bool several) {
      if (last != &shape) ++group;
      last = &shape;
      const auto id = shape.group ? shape.group : several ? std::optional(group) : std::nullopt;
      shapes += (shapes.empty() ? "\n    " : ",\n    ") + std::string("{\"label\": ") + jsonQuoted(out.classes()[shape.classIndex].name) + ", \"points\": " + pairs(ring) +
                ", \"group_id\": " + (id ? std::to_string(*id) : "null") + ", \"description\": \"\", \"shape_type\": \"polygon\", \"flags\": {}, \"mask\": null}";
    }));
    INTARSIA_CHECK(out.putText(out.stem(i) + ".json", "{\n  \"version\": \"5.5.0\",\n  \"flags\": {},\n  \"shapes\": [" + shapes + "],\n  \"imagePath\": " + jsonQuoted(name) +
                                                          ",\n  \"imageData\": null,\n  \"imageHeight\": " + std::to_string(image.size.height) + ",\n  \"imageWidth\": " +
                                                          std::to_string(image.size.width) + "\n}\n"));
  }
  return out.putText("labels.txt", labels);
}

Expected<> writeVocXml(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
    const ImportedImage& image = dataset.images[size_t(i)];
    INTARSIA_TRY(const std::string name, out.putImage(i, "JPEGImages", out.stem(i)));
    std::string text = "<annotation>\n  <folder>JPEGImages</folder>\n  <filename>" + xmlEscaped(name) + "</filename>\n  <size><width>" + std::to_string(image.size.width) +
                       "</width><height>" + std::to_string(image.size.height) + "</height><depth>3</depth></size>\n  <segmented>1</segmented>\n";
    INTARSIA_CHECK(forEachRing(image, job, [&](const ImportedShape& shape, const Ring& ring, bool) {
      const Bounds box = bounds({{ring}});
      text += "  <object><name>" + xmlEscaped(out.classes()[shape.classIndex].name) + "</name><pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>\n    <bndbox><xmin>" +
              formatDouble(box.left) + "</xmin><ymin>" + formatDouble(box.top) + "</ymin><xmax>" + formatDouble(box.right) + "</xmax><ymax>" + formatDouble(box.bottom) + "</ymax></bndbox>\n    <polygon>";
      for (size_t k = 0; k < ring.size(); ++k) {
        const std::string n = std::to_string(k + 1);
        text += "<x" + n + ">" + formatDouble(ring[k].x) + "</x" + n + "><y" + n + ">" + formatDouble(ring[k].y) + "</y" + n + ">";
      }
      text += "</polygon></object>\n";
    }));
    INTARSIA_CHECK(out.putText("Annotations/" + out.stem(i) + ".xml", text + "</annotation>\n"));
  }
  return {};
}

Expected<> writeCvat(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  std::string text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations>\n  <version>1.1</version>\n  <meta><task><labels>\n";
  for (const auto& c : out.classes()) text += "    <label><name>" + xmlEscaped(c.name) + "</name><color>" + c.color.hex() + "</color><type>any</type><attributes></attributes></label>\n";
  text += "  </labels></task></meta>\n";
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
    const ImportedImage& image = dataset.images[size_t(i)];
    INTARSIA_TRY(const std::string name, out.putImage(i, "images", out.stem(i)));
    text += "  <image id=\"" + std::to_string(i) + "\" name=\"" + xmlEscaped(name) + "\"";
    if (image.split != Split::none) text += " subset=\"" + std::string(splitName(image.split)) + "\"";
    text += " width=\"" + std::to_string(image.size.width) + "\" height=\"" + std::to_string(image.size.height) + "\">\n";
    int order = 0;
    INTARSIA_CHECK(forEachRing(image, job, [&](const ImportedShape& shape, const Ring& ring, bool) {
      text += "    <polygon label=\"" + xmlEscaped(out.classes()[shape.classIndex].name) + "\" source=\"manual\" occluded=\"0\" points=\"";
      for (size_t k = 0; k < ring.size(); ++k) text += (k ? ";" : "") + formatDouble(ring[k].x) + "," + formatDouble(ring[k].y);
      text += "\" z_order=\"" + std::to_string(order++) + "\"" + (shape.group ? " group_id=\"" + std::to_string(*shape.group) + "\"" : "") + "></polygon>\n";
    }));
    text += "  </image>\n";
  }
  return out.putText("annotations.xml", text + "</annotations>\n");
}

Expected<> writeYolo(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  for (const auto& image : dataset.images) INTARSIA_CHECK(needSize(image));
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  std::map<std::string, bool> used;
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
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
  std::string yaml = "path: .\n";
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

Expected<> writeCityscapes(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
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
  }
  return {};
}

}  // namespace intarsia
