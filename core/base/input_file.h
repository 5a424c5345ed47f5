// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "core/base/error.h"

namespace intarsia {

/// A regular file, read from front to back. Opening a pipe does not wait; it and folders are errors. One thread at a time.
class InputFile {
 public:
  static Expected<InputFile> open(const std::filesystem::path& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();
  /// When it was opened; 0 in /proc, whatever there is to read.
  uint64_t size() const { return m_size; }
  void seek(uint64_t position) { m_position = position; }
  /// Fills `out`; fewer bytes only at the end of the file.
  Expected<size_t> read(std::span<char> out);

 private:
  InputFile(int fd, uint64_t size, std::string name) : m_fd(fd), m_size(size), m_name(std::move(name)) {}
  int m_fd;
  uint64_t m_size, m_position = 0;
  std::string m_name;  // for error texts
};

}  // namespace intarsia
