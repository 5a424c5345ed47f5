// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace intarsia {

/// A regular file, mapped to be read; any thread. When it is cut short or its drive vanishes, what cannot be read any more turns into
/// zeros instead of ending the process: whoever used bytes of it asks `intact` before the result is believed.
class MappedFile {
 public:
  /// What `intact` looks at: bytes that could not be read; also, by keeping the file open, whether anything was written to it.
  enum class Watch { damage, changes };

  /// An empty file is mapped as no bytes.
  static Expected<MappedFile> open(const std::filesystem::path& path, Watch watch = Watch::changes);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {m_data, m_size}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(m_data), m_size}; }
  const std::string& name() const { return m_name; }  // for people
  /// An error that names the file if it did not stay as it was when it was opened.
  Expected<> intact() const;
  /// It is read from front to back.
  void expectSequential() const;
  /// These bytes were read: their whole pages are given back.
  void release(size_t begin, size_t end) const;

 private:
  MappedFile() = default;
  struct Stamp {
    int64_t size = 0, seconds = 0, nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
  };
  static bool stampOf(int fd, Stamp& stamp);
  const std::byte* m_data = nullptr;
  size_t m_size = 0;
  int m_fd = -1;
  Stamp m_stamp;
  void* m_range = nullptr;  // its place among the ranges that the signal handler knows
  std::string m_name;
};

}  // namespace intarsia
