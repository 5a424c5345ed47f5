// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace intarsia {

/// A text of someone else's: UTF-8 without BOM. UTF-16 and binary files are errors that say so; Latin-1 is converted.
struct TextFile {
  std::string text;
  bool convertedFromLatin1 = false;
};
Expected<TextFile> readTextFile(const std::filesystem::path& path, size_t limit = size_t(1) << 30);

/// Lines without their ends (LF, CRLF or CR).
std::vector<std::string_view> splitLines(std::string_view text);
std::vector<std::string_view> splitFields(std::string_view line, char separator);
/// Fields separated by any number of blanks.
std::vector<std::string_view> splitBlanks(std::string_view line);
/// RFC 4180: quoted fields may hold separators, line ends and doubled quotes.
std::vector<std::vector<std::string>> parseCsv(std::string_view text, char separator = ',');

}  // namespace intarsia
