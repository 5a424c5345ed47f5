// SPDX-License-Identifier: GPL-3.0-or-later
// The program's own open, stat and so on stand before libc's for all libraries that it loads.
#include "tests/ui/slow_drive.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace intarsia::test {
namespace {

struct State {
  std::atomic<bool> active = false;
  std::atomic<int64_t> delayMs = 0;
  std::atomic<int> calls = 0;
  std::array<std::atomic<bool>, 4096> files = {};  // descriptors of what lies there
  std::mutex mutex;
  std::string root;
  std::thread::id owner;
  std::vector<std::string> own;
};

State& state() {
  static auto* s = new State;
  return *s;
}

bool isFile(int fd) { return fd >= 0 && size_t(fd) < state().files.size() && state().files[size_t(fd)]; }

bool below(const char* path, int folder = AT_FDCWD) {
  auto& s = state();
  if (!s.active || !path) return false;
  if (path[0] != '/') return folder != AT_FDCWD && isFile(folder);
  std::lock_guard lock(s.mutex);
  return std::string_view(path).starts_with(s.root);
}

void stall(const char* call, std::string_view what) {
  auto& s = state();
  ++s.calls;
  if (std::this_thread::get_id() == s.owner) {
    std::lock_guard lock(s.mutex);
    s.own.push_back(std::string(call) + " " + std::string(what));
  }
  const int number = errno;
  std::this_thread::sleep_for(std::chrono::milliseconds(s.delayMs));
  errno = number;
}

int opened(int fd) {
  if (fd >= 0 && size_t(fd) < state().files.size()) state().files[size_t(fd)] = true;
  return fd;
}

}  // namespace

SlowDrive::SlowDrive(const std::filesystem::path& root, std::chrono::milliseconds call) {
  auto& s = state();
  {
    std::lock_guard lock(s.mutex);
    s.root = root.native();
    s.owner = std::this_thread::get_id();
    s.own.clear();
  }
  s.calls = 0;
  setDelay(call);
  s.active = true;
}
SlowDrive::~SlowDrive() { state().active = false; }
void SlowDrive::setDelay(std::chrono::milliseconds call) { state().delayMs = call.count(); }
int SlowDrive::calls() const { return state().calls; }

std::vector<std::string> SlowDrive::ownCalls() {
  std::lock_guard lock(state().mutex);
  return std::exchange(state().own, {});
}

}  // namespace intarsia::test

using intarsia::test::below;
using intarsia::test::isFile;
using intarsia::test::opened;
using intarsia::test::state;
using intarsia::test::stall;

// Result, name, parameters, how it is told from others, arguments.
#define SLOW(result, name, parameters, isOurs, what, arguments, ...)                     \
  result name parameters __VA_ARGS__ {                                                   \
    static auto* const real = reinterpret_cast<result(*) parameters>(dlsym(RTLD_NEXT, #name)); \
    if (isOurs) stall(#name, what);                                                       \
    return real arguments;                                                               \
  }
#define SLOW_OPEN(name)                                                                        \
  int name(const char* path, int flags, ...) {                                                 \
    static auto* const real = reinterpret_cast<int (*)(const char*, int, ...)>(dlsym(RTLD_NEXT, #name)); \
    va_list list;                                                                              \
    va_start(list, flags);                                                                     \
    const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? mode_t(va_arg(list, int)) : 0;         \
    va_end(list);                                                                              \
    if (!below(path)) return real(path, flags, mode);                                          \
    stall(#name, path);                                                                         \
    return opened(real(path, flags, mode));                                                    \
  }

extern "C" {

SLOW_OPEN(open)
SLOW_OPEN(open64)
int openat(int folder, const char* path, int flags, ...) {
  static auto* const real = reinterpret_cast<int (*)(int, const char*, int, ...)>(dlsym(RTLD_NEXT, "openat"));
  va_list list;
  va_start(list, flags);
  const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? mode_t(va_arg(list, int)) : 0;
  va_end(list);
  if (!below(path, folder)) return real(folder, path, flags, mode);
  stall("openat", path);
  return opened(real(folder, path, flags, mode));
}
int close(int fd) {
  static auto* const real = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "close"));
  if (isFile(fd)) state().files[size_t(fd)] = false;
  return real(fd);
}
int closedir(DIR* folder) {
  static auto* const real = reinterpret_cast<int (*)(DIR*)>(dlsym(RTLD_NEXT, "closedir"));
  if (const int fd = dirfd(folder); isFile(fd)) state().files[size_t(fd)] = false;
  return real(folder);
}
SLOW(DIR*, opendir, (const char* path), below(path), path, (path))
SLOW(int, stat, (const char* path, struct stat* info), below(path), path, (path, info), noexcept)
SLOW(int, stat64, (const char* path, struct stat64* info), below(path), path, (path, info), noexcept)
SLOW(int, lstat, (const char* path, struct stat* info), below(path), path, (path, info), noexcept)
SLOW(int, lstat64, (const char* path, struct stat64* info), below(path), path, (path, info), noexcept)
SLOW(int, statx, (int folder, const char* path, int flags, unsigned mask, struct statx* info), below(path, folder), path, (folder, path, flags, mask, info), noexcept)
SLOW(int, access, (const char* path, int mode), below(path), path, (path, mode), noexcept)
SLOW(int, mkdir, (const char* path, mode_t mode), below(path), path, (path, mode), noexcept)
SLOW(int, rename, (const char* from, const char* to), below(to), to, (from, to), noexcept)
SLOW(int, link, (const char* from, const char* to), below(to), to, (from, to), noexcept)
SLOW(int, unlink, (const char* path), below(path), path, (path), noexcept)
SLOW(int, remove, (const char* path), below(path), path, (path), noexcept)
SLOW(ssize_t, read, (int fd, void* data, size_t size), isFile(fd), "", (fd, data, size))
SLOW(ssize_t, write, (int fd, const void* data, size_t size), isFile(fd), "", (fd, data, size))
SLOW(int, fsync, (int fd), isFile(fd), "", (fd))
SLOW(int, flock, (int fd, int operation), isFile(fd), "", (fd, operation), noexcept)

}  // extern "C"
