// SPDX-License-Identifier: GPL-3.0-or-later
#include <map>
#include <set>

#include "annotate/formats/export_folder.h"
#include "annotate/formats/foreign_keys.h"
#include "annotate/formats/json_value.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/formats/writers.h"
#include "annotate/raster/rle.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

/// What COCO's own keys of a class, an image or an annotation say: its id as a literal, and others as `,"key":value`.
struct Keys {
  std::string id, others;
  bool crowd = false;
  Keys(const std::string& extra, std::initializer_list<std::string_view> ours) {
    const ForeignKeys keys(extra, "coco");
    if (const JsonValue own = keys["id"]; own.isText() || own.isNumber()) id = own.json();
    crowd = keys["iscrowd"].boolean().value_or(false);
    addOthers(others, keys.object(), ours, true);
    if (!others.empty()) others.insert(0, 1, ',');
  }
};

const std::initializer_list<std::string_view> kImageKeys = {"id", "file_name", "width", "height"}, kClassKeys = {"id", "name", "supercategory", "color"},
                                                  kShapeKeys = {"id", "iscrowd", "image_id", "category_id", "segmentation", "area", "bbox"};

/// Ids of the source as long as no two are the same, else the next free number.
class Ids {
 public:
  void reserve(const std::string& own) {
    if (!own.empty()) m_own.insert(own);
  }
  std::string take(const std::string& own) {
    if (const auto it = m_own.find(own); it != m_own.end()) {
      m_taken.insert(m_own.extract(it));
      return own;
    }
    while (m_own.contains(std::to_string(m_next)) || m_taken.contains(std::to_string(m_next))) ++m_next;
    return std::to_string(m_next++);
  }

 private:
  std::set<std::string> m_own, m_taken;
  int64_t m_next = 1;
};

struct CocoText {
  std::string images, annotations;
  Ids ids, imageIds;
};

std::string flat(const Ring& ring) {
  std::string text = "[";
  for (const Point p : ring) text += (text.size() > 1 ? "," : "") + formatDouble(p.x) + "," + formatDouble(p.y);
  return text + "]";
}

void add(CocoText& out, const std::string& image, const std::string& category, const std::string& segmentation, double area, const Bounds& box, const Keys& keys) {
  out.annotations += (out.annotations.empty() ? "\n" : ",\n") + std::string("{\"id\":") + out.ids.take(keys.id) + ",\"image_id\":" + image +
                     ",\"category_id\":" + category + ",\"segmentation\":" + segmentation + ",\"area\":" + formatDouble(area) + ",\"bbox\":[" +
                     formatDouble(box.left) + "," + formatDouble(box.top) + "," + formatDouble(box.right - box.left) + "," + formatDouble(box.bottom - box.top) +
                     "],\"iscrowd\":" + (keys.crowd ? "1" : "0") + keys.others + "}";
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
  const Keys keys(shape.extra, kShapeKeys);
  if (!size.empty() && (isPixels(shape) || (!shape.unite && hasHoles(shape.polygon)))) {
    const Rle rle = rleOfPolygon(shape.polygon, size, RasterRule::centre);
    if (const int64_t area = rleArea(rle)) add(out, image, category, rleText(rle), double(area), boundsOf(rle), keys);
    return;
  }
  std::string parts;
  for (const auto& ring : shape.polygon.rings) parts += (parts.empty() ? "" : ",") + flat(ring);
  add(out, image, category, "[" + parts + "]", shapeArea(shape), bounds(shape.polygon), keys);
}

Expected<> addMask(CocoText& out, const std::string& image, const LabelMap& map, const std::vector<std::string>& categories) {
  std::vector<uint8_t> set(map.pixels().size());
  for (size_t c = 0; c < categories.size(); ++c) {
    bool any = false;
    for (size_t i = 0; i < set.size(); ++i) any |= (set[i] = map.pixels()[i] == c) != 0;
    if (!any) continue;
    const Rle rle = encodeRle(set, map.size());
    add(out, image, categories[c], rleText(rle), double(rleArea(rle)), boundsOf(rle), Keys({}, {}));
  }
  return {};
}

}  // namespace

Expected<> writeCoco(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  std::map<std::string, CocoText> files;
  const auto splitOf = [&](const ImportedImage& image) { return out.hasSplits() ? ExportFolder::splitFolder(image, "default") : "default"; };
  for (const auto& image : dataset.images) {
    CocoText& text = files[splitOf(image)];
    text.imageIds.reserve(Keys(image.extra, kImageKeys).id);
    for (const auto& shape : image.shapes) text.ids.reserve(Keys(shape.extra, kShapeKeys).id);
  }
  Ids ids;
  std::vector<Keys> classKeys;
  std::vector<std::string> categoryIds;
  for (const auto& c : dataset.classes) ids.reserve(classKeys.emplace_back(c.extra, kClassKeys).id);
  for (const auto& keys : classKeys) categoryIds.push_back(ids.take(keys.id));
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
    job.report(i, int64_t(dataset.images.size()), INTARSIA_TEXT("Writing"));
    const ImportedImage& image = dataset.images[size_t(i)];
    const std::string split = splitOf(image);
    INTARSIA_TRY(const std::string name, out.putImage(i, "images/" + split, out.stem(i)));
    CocoText& text = files[split];
    const Keys keys(image.extra, kImageKeys);
    const std::string id = text.imageIds.take(keys.id);
    text.images += (text.images.empty() ? "\n" : ",\n") + std::string("{\"id\":") + id + ",\"file_name\":" + jsonQuoted(name) +
                   ",\"width\":" + std::to_string(image.size.width) + ",\"height\":" + std::to_string(image.size.height) + keys.others + "}";
    if (image.mask) {
      INTARSIA_TRY(const LabelMap map, image.mask());
      INTARSIA_CHECK(addMask(text, id, map, categoryIds));
    }
    for (const auto& shape : image.shapes) addShape(text, id, categoryIds[size_t(shape.classIndex)], shape, image.size);
  }
  std::string categories;
  for (int c = 0; c < out.classes().size(); ++c) {
    const ForeignKeys own(dataset.classes[size_t(c)].extra, "coco");
    categories += (categories.empty() ? "\n" : ",\n") + std::string("{\"id\":") + categoryIds[size_t(c)] + ",\"name\":" + jsonQuoted(out.classes()[c].name) +
                  ",\"supercategory\":" + (own["supercategory"] ? own["supercategory"].json() : "\"\"") + ",\"color\":" + jsonQuoted(out.classes()[c].color.hex()) + classKeys[size_t(c)].others + "}";
  }
  if (files.empty()) files["default"];
  for (const auto& [split, text] : files)
    INTARSIA_CHECK(out.putText("annotations/instances_" + split + ".json", "{\"info\":{},\"licenses\":[],\"images\":[" + text.images + "],\n\"annotations\":[" +
                                                                              text.annotations + "],\n\"categories\":[" + categories + "]}\n"));
  return {};
}

}  // namespace intarsia
