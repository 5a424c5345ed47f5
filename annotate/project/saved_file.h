// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/error.h"

namespace intarsia {

/// A file as it was when we last read or wrote it; tells whether another program has changed it since. By size, time and inode
/// first, by content where those differ: a file that was only touched has not changed.
struct SavedFile {
  bool exists = false;
  uint64_t size = 0, inode = 0;
  int64_t modified = 0;  // nanoseconds
  std::string hash;      // of the content

  /// Size, time and inode as they are now. To be called before the file is read: what changes between the two shows later.
  static SavedFile look(const std::filesystem::path& path);
  void setContent(std::string_view content);
};

/// Before `path` is replaced: if it is not what `known` says, its content is kept beside it as
/// "<stem>.conflict-<host>-<time>.<extension>", whose path is returned.
Expected<std::optional<std::filesystem::path>> keepForeignChange(const std::filesystem::path& path, const SavedFile& known);
/// "<stem>.<what>-<host>-<UTC time>.<extension>" in the same folder, not in use.
std::filesystem::path besidePath(const std::filesystem::path& path, std::string_view what);

/// The last three versions of files below a project's data folder, as hard links in `backups/1` (newest) to `backups/3`; base maps
/// that they name lie in `backups/maps`. A version is kept before the first save of a file in a session and then every ten
/// minutes at most. Keeping is an extra: when it fails (no room, no links and no copies), the save goes on.
class Generations {
 public:
  static constexpr int kKept = 3;
  static constexpr std::chrono::minutes kInterval{10};
  struct Version {
    std::filesystem::path file, maps;  // the folder of the base map that it names
    std::chrono::sys_seconds written;
  };

  explicit Generations(std::filesystem::path data, std::chrono::seconds interval = kInterval)
      : m_data(std::move(data)), m_interval(interval) {}
  /// `relative`: below the data folder. One thread at a time.
  void keep(const std::filesystem::path& relative);
  /// Newest first. Any thread.
  static std::vector<Version> versions(const std::filesystem::path& data, const std::filesystem::path& relative);

 private:
  std::filesystem::path m_data;
  std::chrono::seconds m_interval;
  std::unordered_map<std::string, std::chrono::steady_clock::time_point> m_kept;
};

}  // namespace intarsia
