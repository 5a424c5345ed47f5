// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/json_text.h"

#include <algorithm>

namespace intarsia {

std::string jsonText(std::string_view text) { return dumpJson(Json(text), -1); }

std::string unknownKeys(const Json& object, std::initializer_list<std::string_view> known) {
  Json rest = Json::object();
  for (const auto& [key, value] : object.items())
    if (std::find(known.begin(), known.end(), key) == known.end()) rest[key] = value;
  return rest.empty() ? std::string() : dumpJson(rest, -1);
}

std::vector<std::string> memberTexts(const std::string& extra) {
  std::vector<std::string> members;
  if (extra.empty()) return members;
  const auto object = parseOrderedJson(extra, {});
  if (!object || !object->is_object()) return members;
  for (const auto& [key, value] : object->items()) members.push_back(jsonText(key) + ":" + dumpJson(value, -1));
  return members;
}

std::string mergedKeys(const std::string& under, const std::string& over) {
  if (under.empty() || over.empty() || under == over) return over.empty() ? under : over;
  auto all = parseOrderedJson(under, {});
  const auto more = parseOrderedJson(over, {});
  if (!all || !all->is_object() || !more || !more->is_object()) return under;
  for (const auto& [key, value] : more->items()) (*all)[key] = value;
  return dumpJson(*all, -1);
}

std::unexpected<Error> FieldReader::error(const std::string& key, std::string_view literal) const {
  return fail(ErrorCode::invalidInput, literal, {{"file", m_file}}, {m_file, 0, m_where + key});
}

Expected<> FieldReader::text(const char* key, std::string& out) const {
  const auto found = m_object.find(key);
  if (found == m_object.end()) return {};
  if (!found->is_string()) return error(key, INTARSIA_TEXT("{file} is damaged: a text was expected"));
  out = found->get<std::string>();
  return {};
}

Expected<> FieldReader::boolean(const char* key, bool& out) const {
  const auto found = m_object.find(key);
  if (found == m_object.end()) return {};
  if (!found->is_boolean()) return error(key, INTARSIA_TEXT("{file} is damaged: true or false was expected"));
  out = found->get<bool>();
  return {};
}

Expected<> FieldReader::integer(const char* key, int64_t low, int64_t high, int64_t& out) const {
  const auto found = m_object.find(key);
  if (found == m_object.end()) return {};
  const bool fits =
      found->is_number_integer() && !(found->is_number_unsigned() && found->get<uint64_t>() > uint64_t(INT64_MAX));
  const int64_t value = fits ? found->get<int64_t>() : 0;
  if (!fits || value < low || value > high)
    return error(key, INTARSIA_TEXT("{file} is damaged: a whole number in range was expected"));
  out = value;
  return {};
}

}  // namespace intarsia
