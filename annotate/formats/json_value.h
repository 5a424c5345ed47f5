// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace intarsia {

/// A value in someone else's JSON: nothing here throws, whatever the type. Valid as long as its document. A missing member is a
/// value of its own kind, so that chains like `v["a"]["b"].number()` simply give nothing.
class JsonValue {
 public:
  JsonValue() = default;
  bool exists() const { return m_exists; }
  explicit operator bool() const { return m_exists && !isNull(); }
  bool isNull() const;
  bool isObject() const;
  bool isArray() const;
  bool isText() const;
  bool isNumber() const;

  JsonValue operator[](std::string_view key) const;  // linear in the members
  std::vector<JsonValue> items() const;
  /// In the order of the file; of equal keys all.
  std::vector<std::pair<std::string_view, JsonValue>> members() const;

  /// Also numbers written as text; never NaN or infinite.
  std::optional<double> number() const;
  std::optional<int64_t> integer() const;
  std::optional<std::string_view> text() const;
  std::optional<bool> boolean() const;  // also 0 and 1
  /// Number or text as text: ids are opaque. Empty if neither.
  std::string id() const;
  /// Appends the numbers of an array; false when an element is none.
  bool numbers(std::vector<double>& out) const;
  /// As text, without blanks; "null" of a missing value.
  std::string json() const;

 private:
  friend class JsonDocument;
  friend struct JsonAccess;
  alignas(8) std::array<unsigned char, 16> m_element{};  // a simdjson::dom::element
  bool m_exists = false;
};

/// A parsed text, with its keys in order. NaN, Infinity and numbers that no double or integer holds become an empty text.
class JsonDocument {
 public:
  static Expected<JsonDocument> parse(std::string text, const std::string& name);
  static Expected<JsonDocument> read(const std::filesystem::path& path);
  JsonDocument();
  /// Parses another text with the same buffers; earlier values of this document are gone. `text` may be changed.
  Expected<JsonValue> parseNext(std::string& text, const std::string& name);
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();
  JsonValue root() const { return m_root; }

 private:
  struct State;
  std::unique_ptr<State> m_state;
  JsonValue m_root;
};

/// A JSON string literal of `text`, quotes included.
std::string jsonQuoted(std::string_view text);

}  // namespace intarsia
