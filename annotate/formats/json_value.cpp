// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/json_value.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "annotate/formats/text_file.h"
#include "core/base/json.h"
#include "core/base/text.h"

namespace intarsia {
namespace dom = simdjson::dom;

struct JsonAccess {
  static dom::element element(const JsonValue& value) {
    dom::element element;
    std::memcpy(static_cast<void*>(&element), value.m_element.data(), sizeof element);
    return element;
  }
  static JsonValue value(const dom::element& element) {
    static_assert(sizeof(dom::element) == 16 && std::is_trivially_copyable_v<dom::element>);
    JsonValue value;
    std::memcpy(value.m_element.data(), static_cast<const void*>(&element), sizeof element);
    value.m_exists = true;
    return value;
  }
};

bool JsonValue::isNull() const { return m_exists && JsonAccess::element(*this).is_null(); }
bool JsonValue::isObject() const { return m_exists && JsonAccess::element(*this).is_object(); }
bool JsonValue::isArray() const { return m_exists && JsonAccess::element(*this).is_array(); }
bool JsonValue::isText() const { return m_exists && JsonAccess::element(*this).is_string(); }
bool JsonValue::isNumber() const { return m_exists && JsonAccess::element(*this).is_number(); }

JsonValue JsonValue::operator[](std::string_view key) const {
  dom::object object;
  if (!m_exists || JsonAccess::element(*this).get(object) != simdjson::SUCCESS) return {};
  for (const auto field : object)
    if (field.key == key) return JsonAccess::value(field.value);
  return {};
}

std::vector<JsonValue> JsonValue::items() const {
  std::vector<JsonValue> values;
  dom::array array;
  if (!m_exists || JsonAccess::element(*this).get(array) != simdjson::SUCCESS) return values;
  for (const auto element : array) values.push_back(JsonAccess::value(element));
  return values;
}

std::vector<std::pair<std::string_view, JsonValue>> JsonValue::members() const {
  std::vector<std::pair<std::string_view, JsonValue>> values;
  dom::object object;
  if (!m_exists || JsonAccess::element(*this).get(object) != simdjson::SUCCESS) return values;
  for (const auto field : object) values.emplace_back(field.key, JsonAccess::value(field.value));
  return values;
}

std::optional<double> JsonValue::number() const {
  if (!m_exists) return std::nullopt;
  const auto element = JsonAccess::element(*this);
  double number;
  if (element.get(number) == simdjson::SUCCESS) return number;
  if (const auto string = text()) return parseDouble(*string);
  return std::nullopt;
}

std::optional<int64_t> JsonValue::integer() const {
  if (!m_exists) return std::nullopt;
  int64_t number;
  if (JsonAccess::element(*this).get(number) == simdjson::SUCCESS) return number;
  const auto real = this->number();
  if (real && std::abs(*real) < 9e15 && *real == std::floor(*real)) return int64_t(*real);
  return std::nullopt;
}

std::optional<std::string_view> JsonValue::text() const {
  std::string_view string;
  if (m_exists && JsonAccess::element(*this).get(string) == simdjson::SUCCESS) return string;
  return std::nullopt;
}

std::optional<bool> JsonValue::boolean() const {
  bool truth;
  if (m_exists && JsonAccess::element(*this).get(truth) == simdjson::SUCCESS) return truth;
  if (const auto number = integer(); number && (*number == 0 || *number == 1)) return *number == 1;
  return std::nullopt;
}

std::string JsonValue::id() const {
  if (const auto string = text()) return std::string(*string);
  if (const auto number = integer()) return std::to_string(*number);
  uint64_t large;
  if (m_exists && JsonAccess::element(*this).get(large) == simdjson::SUCCESS) return std::to_string(large);
  if (const auto real = number()) return formatDouble(*real);
  return {};
}

bool JsonValue::numbers(std::vector<double>& out) const {
  dom::array array;
  if (!m_exists || JsonAccess::element(*this).get(array) != simdjson::SUCCESS) return false;
  for (const auto element : array) {
    double number;
    if (element.get(number) == simdjson::SUCCESS) {
      out.push_back(number);
    } else if (const auto text = JsonAccess::value(element).number()) {
      out.push_back(*text);
    } else {
      return false;
    }
  }
  return true;
}

std::string JsonValue::json() const { return m_exists ? simdjson::minify(JsonAccess::element(*this)) : "null"; }

namespace {

/// Overwrites NaN, Infinity and numbers out of range with an empty text, and looks at the depth: false when brackets nest too deeply.
bool prepare(std::string& text) {
  int depth = 0;
  const auto blank = [&](size_t from, size_t to) {  // an empty text is shorter than null and no number either
    std::fill(text.begin() + ptrdiff_t(from), text.begin() + ptrdiff_t(to), ' ');
    text[from] = text[from + 1] = '"';
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i)
        if (text[i] == '\\') ++i;
    } else if (c == '[' || c == '{') {
      if (++depth > kJsonDepth) return false;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == 'N' && text.compare(i, 3, "NaN") == 0) {
      blank(i, i + 3);
      i += 2;
    } else if (c == 'I' && text.compare(i, 8, "Infinity") == 0) {
      const size_t from = i > 0 && text[i - 1] == '-' ? i - 1 : i;
      blank(from, i + 8);
      i += 7;
    } else if ((c >= '0' && c <= '9') || c == '-') {
      const size_t end = std::min(text.find_first_not_of("0123456789+-.eE", i), text.size());
      const auto token = std::string_view(text).substr(i, end - i);
      const bool real = token.find_first_of(".eE") != std::string_view::npos;
      if (token.size() > 18 || (real && token.find_first_of("eE") != std::string_view::npos)) {
        double number;
        const auto error = std::from_chars(token.data(), token.data() + token.size(), number).ec;
        if (error == std::errc::result_out_of_range || (!real && token.size() > 19)) blank(i, end);
      }
      if (end > i) i = end - 1;
    }
  }
  return true;
}

}  // namespace

