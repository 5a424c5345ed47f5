// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace intarsia {

/// Numbers in the C locale, whole text or nothing (std::from_chars); leading and trailing blanks are allowed. NaN and infinity are refused.
std::optional<double> parseDouble(std::string_view text);
std::optional<int64_t> parseInt(std::string_view text);

/// Shortest decimal text that reads back as the same double.
std::string formatDouble(double value);

std::string_view trim(std::string_view text);
std::string lower(std::string_view ascii);
bool validUtf8(std::string_view text);

/// Percent-encodes bytes that are not UTF-8, control characters and '%', so that any file name fits into JSON; reversible.
std::string encodePath(const std::filesystem::path& path);
std::filesystem::path decodePath(std::string_view text);
/// For people: invalid bytes shown as U+FFFD.
std::string displayPath(const std::filesystem::path& path);

}  // namespace intarsia
