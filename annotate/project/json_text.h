// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/base/json.h"

namespace intarsia {

/// Keys stay in the order of the file, so that an unchanged file is written back unchanged.
using Json = nlohmann::ordered_json;

/// `text` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
std::string jsonText(std::string_view text);
/// The members of `object` that are not in `known`, as a JSON object; empty when there are none.
std::string unknownKeys(const Json& object, std::initializer_list<std::string_view> known);
/// The members of both objects; of equal keys those of `over`. Texts as unknownKeys gives them.
std::string mergedKeys(const std::string& under, const std::string& over);
/// The members of `extra` (what unknownKeys gave) as `"key": value`; nothing that is not an object.
std::vector<std::string> memberTexts(const std::string& extra);

/// Reads fields of one object; the first field that does not fit becomes the error, which names file and field.
class FieldReader {
 public:
  FieldReader(const Json& object, std::string file, std::string where)
      : m_object(object), m_file(std::move(file)), m_where(std::move(where)) {}
  /// Each leaves `out` alone when the key is absent.
  Expected<> text(const char* key, std::string& out) const;
  Expected<> boolean(const char* key, bool& out) const;
  Expected<> integer(const char* key, int64_t low, int64_t high, int64_t& out) const;
  std::unexpected<Error> error(const std::string& key, std::string_view literal) const;

 private:
  const Json& m_object;
  std::string m_file, m_where;
};

}  // namespace intarsia