struct JsonDocument::State {
  dom::parser parser;
};

JsonDocument::JsonDocument() : m_state(std::make_unique<State>()) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

Expected<JsonValue> JsonDocument::parseNext(std::string& text, const std::string& name) {
  if (trim(text).empty())
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: it is empty"), {{"file", name}}, {name});
  dom::parser& parser = m_state->parser;
  dom::element root;
  const auto attempt = [&] {
    text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    if (parser.capacity() < text.size() || parser.max_depth() != size_t(kJsonDepth))
      if (const auto error = parser.allocate(text.size(), size_t(kJsonDepth))) return error;
    return parser.parse(text.data(), text.size(), false).get(root);
  };
  auto error = attempt();
  if (error == simdjson::NUMBER_ERROR || error == simdjson::TAPE_ERROR || error == simdjson::N_ATOM_ERROR) {
    if (!prepare(text)) error = simdjson::DEPTH_ERROR;
    else error = attempt();
  }
  if (error == simdjson::DEPTH_ERROR)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: brackets nest too deeply"), {{"file", name}}, {name});
  if (error)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: not valid JSON ({reason})"),
                {{"file", name}, {"reason", simdjson::error_message(error)}}, {name});
  m_root = JsonAccess::value(root);
  return m_root;
}

Expected<JsonDocument> JsonDocument::parse(std::string text, const std::string& name) {
  JsonDocument document;
  INTARSIA_CHECK(document.parseNext(text, name));
  return document;
}

Expected<JsonDocument> JsonDocument::read(const std::filesystem::path& path) {
  INTARSIA_TRY(TextFile file, readTextFile(path));
  return parse(std::move(file.text), displayPath(path));
}

std::string jsonQuoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u < 0x20) {
      constexpr char kHex[] = "0123456789abcdef";
      out += "\\u00";
      out += kHex[u >> 4];
      out += kHex[u & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace intarsia
