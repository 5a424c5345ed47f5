// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json.h"

#include <nlohmann/json.hpp>

namespace intarsia {
namespace {

/// Bytes before the place where brackets nest deeper than kJsonDepth; npos when they never do.
size_t tooDeepAt(std::string_view text) {
  int depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (inString) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        inString = false;
    } else if (c == '"') {
      inString = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kJsonDepth) return i;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return std::string_view::npos;
}

template <class Json>
Expected<Json> parse(std::string_view text, const std::string& file) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (const size_t at = tooDeepAt(text); at != std::string_view::npos)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: brackets nest too deeply at byte {byte}"),
                {{"file", file}, {"byte", std::to_string(at)}});
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::parse_error& e) {
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: not valid JSON at byte {byte}"),
                {{"file", file}, {"byte", std::to_string(e.byte)}});
  } catch (const nlohmann::json::exception&) {  // numbers out of range
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: a number is out of range"), {{"file", file}});
  }
}

}  // namespace

Expected<nlohmann::json> parseJson(std::string_view text, const std::string& file) {
  return parse<nlohmann::json>(text, file);
}
Expected<nlohmann::ordered_json> parseOrderedJson(std::string_view text, const std::string& file) {
  return parse<nlohmann::ordered_json>(text, file);
}

}  // namespace intarsia
