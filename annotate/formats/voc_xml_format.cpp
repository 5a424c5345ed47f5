// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <map>

#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/foreign_keys.h"
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/mask_outline.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/writers.h"
#include "annotate/formats/xml_file.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

bool looksLikeVocXml(const std::string& head) {
  return head.find("<annotation") != std::string::npos && head.find("<annotations") == std::string::npos &&
         (head.find("<object") != std::string::npos || head.find("<filename") != std::string::npos || head.find("<size") != std::string::npos);
}

/// Numbered coordinates, <x1> … <y33>, by the number in the tag and not by their place. Also x1_c1 … of curves.
std::map<int, Point> numberedPoints(const XmlElement* parent, const std::string& suffix, bool& bad) {
  std::map<int, std::pair<std::optional<double>, std::optional<double>>> found;
  for (auto e = parent->FirstChildElement(); e; e = e->NextSiblingElement()) {
    std::string_view name = e->Name();
    if (name.size() < 2 || (name[0] != 'x' && name[0] != 'y')) continue;
    const bool isX = name[0] == 'x';
    name.remove_prefix(1);
    if (!suffix.empty()) {
      if (!name.ends_with(suffix)) continue;
      name.remove_suffix(suffix.size());
    }
    const auto index = parseInt(name);
    if (!index || *index < 0 || *index > 10'000'000) continue;
    auto& point = found[int(*index)];
    (isX ? point.first : point.second) = parseDouble(xmlText(e));
  }
  std::map<int, Point> points;
  for (const auto& [index, point] : found) {
    if (point.first && point.second) points[index] = {*point.first, *point.second};
    else bad = true;
  }
  return points;
}

/// <polygon><x1/><y1/>… (Labelbox, RectLabel, Roboflow) or <polygon><pt><x/><y/></pt>… (MIT LabelMe).
Ring polygonRing(const XmlElement* polygon, bool& bad) {
  Ring ring;
  if (polygon->FirstChildElement("pt")) {
    for (const auto pt : XmlChildren(polygon, "pt")) {
      const auto x = xmlNumber(pt, "x"), y = xmlNumber(pt, "y");
      if (x && y) ring.push_back({*x, *y});
      else bad = true;
    }
    return ring;
  }
  for (const auto& [index, point] : numberedPoints(polygon, "", bad)) ring.push_back(point);
  return ring;
}

Ring bezierRing(const XmlElement* curve, bool& bad) {
  const auto anchors = numberedPoints(curve, "", bad), first = numberedPoints(curve, "_c1", bad), second = numberedPoints(curve, "_c2", bad);
  Ring ring;
  for (auto it = anchors.begin(); it != anchors.end(); ++it) {
    const auto next = std::next(it) == anchors.end() ? anchors.begin() : std::next(it);
    // RectLabel: c1 of an anchor is the handle towards the next, c2 of the next the handle back.
    const auto out = first.find(it->first), in = second.find(next->first);
    appendCubic(ring, it->second, out == first.end() ? it->second : out->second, in == second.end() ? next->second : in->second, next->second);
  }
  return ring;
}

/// PASCAL VOC's own files count pixels from 1 and name their last ones (devkit, "xmin … xmax: 1-based"); labelImg, labelme, Labelbox,
/// RectLabel and Roboflow write corners from 0. A place below 1 says that a tool has kept the name and changed the numbers.
bool isOfTheDevkit(const XmlElement* root) {
  if (!xmlText(root->FirstChildElement("source"), "database").starts_with("The VOC")) return false;
  for (const auto object : XmlChildren(root, "object"))
    for (const char* corner : {"xmin", "ymin"})
      if (const auto at = xmlNumber(object->FirstChildElement("bndbox"), corner); at && *at < 1) return false;
  return true;
}

/// PASCAL VOC's annotation XML and its dialects with polygons: Labelbox (2018), RectLabel, Roboflow, X-AnyLabeling, MIT LabelMe.
class VocXmlFormat : public Format {
 public:
  std::string_view id() const override { return "voc-xml"; }
  std::string_view name() const override { return "PASCAL VOC XML (boxes and polygons, Labelbox, MIT LabelMe)"; }

