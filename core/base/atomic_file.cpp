// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "core/base/input_file.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

constexpr std::string_view kWriteText = INTARSIA_TEXT("Cannot write {file}: {reason}");

std::unexpected<Error> writeError(int number, const std::filesystem::path& file) {
  return failErrno(number, kWriteText, displayPath(file));
}

/// Follows symbolic links by hand, because the last target need not exist yet.
Expected<std::filesystem::path> resolveLinks(std::filesystem::path path) {
  for (int hops = 0; hops < 40; ++hops) {
    std::error_code error;
    const auto next = std::filesystem::read_symlink(path, error);
    if (error) return path;
    path = next.is_absolute() ? next : path.parent_path() / next;
  }
  return writeError(ELOOP, path);
}

}  // namespace

int syncFolder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno == EACCES ? 0 : errno;
  const int number = ::fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP ? 0 : errno;
  ::close(fd);
  return number;
}

Expected<AtomicFile> AtomicFile::open(const std::filesystem::path& target) {
  static std::atomic<unsigned> counter = 0;
  INTARSIA_TRY(auto path, resolveLinks(target));
  struct stat old = {};
  const bool exists = ::stat(path.c_str(), &old) == 0;
  if (!exists && errno != ENOENT) return writeError(errno, path);
  if (exists && !S_ISREG(old.st_mode))
    return fail(ErrorCode::invalidInput, kWriteText,
                {{"file", displayPath(path)}, {"reason", "it is not a regular file"}});
  if (exists && ::access(path.c_str(), W_OK) != 0) return writeError(errno, path);

  AtomicFile file;
  file.m_target = path;
  for (int attempt = 0; attempt < 100 && file.m_fd < 0; ++attempt) {
    // A short name of its own: the target's may already be as long as the file system allows.
    const auto name = ".intarsia-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp";
    file.m_temporary = path.parent_path() / name;
    file.m_fd = ::open(file.m_temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file.m_fd < 0 && errno != EEXIST && errno != EINTR) return writeError(errno, path);
  }
  if (file.m_fd < 0) return writeError(EEXIST, path);
  if (exists && ::fchmod(file.m_fd, old.st_mode & 07777) != 0 && errno != EPERM && errno != ENOTSUP) {
    const int number = errno;
    file.discard();
    return writeError(number, path);
  }
  return file;
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : m_fd(std::exchange(other.m_fd, -1)),
      m_failed(other.m_failed),
      m_target(std::move(other.m_target)),
      m_temporary(std::move(other.m_temporary)) {
  other.m_temporary.clear();
}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this != &other) {
    discard();
    m_fd = std::exchange(other.m_fd, -1);
    m_failed = other.m_failed;
    m_target = std::move(other.m_target);
    m_temporary = std::move(other.m_temporary);
    other.m_temporary.clear();
  }
  return *this;
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() noexcept {
  if (m_fd >= 0) ::close(std::exchange(m_fd, -1));
  if (!m_temporary.empty()) ::unlink(m_temporary.c_str());
  m_temporary.clear();
}

Expected<> AtomicFile::write(std::span<const std::byte> bytes) {
  if (m_failed) return writeError(m_failed, m_target);
  if (m_fd < 0) return writeError(EBADF, m_target);
  while (!bytes.empty()) {
    const ssize_t n = ::write(m_fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      m_failed = n < 0 ? errno : EIO;
      return writeError(m_failed, m_target);
    }
    bytes = bytes.subspan(size_t(n));
  }
  return {};
}

Expected<> AtomicFile::commit() {
  if (m_failed) return writeError(m_failed, m_target);
  if (m_fd < 0) return writeError(EBADF, m_target);
  int number = 0;
  while (::fsync(m_fd) != 0)
    if (errno != EINTR) {
      number = errno;
      break;
    }
  if (::close(std::exchange(m_fd, -1)) != 0 && !number) number = errno;
  if (!number && ::rename(m_temporary.c_str(), m_target.c_str()) != 0) number = errno;
  if (number) {
    discard();
    return writeError(number, m_target);
  }
  m_temporary.clear();
  if (const int failed = syncFolder(m_target.parent_path())) return writeError(failed, m_target);
  return {};
}

Expected<> writeFileAtomically(const std::filesystem::path& target, std::string_view content) {
  INTARSIA_TRY(auto file, AtomicFile::open(target));
  INTARSIA_CHECK(file.write(content));
  return file.commit();
}

Expected<std::string> readFile(const std::filesystem::path& path, size_t limit) {
  INTARSIA_TRY(auto file, InputFile::open(path));
  const auto tooLarge = [&] {
    return fail(ErrorCode::tooLarge, INTARSIA_TEXT("Cannot read {file}: it is larger than {limit} bytes"),
                {{"file", displayPath(path)}, {"limit", std::to_string(limit)}});
  };
  if (file.size() > limit) return tooLarge();
  std::string content(size_t(file.size()), '\0');
  INTARSIA_TRY(size_t used, file.read(content));
  content.resize(used);
  for (char extra[4096]; used > 0 || file.size() == 0;) {  // it may have grown since, and is 0 long in /proc
    INTARSIA_TRY(used, file.read(extra));
    if (used == 0) break;
    if (content.size() + used > limit) return tooLarge();
    content.append(extra, used);
  }
  return content;
}

}  // namespace intarsia
