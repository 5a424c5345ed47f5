// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <set>

#include "annotate/formats/shape_forms.h"
#include "annotate/project/import_parts.h"
#include "annotate/project/json_text.h"
#include "core/base/atomic_file.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;

std::string counted(size_t n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

/// The parts of a shape as its source has them: an export gives them back as long as the shape is their union.
std::string partsText(const Polygon& polygon) {
  Json rings = Json::array();
  for (const auto& ring : polygon.rings) {
    Json points = Json::array();
    for (const Point p : ring) points.push_back({p.x, p.y});
    rings.push_back(std::move(points));
  }
  return dumpJson(Json{{"parts", std::move(rings)}}, -1);
}

}  // namespace

void Import::addMask(const ImportedImage& image, Annotation& annotation, ImportTarget& target) const {
  if (!image.mask) return;
  const auto mask = image.mask();
  if (!mask) return target.report.skipped.push_back({image.name, mask.error().message()});
  if (mask->size() != annotation.size) {
    const auto text = [](Size s) { return std::to_string(s.width) + "×" + std::to_string(s.height); };
    return target.report.skipped.push_back(
        {image.name, "the mask has " + text(mask->size()) + " pixels, its image " + text(annotation.size)});
  }
  TileMap base(annotation.size);
  std::vector<ClassId> row(size_t(mask->width()));
  std::set<uint16_t> seen, unknown;
  bool leftOut = false;
  for (int y = 0; y < mask->height(); ++y) {
    uint16_t last = kUnlabelled;
    for (int x = 0; x < mask->width(); ++x) {
      const uint16_t value = mask->at(x, y);
      const bool known = value < ids.size();
      row[size_t(x)] = known ? ids[value] : kNoClass;
      if (value != last && value != kUnlabelled) {
        (known ? seen : unknown).insert(value);
        leftOut |= known && ids[value] == kNoClass;
      }
      last = value;
    }
    base.write({0, y, mask->width(), 1}, row.data());
  }
  if (!unknown.empty())
    target.report.repaired.push_back(
        {image.name, counted(unknown.size(), "value", "values") + " of the mask (" + std::to_string(*unknown.begin()) +
                         (unknown.size() > 1 ? " …" : "") + ") stand for no class and became unlabelled"});
  if (leftOut) target.report.notes.push_back({image.name, "pixels of classes that the mapping leaves out became unlabelled"});
  std::erase_if(seen, [&](uint16_t value) { return ids[value] == kNoClass; });
  if (annotation.base == base) {
    target.report.notes.push_back({image.name, "the image has this mask already"});
  } else if (!annotation.base.empty()) {
    target.report.skipped.push_back({image.name, "the image has another mask already, which was kept"});
  } else {
    annotation.base = std::move(base);
    target.report.annotations += int(seen.size());
  }
}

void Import::addShapes(const ImportedImage& image, Annotation& annotation, ImportTarget& target) const {
  size_t known = 0, leftOut = 0, overlapping = 0;
  const size_t before = annotation.shapes.size();
  for (const auto& imported : image.shapes) {
    if (imported.classIndex < 0 || size_t(imported.classIndex) >= ids.size()) {
      target.report.skipped.push_back({image.name, "a shape has no class"});
      continue;
    }
    if (ids[size_t(imported.classIndex)] == kNoClass) {
      ++leftOut;
      continue;
    }
    auto shape = std::make_shared<Shape>();
    shape->classId = ids[size_t(imported.classIndex)];
    bool united = false;
    shape->polygon = unitedPolygon(imported, &united);
    overlapping += united;
    shape->kind = imported.kind;
    shape->group = imported.group;
    shape->note = imported.note;
    shape->extra = imported.extra;
    if (united) shape->extra = mergedKeys(shape->extra, partsText(imported.polygon));
    const auto same = [&](const ShapePtr& other) {
      return other->classId == shape->classId && other->kind == shape->kind && other->group == shape->group &&
             other->polygon == shape->polygon;
    };
    // Equal shapes within one source are its own business; those that were here before are not doubled.
    if (std::any_of(annotation.shapes.begin(), annotation.shapes.begin() + std::ptrdiff_t(before), same)) {
      ++known;
      continue;
    }
    shape->id = annotation.nextId++;
    annotation.shapes.push_back(std::move(shape));
    ++target.report.annotations;
  }
  if (overlapping)
    target.report.repaired.push_back({image.name, "overlapping parts of " + counted(overlapping, "shape", "shapes") + " were united"});
  if (leftOut)
    target.report.notes.push_back({image.name, counted(leftOut, "shape", "shapes") + " of classes that the mapping leaves out"});
  if (known) target.report.notes.push_back({image.name, counted(known, "shape was", "shapes were") + " here already"});
}

Expected<std::filesystem::path> ImportTarget::picture(const Staging& staging) const {
  if (!embedded) return copyFrom.empty() ? path : copyFrom;
  INTARSIA_TRY(const auto bytes, sources.front()->embedded());
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    INTARSIA_TRY(const auto old, readFile(path));
    if (old != bytes)
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is here already and is another picture"),
                  {{"file", displayPath(path)}});
    return path;
  }
  INTARSIA_TRY(auto staged, staging.path(path));
  INTARSIA_CHECK(writeFileAtomically(staged, bytes));
  return staged;
}

/// Any thread; each target is worked on by one.
Expected<> Import::label(ImportTarget& target) const {
  const auto& name = target.sources.front()->name;
  const auto skip = [&](const Error& error) -> Expected<> {
    target.report = {};
    target.report.skipped.push_back({name, error.message()});
    return {};
  };
  const auto picture = target.picture(staging);
  if (!picture) return skip(picture.error());
  const auto info = probeImage(*picture);
  if (!info) return skip(info.error());
  Annotation annotation;
  annotation.size = info->shown;
  std::error_code error;
  if (fs::exists(state.sidecarPath(target.key), error)) {
    auto old = state.load(target.key, target.path);
    if (!old) return skip(old.error());
    annotation = std::move(*old);
  }
  const Annotation before = annotation;
  for (const auto* source : target.sources) {
    annotation.extra = mergedKeys(annotation.extra, source->extra);
    addMask(*source, annotation, target);
    addShapes(*source, annotation, target);
  }
  if (auto fits = checkAnnotation(annotation); !fits) return skip(fits.error());
  target.imported = true;
  target.labelled = annotation.labelled();
  if (!target.copyFrom.empty()) {
    INTARSIA_TRY(const auto staged, staging.path(target.path));
    INTARSIA_TRY(const auto bytes, readFile(target.copyFrom));
    INTARSIA_CHECK(writeFileAtomically(staged, bytes));
  }
  if (sameContent(before, annotation)) return {};
  if (annotation.status == ImageStatus::unlabelled && annotation.labelled()) annotation.status = ImageStatus::inWork;
  INTARSIA_TRY(const auto path, staging.path(state.sidecarPath(target.key)));
  Sidecar sidecar;
  sidecar.image = target.key.substr(target.key.rfind('/') + 1);
  if (!annotation.base.empty()) {
    INTARSIA_TRY(sidecar.base, writeBaseMap(path.parent_path(), path.stem().native(), annotation.base, file.classes));
  }
  if (options.changed) options.changed(target.key, before, annotation);
  sidecar.annotation = std::move(annotation);
  return writeFileAtomically(path, sidecarText(sidecar));
}

}  // namespace intarsia
