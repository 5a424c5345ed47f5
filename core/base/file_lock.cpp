// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/file_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "core/base/atomic_file.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

constexpr std::string_view kText = INTARSIA_TEXT("Cannot write {file}: {reason}");

/// Field 22 of /proc/<pid>/stat; 0 if there is no such process. The name in parentheses may hold anything: count from
/// the last ')'.
int64_t startTimeOf(int pid) {
  const auto stat = readFile("/proc/" + std::to_string(pid) + "/stat", 65536);
  if (!stat) return 0;
  std::string_view rest(*stat);
  rest.remove_prefix(std::min(rest.size(), rest.rfind(')') + 1));
  for (int field = 2; field < 22 && !rest.empty(); ++field)
    rest.remove_prefix(std::min(rest.size(), rest.find(' ') + 1));
  return parseInt(rest.substr(0, rest.find(' '))).value_or(0);
}

/// Three lines: host, pid, start time. Nobody if it is anything else.
std::optional<LockHolder> parseHolder(std::string_view text) {
  std::string_view lines[3];
  for (auto& line : lines) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    line = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  const auto pid = parseInt(lines[1]), start = parseInt(lines[2]);
  if (lines[0].empty() || !pid || !start || *pid <= 0 || *pid > INT32_MAX) return std::nullopt;
  return LockHolder{std::string(lines[0]), int(*pid), *start};
}

std::optional<LockHolder> readHolder(int fd) {
  char block[1024];
  const ssize_t n = ::pread(fd, block, sizeof block, 0);
  return n > 0 ? parseHolder({block, size_t(n)}) : std::nullopt;
}

bool alive(const LockHolder& holder) {
  return holder.host == hostName() && startTimeOf(holder.pid) == holder.startTime;
}

/// Whether another host's flock may be invisible here.
bool sharedFileSystem(int fd) {
  // NFS, CIFS, SMB2, SMB, FUSE (sshfs), 9p, Lustre, Ceph, GPFS.
  constexpr uint32_t kShared[] = {0x6969,     0xFF534D42, 0xFE534D42, 0x517B,    0x65735546,
                                  0x01021997, 0x0BD00BD0, 0x00C36400, 0x47504653};
  struct statfs info = {};
  return ::fstatfs(fd, &info) != 0 || std::ranges::find(kShared, uint32_t(info.f_type)) != std::end(kShared);
}

/// Whether the lock is another's although flock() was granted (or is not supported: then `granted` is false).
bool heldByRecord(int fd, bool granted, const LockHolder& holder) {
  if (holder.host == hostName()) return !granted && alive(holder);
  return !granted || sharedFileSystem(fd);
}

enum class Flock { granted, held, unsupported };
Flock tryFlock(int fd, int operation) {
  while (::flock(fd, operation | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    return errno == EWOULDBLOCK ? Flock::held : Flock::unsupported;
  }
  return Flock::granted;
}

std::unexpected<Error> busy(const std::filesystem::path& file, const std::optional<LockHolder>& holder) {
  return fail(ErrorCode::busy, INTARSIA_TEXT("{file} is in use by {holder}"),
              {{"file", displayPath(file)}, {"holder", holder ? holder->text() : "another process"}});
}

bool samePlace(int fd, const std::filesystem::path& file) {
  struct stat a = {}, b = {};
  return ::fstat(fd, &a) == 0 && ::stat(file.c_str(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

std::string hostName() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::string LockHolder::text() const { return "pid " + std::to_string(pid) + " on " + host; }

Expected<FileLock> FileLock::acquire(const std::filesystem::path& file, bool force) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    FileLock lock;
    lock.m_fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (lock.m_fd < 0) return failErrno(errno, kText, displayPath(file));
    const Flock state = tryFlock(lock.m_fd, LOCK_EX);
    const auto before = readHolder(lock.m_fd);
    if (state == Flock::held) {
      if (before && alive(*before)) return busy(file, before);
      // Somebody only looks (holder() below), or has it and is about to write his name.
      if (attempt == 9) return busy(file, before);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      continue;
    }
    if (!samePlace(lock.m_fd, file)) continue;  // removed by its holder between our open and flock
    if (before && !force && heldByRecord(lock.m_fd, state == Flock::granted, *before)) return busy(file, before);
    const std::string name =
        hostName() + "\n" + std::to_string(::getpid()) + "\n" + std::to_string(startTimeOf(::getpid())) + "\n";
    if (::ftruncate(lock.m_fd, 0) != 0 || ::pwrite(lock.m_fd, name.data(), name.size(), 0) != ssize_t(name.size()))
      return failErrno(errno, kText, displayPath(file));
    lock.m_file = file;
    lock.m_before = before;
    return lock;
  }
  return busy(file, std::nullopt);
}

std::optional<LockHolder> FileLock::holder(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return std::nullopt;
  auto found = readHolder(fd);
  if (!found || !alive(*found)) {
    const Flock state = tryFlock(fd, LOCK_SH);
    if (state == Flock::held) {
      if (!found) found = LockHolder{};
    } else if (found && !heldByRecord(fd, state == Flock::granted, *found)) {
      found.reset();
    }
  }
  ::close(fd);
  return found;
}

bool FileLock::held() const { return m_fd >= 0 && samePlace(m_fd, m_file); }

FileLock::FileLock(FileLock&& other) noexcept
    : m_fd(std::exchange(other.m_fd, -1)), m_file(std::move(other.m_file)), m_before(std::move(other.m_before)) {
  other.m_file.clear();
}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(m_fd, other.m_fd);
  std::swap(m_file, other.m_file);
  std::swap(m_before, other.m_before);
  return *this;
}

FileLock::~FileLock() { release(); }

void FileLock::release() noexcept {
  if (m_fd < 0) return;
  if (!m_file.empty() && samePlace(m_fd, m_file)) ::unlink(m_file.c_str());
  ::close(std::exchange(m_fd, -1));
}

}  // namespace intarsia