  int probe(const SourceLook& look) const override {
    for (const auto& file : look.endingIn(".xml", 5))
      if (looksLikeVocXml(look.head(file))) return look.isFile() ? 90 : look.hasFolder("Annotations") || look.head(file).find("<x1>") != std::string::npos ? 75 : 60;
    return look.isFile() && look.head(look.files()[0]).starts_with("<annotation>") ? 80 : 0;
  }

  bool canWrite() const override { return true; }
  Expected<> write(const ExportedDataset& dataset, const std::filesystem::path& folder, const WriteOptions&, const Job& job) const override {
    return writeVocXml(dataset, folder, job);
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    auto files = builder.filesEndingIn(".xml");
    const bool alone = builder.files().size() == 1;
    if (alone && files.empty()) files.push_back(&builder.files()[0]);
    for (size_t i = 0; i < files.size(); ++i) {
      INTARSIA_CHECK(job.check());
      job.report(int64_t(i), int64_t(files.size()), INTARSIA_TEXT("Reading annotations"));
      const auto xml = readXmlFile(files[i]->path);
      if (!xml) {
        if (alone) return std::unexpected(xml.error());
        builder.skipped({files[i]->name, {}}, xml.error().message());
        continue;
      }
      if (std::string_view(xml->root()->Name()) != "annotation") {
        if (alone) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is not an annotation of PASCAL VOC"), {{"file", files[i]->name}});
        builder.note({files[i]->name, {}}, "not an annotation of PASCAL VOC");
        continue;
      }
      if (xml->ampersandsRepaired) builder.repaired({files[i]->name, {}}, "a bare & was read as &amp;");
      const bool devkit = isOfTheDevkit(xml->root());
      if (devkit) builder.note({displayPath(source.filename()), {}}, "boxes of PASCAL VOC's own files count pixels from 1: they were read so");
      readOne(builder, *files[i], xml->root(), options.fromOne || devkit);
    }
    return builder.finish();
  }

 private:
  static void readOne(DatasetBuilder& builder, const ListedFile& file, const XmlElement* root, bool fromOne) {
    const XmlElement* size = root->FirstChildElement("size");
    if (!size) size = root->FirstChildElement("imagesize");
    auto width = xmlNumber(size, "width"), height = xmlNumber(size, "height");
    if (!width) width = xmlNumber(size, "ncols");
    if (!height) height = xmlNumber(size, "nrows");
    Size declared;
    if (width && height && *width >= 1 && *height >= 1 && *width < 1e6 && *height < 1e6) declared = {int(*width), int(*height)};
    const std::string own = file.name.substr(0, file.name.find_last_of('.'));
    std::vector<std::string> names;
    if (const auto name = xmlText(root, "filename"); !name.empty()) names.emplace_back(name);
    names.push_back(own);
    std::string folder(folderOf(file.name));
    const int image = builder.image(names, declared, {file.name, "filename"}, {std::string(xmlText(root, "folder")), folder});
    if (builder[image].split == Split::none) builder[image].split = splitOfFolders(file.name);
    int i = 0;
    for (const auto object : XmlChildren(root, "object")) readObject(builder, image, object, std::string(xmlText(root, "folder")), fromOne ? 1 : 0, {file.name, "object[" + std::to_string(i++) + "]"});
  }

