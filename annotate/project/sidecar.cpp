// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/sidecar.h"

#include <cmath>

#include "annotate/project/json_text.h"
#include "core/base/hash.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

constexpr size_t kLongestComponent = 160;  // bytes; leaves room for ".<32 digits>.png" and ".json" below 255

void appendRings(std::string& out, const Polygon& polygon) {
  out += '[';
  for (size_t r = 0; r < polygon.rings.size(); ++r) {
    out += r ? ",[" : "[";
    const auto& ring = polygon.rings[r];
    for (size_t i = 0; i < ring.size(); ++i) {
      out += i ? ",[" : "[";
      out += formatDouble(ring[i].x);
      out += ',';
      out += formatDouble(ring[i].y);
      out += ']';
    }
    out += ']';
  }
  out += ']';
}

std::string shapeText(const Shape& shape) {
  std::string out = "{\"id\":" + std::to_string(shape.id) + ",\"class\":" + std::to_string(shape.classId) +
                    ",\"kind\":" + jsonText(shape.kind);
  if (shape.group) out += ",\"group\":" + std::to_string(*shape.group);
  if (!shape.note.empty()) out += ",\"note\":" + jsonText(shape.note);
  if (shape.locked) out += ",\"locked\":true";
  if (shape.hidden) out += ",\"hidden\":true";
  for (const auto& member : memberTexts(shape.extra)) out += "," + member;
  out += ",\"rings\":";
  appendRings(out, shape.polygon);
  return out + "}";
}

bool isObject(const std::string& extra) {
  if (extra.empty()) return true;
  const auto json = parseOrderedJson(extra, {});
  return json && json->is_object();
}

}  // namespace

std::string_view statusName(ImageStatus status) {
  switch (status) {
    case ImageStatus::inWork:
      return "inWork";
    case ImageStatus::checked:
      return "checked";
    default:
      return "unlabelled";
  }
}

std::optional<ImageStatus> statusFromName(std::string_view name) {
  for (auto status : {ImageStatus::unlabelled, ImageStatus::inWork, ImageStatus::checked})
    if (name == statusName(status)) return status;
  return std::nullopt;
}

Expected<> checkAnnotation(const Annotation& annotation) {
  if (annotation.size.empty())
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Labels without an image size cannot be saved"));
  if (!annotation.base.empty() && annotation.base.size() != annotation.size)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The base map has another size than its image"));
  if (!isObject(annotation.extra))
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Additional keys of labels are not a JSON object"));
  for (const auto& shape : annotation.shapes) {
    for (const auto& ring : shape->polygon.rings)
      for (const auto& point : ring)
        if (!std::isfinite(point.x) || !std::isfinite(point.y))
          return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Shape {id} has a point that is not a finite number"),
                      {{"id", std::to_string(shape->id)}});
    if (!isObject(shape->extra))
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Additional keys of a shape are not a JSON object"));
  }
  return {};
}

std::string sidecarText(const Sidecar& sidecar) {
  const auto& a = sidecar.annotation;
  std::string out = "{\n  \"intarsia\": " + std::to_string(kProjectFormat) +
                    ",\n  \"image\": " + jsonText(sidecar.image) + ",\n  \"size\": [" + std::to_string(a.size.width) +
                    ", " + std::to_string(a.size.height) + "],\n  \"status\": " + jsonText(statusName(a.status));
  if (!a.note.empty()) out += ",\n  \"note\": " + jsonText(a.note);
  if (!a.flags.empty()) {
    out += ",\n  \"flags\": [";
    for (const auto& flag : a.flags) out += (&flag == &a.flags.front() ? "" : ", ") + jsonText(flag);
    out += ']';
  }
  out += ",\n  \"nextId\": " + std::to_string(a.nextId);
  if (!sidecar.base.file.empty()) {
    out += ",\n  \"base\": {\"file\": " + jsonText(sidecar.base.file) + ", \"ids\": [";
    for (size_t i = 0; i < sidecar.base.ids.size(); ++i) out += (i ? ", " : "") + std::to_string(sidecar.base.ids[i]);
    out += "]}";
  }
  for (const auto& member : memberTexts(a.extra)) out += ",\n  " + member;
  out += ",\n  \"shapes\": [";
  for (size_t i = 0; i < a.shapes.size(); ++i) out += (i ? ",\n    " : "\n    ") + shapeText(*a.shapes[i]);
  return out + (a.shapes.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

std::filesystem::path sidecarFile(const std::string& key) {
  std::filesystem::path out;
  for (size_t begin = 0; begin <= key.size();) {
    size_t end = key.find('/', begin);
    if (end == std::string::npos) end = key.size();
    std::string component = key.substr(begin, end - begin);
    if (component.size() > kLongestComponent) {
      size_t cut = kLongestComponent - 40;
      while (cut > 0 && (uint8_t(component[cut]) & 0xC0) == 0x80) --cut;  // not inside a UTF-8 sequence
      component = component.substr(0, cut) + "~" + contentHash(component);
    }
    out /= component;
    begin = end + 1;
  }
  out += ".json";
  return out;
}

}  // namespace intarsia
