// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

/// Builds the document and stops at the depth cap. The parser itself does not recurse.
template <class Json>
class Builder {
 public:
  using number_integer_t = typename Json::number_integer_t;
  using number_unsigned_t = typename Json::number_unsigned_t;
  using number_float_t = typename Json::number_float_t;
  using string_t = typename Json::string_t;
  using binary_t = typename Json::binary_t;

  Json root;
  std::string reason;
  size_t position = 0;

  bool null() { return put(nullptr); }
  bool boolean(bool v) { return put(v); }
  bool number_integer(number_integer_t v) { return put(v); }
  bool number_unsigned(number_unsigned_t v) { return put(v); }
  bool number_float(number_float_t v, const string_t&) { return put(v); }
  bool string(string_t& v) { return put(std::move(v)); }
  bool binary(binary_t&) { return false; }
  bool start_object(size_t) { return open(Json::object()); }
  bool start_array(size_t) { return open(Json::array()); }
  bool key(string_t& name) {
    m_key = std::move(name);
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  template <class Exception>
  bool parse_error(size_t at, const std::string&, const Exception& error) {
    position = at;
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while …": the part behind the
    // place.
    const std::string text = error.what();
    const size_t colon = text.find(": "), bracket = text.find("] ");
    reason = colon != std::string::npos ? text.substr(colon + 2)
                                        : text.substr(bracket == std::string::npos ? 0 : bracket + 2);
    return false;
  }

 private:
  template <class Value>
  Json* place(Value&& value) {
    if (m_open.empty()) return &(root = std::forward<Value>(value));
    Json& parent = *m_open.back();
    if (parent.is_array()) {
      parent.push_back(std::forward<Value>(value));
      return &parent.back();
    }
    return &(parent[m_key] = std::forward<Value>(value));
  }
  template <class Value>
  bool put(Value&& value) {
    place(Json(std::forward<Value>(value)));
    return true;
  }
  bool open(Json container) {
    if (m_open.size() >= size_t(kJsonDepth)) {
      reason = "it is nested deeper than " + std::to_string(kJsonDepth) + " levels";
      return false;
    }
    m_open.push_back(place(std::move(container)));
    return true;
  }
  bool close() {
    m_open.pop_back();
    return true;
  }

  std::vector<Json*> m_open;  // a parent does not grow while a child is open, so the pointers hold
  string_t m_key;
};

template <class Json>
Expected<Json> parse(std::string_view text, const std::string& file) {
  const auto failAt = [&](const std::string& reason, size_t position) {
    const int line = 1 + int(std::ranges::count(text.substr(0, std::min(position, text.size())), '\n'));
    std::string printable = reason;
    if (printable.size() > 300) printable.resize(300);
    if (!validUtf8(printable)) printable = "it is not valid UTF-8";
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("It is not valid JSON: {reason}"), {{"reason", printable}},
                {file, line, {}});
  };
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return failAt("it is UTF-16, not UTF-8", 0);
  try {
    Builder<Json> builder;
    if (!Json::sax_parse(text.begin(), text.end(), &builder)) return failAt(builder.reason, builder.position);
    return std::move(builder.root);
  } catch (const std::exception& e) {  // out of memory
    return failAt(e.what(), 0);
  }
}

template <class Json>
std::string dump(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Expected<nlohmann::json> parseJson(std::string_view text, const std::string& file) {
  return parse<nlohmann::json>(text, file);
}

Expected<nlohmann::ordered_json> parseOrderedJson(std::string_view text, const std::string& file) {
  return parse<nlohmann::ordered_json>(text, file);
}

Expected<nlohmann::json> readJson(const std::filesystem::path& path, size_t limit) {
  INTARSIA_TRY(const auto text, readFile(path, limit));
  return parseJson(text, displayPath(path));
}

std::string dumpJson(const nlohmann::json& value, int indent) { return dump(value, indent); }
std::string dumpJson(const nlohmann::ordered_json& value, int indent) { return dump(value, indent); }

std::optional<double> jsonNumber(const nlohmann::json& value) {
  if (value.is_string()) return parseDouble(value.get_ref<const std::string&>());
  if (!value.is_number()) return std::nullopt;
  const double number = value.get<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::optional<int64_t> jsonInteger(const nlohmann::json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<uint64_t>();
    return number <= uint64_t(INT64_MAX) ? std::optional(int64_t(number)) : std::nullopt;
  }
  if (value.is_number_integer()) return value.get<int64_t>();
  if (value.is_string())
    if (const auto number = parseInt(value.get_ref<const std::string&>())) return number;
  const auto number = jsonNumber(value);
  if (!number || *number != std::floor(*number) || std::abs(*number) > 0x1p53) return std::nullopt;
  return int64_t(*number);
}

const nlohmann::json* jsonFind(const nlohmann::json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(key);
  return it == object.end() ? nullptr : &*it;
}

std::string jsonString(const nlohmann::json& object, std::string_view key, std::string fallback) {
  const auto* value = jsonFind(object, key);
  return value && value->is_string() ? value->get<std::string>() : fallback;
}

}  // namespace intarsia
