// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace intarsia {

/// Bytes that wait on the disk for the life of the program: a file without a name, so that no crash leaves it behind. One thread.
class SpillFile {
 public:
  struct Place {
    uint64_t offset = 0, length = 0;
  };
  SpillFile() = default;
  ~SpillFile() { clear(); }
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  /// At the end; the file is made in `folder` when it is first needed. None = it cannot be written.
  std::optional<Place> append(const std::filesystem::path& folder, std::string_view bytes);
  std::optional<std::string> read(Place place) const;
  /// Gives the room of the first or the last place back.
  void release(Place place);
  uint64_t bytes() const { return m_bytes; }
  void clear();

 private:
  int m_fd = -1;
  uint64_t m_end = 0, m_bytes = 0;
};

}  // namespace intarsia
