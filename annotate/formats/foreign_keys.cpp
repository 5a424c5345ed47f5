// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/foreign_keys.h"

#include <algorithm>

namespace intarsia {

namespace {

constexpr int kDeepest = 16;  // below the depth that files of a project may have

int depthOf(std::string_view json) {
  int depth = 0, most = 0;
  for (size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '"')
      for (++i; i < json.size() && json[i] != '"'; ++i) i += json[i] == '\\';
    else if (json[i] == '[' || json[i] == '{') most = std::max(most, ++depth);
    else if (json[i] == ']' || json[i] == '}') --depth;
  }
  return most;
}

}  // namespace

std::string foreignKeys(std::string_view format, const std::string& members) {
  return members.empty() ? std::string() : "{" + jsonQuoted(format) + ":{" + members + "}}";
}

void addMember(std::string& members, std::string_view key, std::string_view json) {
  if (!members.empty()) members += ',';
  members += jsonQuoted(key);
  members += ':';
  members += json;
}

void addOthers(std::string& members, const JsonValue& object, std::initializer_list<std::string_view> known, bool bare) {
  for (const auto& [key, value] : object.members()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    std::string json = value.json();
    if (!bare && (json == "null" || json == "{}" || json == "\"\"")) continue;
    addMember(members, key, depthOf(json) > kDeepest ? jsonQuoted(json) : json);
  }
}

ForeignKeys::ForeignKeys(const std::string& extra, std::string_view format) {
  if (extra.find(format) == std::string::npos) return;
  if (auto document = JsonDocument::parse(extra, {})) {
    m_document = std::move(*document);
    m_object = m_document.root()[format];
  }
}

}  // namespace intarsia
