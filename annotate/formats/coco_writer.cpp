// SPDX-License-Identifier: GPL-3.0-or-later
#include <map>
#include <set>

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

void add(CocoText& out, const std::string& image, const std::string& category, const std::string& segmentation, double area, const Bounds& box, bool crowd) {
  out.annotations += (out.annotations.empty() ? "\n" : ",\n") + std::string("{\"id\":") + std::to_string(out.nextId++) + ",\"image_id\":" + image +
                     ",\"category_id\":" + category + ",\"segmentation\":" + segmentation + ",\"area\":" + formatDouble(area) + ",\"bbox\":[" +
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
void addShape(CocoText& out, const std::string& image, const std::string& category, const ImportedShape& shape, Size size) {
  if (!size.empty() && (isPixels(shape) || (!shape.unite && hasHoles(shape.polygon)))) {
    const Rle rle = rleOfPolygon(shape.polygon, size, RasterRule::centre);
    if (const int64_t area = rleArea(rle)) add(out, image, category, rleText(rle), double(area), boundsOf(rle), shape.crowd);
    return;
  }
  std::string parts;
  for (const auto& ring : shape.polygon.rings) parts += (parts.empty() ? "" : ",") + flat(ring);
  add(out, image, category, "[" + parts + "]", shapeArea(shape), bounds(shape.polygon), shape.crowd);
}

/// The ids of the source where all of `items` have one and no two the same, else numbers from 1.
template <class T>
std::vector<std::string> idsOf(const std::vector<const T*>& items) {
  std::set<std::string> seen;
  bool own = true;
  for (const T* item : items) own = own && !item->sourceId.empty() && seen.insert(item->sourceId).second;
  std::vector<std::string> ids;
  for (const T* item : items) ids.push_back(own ? item->sourceId : std::to_string(ids.size() + 1));
  return ids;
}

Expected<> addMask(CocoText& out, const std::string& image, const LabelMap& map, const std::vector<std::string>& categories) {
  std::vector<uint8_t> set(map.pixels().size());
  for (size_t c = 0; c < categories.size(); ++c) {
    bool any = false;
    for (size_t i = 0; i < set.size(); ++i) any |= (set[i] = map.pixels()[i] == c) != 0;
    if (!any) continue;
    const Rle rle = encodeRle(set, map.size());
    add(out, image, categories[c], rleText(rle), double(rleArea(rle)), boundsOf(rle), false);
  }
  return {};
}

}  // namespace

Expected<> writeCoco(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  std::map<std::string, CocoText> files;
  const auto splitOf = [&](const ImportedImage& image) { return out.hasSplits() ? ExportFolder::splitFolder(image, "default") : "default"; };
  std::map<std::string, std::vector<const ImportedImage*>> members;
  for (const auto& image : dataset.images) members[splitOf(image)].push_back(&image);
  std::map<const ImportedImage*, std::string> imageIds;
  for (const auto& [split, images] : members) {
    const auto ids = idsOf(images);
    for (size_t i = 0; i < ids.size(); ++i) imageIds[images[i]] = ids[i];
  }
  std::vector<const ImportedClass*> classes;
  for (const auto& c : dataset.classes) classes.push_back(&c);
  const auto categoryIds = idsOf(classes);
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
    job.report(i, int64_t(dataset.images.size()), INTARSIA_TEXT("Writing"));
    const ImportedImage& image = dataset.images[size_t(i)];
    const std::string split = splitOf(image), &id = imageIds[&image];
    INTARSIA_TRY(const std::string name, out.putImage(i, "images/" + split, out.stem(i)));
    CocoText& text = files[split];
    text.images += (text.images.empty() ? "\n" : ",\n") + std::string("{\"id\":") + id + ",\"file_name\":" + jsonQuoted(name) +
                   ",\"width\":" + std::to_string(image.size.width) + ",\"height\":" + std::to_string(image.size.height) + "}";
    if (image.mask) {
      INTARSIA_TRY(const LabelMap map, image.mask());
      INTARSIA_CHECK(addMask(text, id, map, categoryIds));
    }
    for (const auto& shape : image.shapes) addShape(text, id, categoryIds[size_t(shape.classIndex)], shape, image.size);
  }
  std::string categories;
  for (int c = 0; c < out.classes().size(); ++c)
    categories += (categories.empty() ? "\n" : ",\n") + std::string("{\"id\":") + categoryIds[size_t(c)] + ",\"name\":" + jsonQuoted(out.classes()[c].name) +
                  ",\"supercategory\":\"\",\"color\":" + jsonQuoted(out.classes()[c].color.hex()) + "}";
  if (files.empty()) files["default"];
  for (const auto& [split, text] : files)
    INTARSIA_CHECK(out.putText("annotations/instances_" + split + ".json", "{\"info\":{},\"licenses\":[],\"images\":[" + text.images + "],\n\"annotations\":[" +
                                                                              text.annotations + "],\n\"categories\":[" + categories + "]}\n"));
  return {};
}

}  // namespace intarsia
