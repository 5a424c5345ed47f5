// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "core/base/error.h"

namespace intarsia {

/// Who holds a lock file, as written in it.
struct LockHolder {
  std::string host;
  int pid = 0;
  int64_t startTime = 0;    // of the process, in clock ticks after boot (/proc/<pid>/stat)
  std::string text() const;  // "pid 123 on host"
};

/// This machine's name, as lock files have it.
std::string hostName();

/// A lock file that one process holds until it is destroyed; a crash frees it. It is a flock() that the kernel drops with the process;
/// the holder's name in the file serves people, and file systems on which another host's flock cannot be seen.
class FileLock {
 public:
  /// Takes the lock, also over from a holder that is gone. ErrorCode::busy (arguments: holder) when someone has it. `force` takes
  /// it over from another host that cannot be asked.
  static Expected<FileLock> acquire(const std::filesystem::path& file, bool force = false);
  /// Who holds it now; nobody when the file is absent or stale.
  static std::optional<LockHolder> holder(const std::filesystem::path& file);

  FileLock(FileLock&&) noexcept;
  FileLock& operator=(FileLock&&) noexcept;
  ~FileLock();  // removes the file

  /// The file is still there and ours: not removed, not on a drive that went away.
  bool held() const;
  /// Whose lock it was when he died without giving it back.
  const std::optional<LockHolder>& takenOverFrom() const { return m_before; }

 private:
  FileLock() = default;
  void release() noexcept;
  int m_fd = -1;
  std::filesystem::path m_file;
  std::optional<LockHolder> m_before;
};

}  // namespace intarsia
