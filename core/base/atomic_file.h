// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace intarsia {

/// Replaces a whole file: temporary file in the same folder, full write loop, checked fsync, checked close, rename, fsync of the folder.
/// Until `commit` returns success the old file is byte-identical; without commit the temporary file is removed. A symbolic link is
/// followed (its target is replaced), the old file's permissions are kept. Writes are not buffered. One thread at a time.
class AtomicFile {
 public:
  static Expected<AtomicFile> open(const std::filesystem::path& target);
  AtomicFile(AtomicFile&&) noexcept;
  AtomicFile& operator=(AtomicFile&&) noexcept;
  ~AtomicFile();
  Expected<> write(std::span<const std::byte> bytes);
  Expected<> write(std::string_view text) { return write(std::as_bytes(std::span(text))); }
  /// An error if any write failed before.
  Expected<> commit();

 private:
  AtomicFile() = default;
  void discard() noexcept;
  int m_fd = -1;
  int m_failed = 0;  // errno of the first failed write
  std::filesystem::path m_target, m_temporary;
};

Expected<> writeFileAtomically(const std::filesystem::path& target, std::string_view content);

/// fsync of a folder after names in it have changed: 0 or errno. File systems that cannot do it, and folders that cannot be opened for
/// reading, count as done: that is all they can give.
int syncFolder(const std::filesystem::path& folder);

/// The whole file; a limit protects against absurd sizes. Regular files only.
Expected<std::string> readFile(const std::filesystem::path& path, size_t limit = size_t(1) << 30);

}  // namespace intarsia
