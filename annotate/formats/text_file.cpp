// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/text_file.h"

#include "core/base/atomic_file.h"
#include "core/base/text.h"

namespace intarsia {

Expected<TextFile> readTextFile(const std::filesystem::path& path, size_t limit) {
  INTARSIA_TRY(std::string bytes, readFile(path, limit));
  const std::string name = displayPath(path);
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF") || (bytes.size() >= 4 && !bytes[0] && bytes[1] && !bytes[2] && bytes[3]) ||
      (bytes.size() >= 4 && bytes[0] && !bytes[1] && bytes[2] && !bytes[3]))
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: it is UTF-16 text; save it as UTF-8"), {{"file", name}}, {name});
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.erase(0, 3);
  if (bytes.find('\0') != std::string::npos)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: it is not a text"), {{"file", name}}, {name});
  TextFile result;
  if (validUtf8(bytes)) {
    result.text = std::move(bytes);
    return result;
  }
  result.convertedFromLatin1 = true;
  result.text.reserve(bytes.size() + bytes.size() / 8);
  for (const unsigned char c : bytes) {
    if (c < 0x80) {
      result.text += char(c);
    } else {
      result.text += char(0xC0 | (c >> 6));
      result.text += char(0x80 | (c & 0x3F));
    }
  }
  return result;
}

std::vector<std::string_view> splitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find_first_of("\r\n");
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return lines;
}

std::vector<std::string_view> splitFields(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  for (;;) {
    const size_t end = line.find(separator);
    fields.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> splitBlanks(std::string_view line) {
  std::vector<std::string_view> fields;
  for (size_t at = line.find_first_not_of(" \t\r\n"); at != std::string_view::npos;) {
    const size_t end = line.find_first_of(" \t\r\n", at);
    fields.push_back(line.substr(at, end == std::string_view::npos ? end : end - at));
    at = line.find_first_not_of(" \t\r\n", end);
  }
  return fields;
}

std::vector<std::vector<std::string>> parseCsv(std::string_view text, char separator) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row;
  std::string field;
  bool quoted = false, any = false;
  const auto endRow = [&] {
    if (any || !field.empty() || !row.empty()) {
      row.push_back(std::move(field));
      rows.push_back(std::move(row));
    }
    row.clear();
    field.clear();
    any = false;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') field += c;
      else if (i + 1 < text.size() && text[i + 1] == '"') { field += '"'; ++i; }
      else quoted = false;
    } else if (c == '"' && trim(field).empty()) {
      field.clear();
      quoted = any = true;
    } else if (c == separator) {
      row.push_back(std::move(field));
      field.clear();
      any = true;
    } else if (c == '\n' || c == '\r') {
      endRow();
    } else {
      field += c;
    }
  }
  endRow();
  return rows;
}

}  // namespace intarsia
