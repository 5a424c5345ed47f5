// SPDX-License-Identifier: GPL-3.0-or-later
#include <map>

#include "annotate/formats/export_folder.h"
#include "annotate/formats/json_value.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/formats/writers.h"
#include "annotate/raster/rle.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

struct CocoText {
  std::string images, annotations;
  int64_t nextId = 1;
};

std::string flat(const Ring& ring) {
  std::string text = "[";
  for (const Point p : ring) text += (text.size() > 1 ? "," : "") + formatDouble(p.x) + "," + formatDouble(p.y);
  return text + "]";
}

void add(CocoText& out, int64_t image, int category, const std::string& segmentation, double area, const Bounds& box, bool crowd) {
  out.annotations += (out.annotations.empty() ? "\n" : ",\n") + std::string("{\"id\":") + std::to_string(out.nextId++) + ",\"image_id\":" + std::to_string(image) +
                     ",\"category_id\":" + std::to_string(category) + ",\"segmentation\":" + segmentation + ",\"area\":" + formatDouble(area) + ",\"bbox\":[" +
                     formatDouble(box.left) + "," + formatDouble(box.top) + "," + formatDouble(box.right - box.left) + "," + formatDouble(box.bottom - box.top) +
                     "],\"iscrowd\":" + (crowd ? "1}" : "0}");
}

std::string rleText(const Rle& rle) {
  return "{\"size\":[" + std::to_string(rle.size.height) + "," + std::to_string(rle.size.width) + "],\"counts\":" + jsonQuoted(rleToText(rle.counts)) + "}";
}

bool hasHoles(const Polygon& polygon) {
  for (const auto& part : partsOf(polygon))
    if (part.rings.size() > 1) return true;
  return false;
}

Bounds boundsOf(const Rle& rle) {
  const Rect box = rleBounds(rle);
  return {double(box.x), double(box.y), double(box.right()), double(box.bottom())};
}

/// Pixel masks and areas with holes become runs, others keep their vertices.
void addShape(CocoText& out, int64_t image, const ImportedShape& shape, Size size) {
  const bool pixels = shape.kind == "rle" || shape.kind == "mask" || shape.kind == "brush" || shape.kind == "bitmap";
  if (!size.empty() && (pixels || (!shape.unite && hasHoles(shape.polygon)))) {
    const Rle rle = rleOfPolygon(shape.polygon, size, RasterRule::centre);
    if (const int64_t area = rleArea(rle)) add(out, image, shape.classIndex + 1, rleText(rle), double(area), boundsOf(rle), false);
    return;
  }
  std::string parts;
  for (const auto& ring : shape.polygon.rings) parts += (parts.empty() ? "" : ",") + flat(ring);
  add(out, image, shape.classIndex + 1, "[" + parts + "]", shape.area ? *shape.area : area(unitedPolygon(shape)), bounds(shape.polygon), false);
}

Expected<> addMask(CocoText& out, int64_t image, const LabelMap& map, int classes) {
  std::vector<uint8_t> set(map.pixels().size());
  for (int c = 0; c < classes; ++c) {
    bool any = false;
    for (size_t i = 0; i < set.size(); ++i) any |= (set[i] = map.pixels()[i] == c) != 0;
    if (!any) continue;
    const Rle rle = encodeRle(set, map.size());
    add(out, image, c + 1, rleText(rle), double(rleArea(rle)), boundsOf(rle), false);
  }
  return {};
}

}  // namespace

Expected<> writeCoco(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  std::map<std::string, CocoText> files;
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
    job.report(i, int64_t(dataset.images.size()), INTARSIA_TEXT("Writing"));
    const ImportedImage& image = dataset.images[size_t(i)];
    const std::string split = out.hasSplits() ? ExportFolder::splitFolder(image, "default") : "default";
    INTARSIA_TRY(const std::string name, out.putImage(i, "images/" + split, out.stem(i)));
    CocoText& text = files[split];
    text.images += (text.images.empty() ? "\n" : ",\n") + std::string("{\"id\":") + std::to_string(i + 1) + ",\"file_name\":" + jsonQuoted(name) +
                   ",\"width\":" + std::to_string(image.size.width) + ",\"height\":" + std::to_string(image.size.height) + "}";
    if (image.mask) {
      INTARSIA_TRY(const LabelMap map, image.mask());
      INTARSIA_CHECK(addMask(text, i + 1, map, int(dataset.classes.size())));
    }
    for (const auto& shape : image.shapes) addShape(text, i + 1, shape, image.size);
  }
  std::string categories;
  for (int c = 0; c < out.classes().size(); ++c)
    categories += (categories.empty() ? "\n" : ",\n") + std::string("{\"id\":") + std::to_string(c + 1) + ",\"name\":" + jsonQuoted(out.classes()[c].name) +
                  ",\"supercategory\":\"\",\"color\":" + jsonQuoted(out.classes()[c].color.hex()) + "}";
  if (files.empty()) files["default"];
  for (const auto& [split, text] : files)
    INTARSIA_CHECK(out.putText("annotations/instances_" + split + ".json", "{\"info\":{},\"licenses\":[],\"images\":[" + text.images + "],\n\"annotations\":[" +
                                                                              text.annotations + "],\n\"categories\":[" + categories + "]}\n"));
  return {};
}

}  // namespace intarsia
