// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "annotate/project/json_text.h"
#include "annotate/project/sidecar.h"

namespace intarsia {
namespace {

constexpr int64_t kLargestSide = 1 << 20;

Expected<Polygon> readRings(const Json& json, const FieldReader& fields) {
  const auto wrong = [&] {
    return fields.error("rings", INTARSIA_TEXT("{file} is damaged: rings of [x, y] points were expected"));
  };
  if (!json.is_array()) return wrong();
  Polygon polygon;
  polygon.rings.reserve(json.size());
  for (const auto& ring : json) {
    if (!ring.is_array()) return wrong();
    auto& points = polygon.rings.emplace_back();
    points.reserve(ring.size());
    for (const auto& point : ring) {
      if (!point.is_array() || point.size() != 2 || !point[0].is_number() || !point[1].is_number()) return wrong();
      const Point p{point[0].get<double>(), point[1].get<double>()};
      if (!std::isfinite(p.x) || !std::isfinite(p.y)) return wrong();
      points.push_back(p);
    }
  }
  return polygon;
}

Expected<ShapePtr> readShape(const Json& json, const std::string& file, size_t index) {
  const std::string where = "shapes[" + std::to_string(index) + "].";
  FieldReader fields(json, file, where);
  if (!json.is_object()) return fields.error("", INTARSIA_TEXT("{file} is damaged: a shape was expected"));
  if (!json.contains("rings")) return fields.error("rings", INTARSIA_TEXT("{file} is damaged: a shape has no points"));
  auto shape = std::make_shared<Shape>();
  int64_t id = 0, classId = -1, group = 0;
  INTARSIA_CHECK(fields.integer("id", 1, INT64_MAX, id));
  INTARSIA_CHECK(fields.integer("class", 0, UINT32_MAX, classId));
  if (id == 0) return fields.error("id", INTARSIA_TEXT("{file} is damaged: a shape has no id"));
  if (classId < 0) return fields.error("class", INTARSIA_TEXT("{file} is damaged: a shape has no class"));
  INTARSIA_CHECK(fields.text("kind", shape->kind));
  INTARSIA_CHECK(fields.text("note", shape->note));
  INTARSIA_CHECK(fields.boolean("locked", shape->locked));
  INTARSIA_CHECK(fields.boolean("hidden", shape->hidden));
  INTARSIA_CHECK(fields.integer("group", INT64_MIN, INT64_MAX, group));
  if (json.contains("group")) shape->group = group;
  shape->id = ShapeId(id);
  shape->classId = ClassId(classId);
  INTARSIA_TRY(shape->polygon, readRings(json.at("rings"), fields));
  shape->extra = unknownKeys(json, {"id", "class", "kind", "group", "note", "locked", "hidden", "rings"});
  return shape;
}

Expected<BaseReference> readBase(const Json& json, const std::string& file) {
  FieldReader fields(json, file, "base.");
  if (!json.is_object()) return fields.error("", INTARSIA_TEXT("{file} is damaged: a base map was expected"));
  BaseReference base;
  INTARSIA_CHECK(fields.text("file", base.file));
  if (base.file.empty() || base.file.find('/') != std::string::npos || base.file.front() == '.')
    return fields.error("file", INTARSIA_TEXT("{file} is damaged: the base map's name is not a plain file name"));
  const auto ids = json.find("ids");
  if (ids == json.end() || !ids->is_array())
    return fields.error("ids", INTARSIA_TEXT("{file} is damaged: class ids were expected"));
  for (const auto& id : *ids) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() > UINT32_MAX)
      return fields.error("ids", INTARSIA_TEXT("{file} is damaged: class ids were expected"));
    base.ids.push_back(id.get<ClassId>());
  }
  return base;
}

Expected<Sidecar> readSidecar(const Json& json, const std::string& file) {
  FieldReader fields(json, file, "");
  if (!json.is_object())
    return fields.error("", INTARSIA_TEXT("{file} is damaged: it does not hold the labels of an image"));
  int64_t version = 0, nextId = 1;
  INTARSIA_CHECK(fields.integer("intarsia", 1, INT64_MAX, version));
  if (version == 0) return fields.error("intarsia", INTARSIA_TEXT("{file} does not hold labels of this program"));
  if (version > kProjectFormat)
    return fail(ErrorCode::unsupported,
                INTARSIA_TEXT("{file} was written by a newer version of Intarsia; it is left as it is"),
                {{"file", file}});
  Sidecar sidecar;
  auto& a = sidecar.annotation;
  INTARSIA_CHECK(fields.text("image", sidecar.image));
  const auto size = json.find("size");
  const auto side = [&](size_t i) {
    return (*size)[i].is_number_unsigned() ? int64_t(std::min<uint64_t>((*size)[i].get<uint64_t>(), INT32_MAX)) : 0;
  };
  if (size == json.end() || !size->is_array() || size->size() != 2 || side(0) < 1 || side(1) < 1 ||
      side(0) > kLargestSide || side(1) > kLargestSide)
    return fields.error("size", INTARSIA_TEXT("{file} is damaged: width and height were expected"));
  a.size = {int(side(0)), int(side(1))};
  std::string status(statusName(ImageStatus::unlabelled));
  INTARSIA_CHECK(fields.text("status", status));
  const auto known = statusFromName(status);
  if (!known) return fields.error("status", INTARSIA_TEXT("{file} is damaged: the status is unknown"));
  a.status = *known;
  INTARSIA_CHECK(fields.text("note", a.note));
  if (const auto flags = json.find("flags"); flags != json.end()) {
    if (!flags->is_array()) return fields.error("flags", INTARSIA_TEXT("{file} is damaged: a list of flags was expected"));
    for (const auto& flag : *flags) {
      if (!flag.is_string()) return fields.error("flags", INTARSIA_TEXT("{file} is damaged: a list of flags was expected"));
      a.flags.push_back(flag.get<std::string>());
    }
  }
  INTARSIA_CHECK(fields.integer("nextId", 1, INT64_MAX, nextId));
  a.nextId = ShapeId(nextId);
  if (json.contains("base")) {
    INTARSIA_TRY(sidecar.base, readBase(json.at("base"), file));
  }
  const auto shapes = json.find("shapes");
  if (shapes == json.end() || !shapes->is_array())
    return fields.error("shapes", INTARSIA_TEXT("{file} is damaged: the list of shapes is missing"));
  std::unordered_set<ShapeId> ids;
  for (size_t i = 0; i < shapes->size(); ++i) {
    INTARSIA_TRY(auto shape, readShape((*shapes)[i], file, i));
    if (!ids.insert(shape->id).second)
      return fields.error("shapes[" + std::to_string(i) + "].id",
                          INTARSIA_TEXT("{file} is damaged: two shapes have the same id"));
    a.nextId = std::max(a.nextId, shape->id + 1);
    a.shapes.push_back(std::move(shape));
  }
  a.extra = unknownKeys(json, {"intarsia", "image", "size", "status", "note", "flags", "nextId", "base", "shapes"});
  return sidecar;
}

}  // namespace

Expected<Sidecar> parseSidecar(std::string_view text, const std::string& file) {
  INTARSIA_TRY(const auto json, parseOrderedJson(text, file));
  try {
    return readSidecar(json, file);
  } catch (const std::exception& error) {
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: {reason}"),
                {{"file", file}, {"reason", error.what()}});
  }
}

}  // namespace intarsia
