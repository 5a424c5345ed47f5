// SPDX-License-Identifier: GPL-3.0-or-later
// Preloaded into a program under test: counts the calls that change files below FAULT_ROOT, and
//   FAULT_AT=n FAULT_ERRNO=e [FAULT_FOREVER=1]  lets the n-th fail (a write is first cut short),
//   FAULT_AT=n FAULT_KILL=1                     kills the process before it,
//   FAULT_LOG=file                              records them: one line each, with the content of writes in hex,
//   FAULT_CLOCK=seconds                         the system's clock is put ahead and back by so much, anew each time it is read.
// At the end the number of calls goes to FAULT_COUNT (a file).
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <string>
#include <string_view>

namespace {

template <class F>
F* real(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}
using Open = int(const char*, int, ...);
using OpenAt = int(int, const char*, int, ...);
using Write = ssize_t(int, const void*, size_t);
using OneFd = int(int);
using OnePath = int(const char*);
using TwoPaths = int(const char*, const char*);
using Mkdir = int(const char*, mode_t);

constexpr int kFds = 1024;
struct State {
  std::string root, log;
  long at = 0, error = 0, calls = 0;
  bool forever = false, killing = false;
  int logFd = -1;
  std::mutex mutex;
  int inode[kFds] = {};  // of files opened for writing, 0 = not ours
  std::string folder[kFds];
  int inodes = 0;
};

State& state() {
  static State* s = [] {
    auto* out = new State;
    const auto text = [](const char* name) { const char* v = getenv(name); return std::string(v ? v : ""); };
    out->root = text("FAULT_ROOT");
    out->at = atol(text("FAULT_AT").c_str());
    out->error = atol(text("FAULT_ERRNO").c_str());
    out->forever = !text("FAULT_FOREVER").empty();
    out->killing = !text("FAULT_KILL").empty();
    out->log = text("FAULT_LOG");
    if (!out->log.empty()) out->logFd = real<Open>("open")(out->log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    return out;
  }();
  return *s;
}

bool ours(const char* path) {
  const auto& root = state().root;
  return path && !root.empty() && std::string_view(path).starts_with(root) && !std::string_view(path).ends_with("/.lock");
}

void record(const std::string& line) {
  auto& s = state();
  if (s.logFd >= 0) (void)!real<Write>("write")(s.logFd, (line + "\n").data(), line.size() + 1);
}

/// True: the call is to fail, errno is set.
bool fails() {
  auto& s = state();
  const long n = ++s.calls;
  if (s.at == 0 || n < s.at || (n > s.at && !s.forever)) return false;
  if (s.killing) kill(getpid(), SIGKILL);
  errno = int(s.error);
  return true;
}

std::string hex(const void* data, size_t n) {
  static const char* digits = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < n; ++i) {
    const auto c = static_cast<const unsigned char*>(data)[i];
    out += digits[c >> 4];
    out += digits[c & 15];
  }
  return out;
}

struct AtExit {
  ~AtExit() {
    const char* file = getenv("FAULT_COUNT");
    if (!file) return;
    const int fd = real<Open>("open")(file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    const auto text = std::to_string(state().calls);
    (void)!real<Write>("write")(fd, text.data(), text.size());
    real<OneFd>("close")(fd);
  }
} atExit;

int opened(int fd, const char* path, int flags) {
  auto& s = state();
  if (fd < 0 || fd >= kFds) return fd;
  if (flags & O_DIRECTORY) {
    s.folder[fd] = path;
  } else if ((flags & O_ACCMODE) != O_RDONLY) {
    s.inode[fd] = ++s.inodes;
    record("create " + std::to_string(s.inode[fd]) + " " + path);
  }
  return fd;
}

int openPath(const char* path, int flags, mode_t mode) {
  auto* const call = real<Open>("open");
  if (!ours(path)) return call(path, flags, mode);
  std::lock_guard lock(state().mutex);
  if ((flags & O_ACCMODE) != O_RDONLY && fails()) return -1;
  return opened(call(path, flags, mode), path, flags);
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_t(va_arg(arguments, int));
  va_end(arguments);
  return openPath(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_t(va_arg(arguments, int));
  va_end(arguments);
  return openPath(path, flags, mode);
}
int __open_2(const char* path, int flags) { return openPath(path, flags, 0); }
int __open64_2(const char* path, int flags) { return openPath(path, flags, 0); }

ssize_t write(int fd, const void* data, size_t size) {
  auto* const call = real<Write>("write");
  if (fd < 0 || fd >= kFds || !state().inode[fd]) return call(fd, data, size);
  std::lock_guard lock(state().mutex);
  if (fails()) {
    // As on a full disk: a part arrives, then nothing more.
    if (size < 2 || state().inode[fd] < 0) return -1;
    state().inode[fd] = -state().inode[fd];
    return call(fd, data, size / 2);
  }
  if (state().inode[fd] < 0) {  // the call after the short one
    state().inode[fd] = -state().inode[fd];
    errno = int(state().error);
    return -1;
  }
  record("write " + std::to_string(state().inode[fd]) + " " + hex(data, size));
  return call(fd, data, size);
}

int fsync(int fd) {
  auto* const call = real<OneFd>("fsync");
  auto& s = state();
  if (fd < 0 || fd >= kFds || (!s.inode[fd] && s.folder[fd].empty())) return call(fd);
  std::lock_guard lock(s.mutex);
  if (fails()) return -1;
  record(s.inode[fd] ? "fsync " + std::to_string(s.inode[fd]) : "fsyncdir " + s.folder[fd]);
  return call(fd);
}

int syncfs(int fd) {
  auto* const call = real<OneFd>("syncfs");
  auto& s = state();
  if (fd < 0 || fd >= kFds || s.folder[fd].empty()) return call(fd);
  std::lock_guard lock(s.mutex);
  if (fails()) return -1;
  record("syncfs");
  return call(fd);
}

int close(int fd) {
  auto* const call = real<OneFd>("close");
  auto& s = state();
  if (fd < 0 || fd >= kFds || (!s.inode[fd] && s.folder[fd].empty())) return call(fd);
  std::lock_guard lock(s.mutex);
  const bool file = s.inode[fd] != 0;
  s.inode[fd] = 0;
  s.folder[fd].clear();
  const bool failed = file && fails();
  const int number = errno;
  const int result = call(fd);
  if (!failed) return result;
  errno = number;
  return -1;
}

int rename(const char* from, const char* to) {
  auto* const call = real<TwoPaths>("rename");
  if (!ours(from) && !ours(to)) return call(from, to);
  std::lock_guard lock(state().mutex);
  if (fails()) return -1;
  const int result = call(from, to);
  if (result == 0) record(std::string("rename ") + from + " " + to);
  return result;
}

int link(const char* from, const char* to) {
  auto* const call = real<TwoPaths>("link");
  if (!ours(to)) return call(from, to);
  std::lock_guard lock(state().mutex);
  if (fails()) return -1;
  const int result = call(from, to);
  if (result == 0) record(std::string("link ") + from + " " + to);
  return result;
}

static int removeBy(const char* name, const char* path) {
  auto* const call = real<OnePath>(name);
  if (!ours(path)) return call(path);
  std::lock_guard lock(state().mutex);
  if (fails()) return -1;
  const int result = call(path);
  if (result == 0) record(std::string("unlink ") + path);
  return result;
}
int unlink(const char* path) noexcept { return removeBy("unlink", path); }
int remove(const char* path) noexcept { return removeBy("remove", path); }

int mkdir(const char* path, mode_t mode) noexcept {
  auto* const call = real<Mkdir>("mkdir");
  if (!ours(path)) return call(path, mode);
  std::lock_guard lock(state().mutex);
  if (fails()) return -1;
  const int result = call(path, mode);
  if (result == 0) record(std::string("mkdir ") + path);
  return result;
}

static time_t clockJump() {
  static const time_t jump = atol(getenv("FAULT_CLOCK") ? getenv("FAULT_CLOCK") : "0");
  static std::atomic<unsigned> reads = 0;
  return reads++ % 2 ? jump : -jump;
}
int clock_gettime(clockid_t clock, timespec* now) noexcept {
  static auto* const call = real<int(clockid_t, timespec*)>("clock_gettime");
  const int result = call(clock, now);
  if (clock == CLOCK_REALTIME && result == 0) now->tv_sec += clockJump();
  return result;
}
int gettimeofday(timeval* __restrict now, void* __restrict zone) noexcept {
  static auto* const call = real<int(timeval*, void*)>("gettimeofday");
  const int result = call(now, zone);
  if (now && result == 0) now->tv_sec += clockJump();
  return result;
}
time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

/// The program under test says how far it has come.
void fault_note(const char* text) {
  std::lock_guard lock(state().mutex);
  record(std::string("note ") + text);
}

}  // extern "C"