  /// MIT LabelMe: <segm><mask> names a picture in Masks/<folder>, transparent outside the object.
  static void readSegment(DatasetBuilder& builder, int image, const XmlElement* segment, std::string_view name, const std::string& folder, const Where& where) {
    const Where at{where.path, where.field + ".segm.mask"};
    const std::string file(xmlText(segment, "mask"));
    ImageIndex::Match match;
    for (const std::string& place : {"Masks/" + folder, std::string("Masks"), folder})
      if (!match.file && !file.empty()) match = builder.images().find(place + "/" + file);
    if (!match.file || baseName(match.file->name) != baseName(file)) return builder.skipped(at, "its mask \"" + file + "\" was not found");
    const auto raw = decodeMask(match.file->path);
    if (!raw) return builder.skipped(at, raw.error().message());
    const Size declared = builder.sizeOf(image);
    if (!declared.empty() && declared != raw->size) return builder.skipped(at, "its mask has another size than the image");
    const auto set = setPixels(*raw);
    const auto pixels = std::count(set.begin(), set.end(), 1);
    if (!pixels) return builder.skipped(at, "its mask is empty");
    builder.addShape(image, builder.classOf(name, {where.path, where.field + ".name"}), outlineOf(set, raw->size), "mask", at, double(pixels));
  }

  /// `first`: the number of the first pixel.
  static void readObject(DatasetBuilder& builder, int image, const XmlElement* object, const std::string& folder, int first, const Where& where) {
    if (xmlText(object, "deleted") == "1") return builder.skipped({where.path, where.field + ".deleted"}, "the object is marked as deleted");
    const char* raw = object->FirstChildElement("name") ? object->FirstChildElement("name")->GetText() : nullptr;
    const auto add = [&](Ring ring, const char* kind, bool bad) {
      const Where at{where.path, where.field + "." + kind};
      if (bad) return builder.skipped(at, "a coordinate is missing or not a number");
      const std::string_view shape = std::string_view(kind) == "bndbox" ? "rectangle" : kind;
      const int index = builder.classOf(raw ? raw : "", {where.path, where.field + ".name"});
      for (Point& p : ring) p = {p.x - first, p.y - first};
      if (!builder.addShape(image, index, {{std::move(ring)}}, shape, at)) return;
      std::string members;
      for (const auto& [key, usual] : {std::pair("pose", "Unspecified"), {"truncated", "0"}, {"occluded", "0"}, {"difficult", "0"}})
        if (const auto said = xmlText(object, key); !said.empty() && said != usual) addMember(members, key, jsonQuoted(said));
      builder[image].shapes.back().extra = foreignKeys("voc-xml", members);
    };
    bool bad = false;
    if (const auto polygon = object->FirstChildElement("polygon")) {
      Ring ring = polygonRing(polygon, bad);
      return add(std::move(ring), "polygon", bad);
    }
    if (const auto curve = object->FirstChildElement("cubic_bezier")) {
      Ring ring = bezierRing(curve, bad);
      return add(std::move(ring), "cubic_bezier", bad);
    }
    if (const auto segment = object->FirstChildElement("segm")) return readSegment(builder, image, segment, raw ? raw : "", folder, where);
    const auto box = object->FirstChildElement("bndbox");
    if (!box) {
      const bool line = object->FirstChildElement("line") || object->FirstChildElement("point") || object->FirstChildElement("keypoints");
      return builder.skipped(where, line ? "lines and points cover no area" : "the object has neither polygon nor box");
    }
    const auto l = xmlNumber(box, "xmin"), t = xmlNumber(box, "ymin");
    auto r = xmlNumber(box, "xmax"), b = xmlNumber(box, "ymax");
    bad = !l || !t || !r || !b;
    if (!bad) *r += first, *b += first;  // counted from 1, the last pixel belongs to the box
    if (!bad && (*l == *r || *t == *b)) return builder.skipped({where.path, where.field + ".bndbox"}, "the box is empty");
    const auto angle = xmlNumber(object->FirstChildElement("robndbox"), "angle");
    Ring ring = bad ? Ring{} : rectangleRing({*l, *t}, {*r, *b});
    if (angle && !bad) ring = turned(std::move(ring), {(*l + *r) / 2, (*t + *b) / 2}, *angle * 180 / M_PI);
    add(std::move(ring), "bndbox", bad);
  }
};

}  // namespace

std::unique_ptr<Format> makeVocXmlFormat() { return std::make_unique<VocXmlFormat>(); }

}  // namespace intarsia
