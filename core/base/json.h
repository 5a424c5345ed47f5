// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace intarsia {

/// JSON from files that we do not trust: at most 64 levels deep (nlohmann's dump() recurses), a byte order mark is skipped, invalid
/// UTF-8 and numbers beyond a double are errors with file and line. Include <nlohmann/json.hpp> to use the values.
inline constexpr int kJsonDepth = 64;
Expected<nlohmann::json> parseJson(std::string_view text, const std::string& file = {});
/// Keeps the order of keys.
Expected<nlohmann::ordered_json> parseOrderedJson(std::string_view text, const std::string& file = {});
Expected<nlohmann::json> readJson(const std::filesystem::path& path, size_t limit = size_t(1) << 30);

/// Text of any value; never throws: invalid UTF-8 in strings becomes U+FFFD. indent < 0: one line.
std::string dumpJson(const nlohmann::json& value, int indent = -1);
std::string dumpJson(const nlohmann::ordered_json& value, int indent = -1);

/// Finite number; a string that holds one counts too (several tools write them so).
std::optional<double> jsonNumber(const nlohmann::json& value);
/// Whole number in the range of int64; 3.0 and "3" count too.
std::optional<int64_t> jsonInteger(const nlohmann::json& value);
/// Member of an object; null if `object` is none or lacks it.
const nlohmann::json* jsonFind(const nlohmann::json& object, std::string_view key);
/// String member or `fallback`.
std::string jsonString(const nlohmann::json& object, std::string_view key, std::string fallback = {});

}  // namespace intarsia
