// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/class_json.h"

#include "train/api/json_field.h"

namespace intarsia {

nlohmann::ordered_json classesToJson(const ClassTable& classes) {
  auto json = nlohmann::ordered_json::array();
  for (const ClassInfo& info : classes) {
    nlohmann::ordered_json item{{"id", info.id}, {"name", info.name}, {"color", info.color.hex()}};
    if (info.ignore) item["ignore"] = true;
    json.push_back(std::move(item));
  }
  return json;
}

Expected<ClassTable> classesFromJson(const nlohmann::ordered_json& json, const std::string& file) {
  if (!json.is_array() || json.size() > size_t(ClassTable::kMaxClasses)) return failField(file, "classes");
  ClassTable classes;
  for (const auto& item : json) {
    INTARSIA_FIELD(const ClassId id, ClassId, item, "id", file);
    INTARSIA_FIELD(const std::string name, std::string, item, "name", file);
    INTARSIA_FIELD(const std::string hex, std::string, item, "color", file);
    const auto color = Color::fromHex(hex);
    if (!color || id == kNoClass) return failField(file, "classes");
    INTARSIA_CHECK(classes.addWithId({id, name, *color, jsonField<bool>(item, "ignore").value_or(false)}));
  }
  return classes;
}

}  // namespace intarsia
