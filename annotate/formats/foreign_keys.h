// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

#include "annotate/formats/json_value.h"

namespace intarsia {

/// What a source says of an image, a class or a shape besides what we understand travels with it as text, under the format's id:
/// {"coco":{"id":17,"iscrowd":1}}. `members` is what stands between the inner braces; nothing gives an empty text.
std::string foreignKeys(std::string_view format, const std::string& members);
/// Appends `"key":value` with a comma between.
void addMember(std::string& members, std::string_view key, std::string_view json);
/// Appends the members of `object` whose keys are not `known`; `bare`: also those that say nothing: null, {}, "".
void addOthers(std::string& members, const JsonValue& object, std::initializer_list<std::string_view> known, bool bare = false);

/// Reads them back. Lives as long as its values are used.
class ForeignKeys {
 public:
  ForeignKeys(const std::string& extra, std::string_view format);
  JsonValue object() const { return m_object; }
  JsonValue operator[](std::string_view key) const { return m_object[key]; }

 private:
  JsonDocument m_document;
  JsonValue m_object;
};

}  // namespace intarsia
