// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace intarsia {

/// A log of lines: one write() per line, so that a reader sees whole lines but perhaps an unfinished last one.
/// One thread at a time.
class AppendFile {
 public:
  static Expected<AppendFile> open(const std::filesystem::path& path);  // repairs an unfinished last line by ending it
  AppendFile(AppendFile&&) noexcept;
  AppendFile& operator=(AppendFile&&) noexcept;
  ~AppendFile();
  /// Without the newline; newlines inside become blanks.
  Expected<> line(std::string_view text);

 private:
  AppendFile() = default;
  int m_fd = -1;
  bool m_unfinished = false;  // a failed write left half a line: the next begins with a newline
  std::string m_path;
};

/// Complete lines from byte `offset` on; moves `offset` behind the last newline. A missing file has none; one that became
/// shorter than `offset` is read from its start.
Expected<std::vector<std::string>> readLines(const std::filesystem::path& path, size_t& offset);

}  // namespace intarsia
