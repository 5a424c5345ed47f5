// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <memory>
#include <utility>

#include "core/base/text.h"

namespace intarsia {
namespace {

constexpr std::string_view kText = INTARSIA_TEXT("Cannot read {file}: {reason}");

/// Pages of a mapping that the file does not have any more raise SIGBUS, and the handler may only use what is safe in a signal: so the
/// ranges lie in blocks that are never freed, and are read without a lock.
struct Range {
  std::atomic<bool> taken = false, damaged = false;
  std::atomic<uintptr_t> begin = 0, end = 0;  // begin 0: none
};
struct Block {
  std::array<Range, 64> ranges;
  std::atomic<Block*> next = nullptr;
};
Block firstBlock;
struct sigaction previous = {};

Range* rangeOf(uintptr_t address) {
  for (Block* block = &firstBlock; block; block = block->next.load(std::memory_order_acquire))
    for (Range& range : block->ranges) {
      const uintptr_t begin = range.begin.load(std::memory_order_acquire);
      if (begin && address >= begin && address < range.end.load(std::memory_order_acquire) && range.begin.load(std::memory_order_acquire) == begin) return &range;
    }
  return nullptr;
}

void passOn(int number, siginfo_t* info, void* context) {
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(number, info, context);
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(number);
  } else {
    ::signal(number, SIG_DFL);
    if (info->si_code <= 0) ::raise(number);  // sent by a process; a fault comes again by itself
  }
}

void onBusError(int number, siginfo_t* info, void* context) {
  const int before = errno;
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  Range* range = info->si_code > 0 ? rangeOf(address) : nullptr;
  bool mended = false;
  if (range) {
    // From here to its end, so that a file that is gone costs one signal and not one per page. Not through libc: sanitizers intercept it.
    const uintptr_t page = uintptr_t(::sysconf(_SC_PAGESIZE)), from = address / page * page, end = range->end.load(std::memory_order_acquire);
    range->damaged.store(true, std::memory_order_release);
    mended = end > from && ::syscall(SYS_mmap, from, end - from, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == long(from);
  }
  errno = before;
  if (!mended) passOn(number, info, context);
}

void installHandler() {
  [[maybe_unused]] static const bool once = [] {
    struct sigaction action = {};
    action.sa_sigaction = onBusError;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    return ::sigaction(SIGBUS, &action, &previous) == 0;
  }();
}

Range& add(uintptr_t begin, uintptr_t end) {
  for (Block* block = &firstBlock;; block = block->next.load(std::memory_order_acquire)) {
    for (Range& range : block->ranges) {
      if (range.taken.exchange(true, std::memory_order_acq_rel)) continue;
      range.damaged.store(false, std::memory_order_relaxed);
      range.end.store(end, std::memory_order_release);
      range.begin.store(begin, std::memory_order_release);
      return range;
    }
    if (block->next.load(std::memory_order_acquire)) continue;
    auto fresh = std::make_unique<Block>();
    Block* none = nullptr;
    if (block->next.compare_exchange_strong(none, fresh.get(), std::memory_order_acq_rel)) (void)fresh.release();
  }
}

}  // namespace

bool MappedFile::stampOf(int fd, Stamp& stamp) {
  struct stat info = {};
  if (::fstat(fd, &info) != 0) return false;
  stamp = {int64_t(info.st_size), int64_t(info.st_mtim.tv_sec), int64_t(info.st_mtim.tv_nsec)};
  return true;
}

Expected<MappedFile> MappedFile::open(const std::filesystem::path& path, Watch watch) {
  MappedFile file;
  file.m_name = displayPath(path);
  file.m_fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe must not hold us up
  struct stat info = {};
  if (file.m_fd < 0 || ::fstat(file.m_fd, &info) != 0) return failErrno(errno, kText, file.m_name);
  if (!S_ISREG(info.st_mode))
    return fail(ErrorCode::invalidInput, kText, {{"file", file.m_name}, {"reason", S_ISDIR(info.st_mode) ? "it is a folder" : "it is not a regular file"}}, {file.m_name});
  if (!stampOf(file.m_fd, file.m_stamp)) return failErrno(errno, kText, file.m_name);
  if (info.st_size > 0) {
    installHandler();
    void* data = ::mmap(nullptr, size_t(info.st_size), PROT_READ, MAP_PRIVATE, file.m_fd, 0);
    if (data == MAP_FAILED) return failErrno(errno, kText, file.m_name);
    file.m_data = static_cast<const std::byte*>(data);
    file.m_size = size_t(info.st_size);
    const uintptr_t page = uintptr_t(::sysconf(_SC_PAGESIZE)), begin = reinterpret_cast<uintptr_t>(data);
    file.m_range = &add(begin, begin + (file.m_size + page - 1) / page * page);
  }
  if (watch == Watch::damage) ::close(std::exchange(file.m_fd, -1));
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept { *this = std::move(other); }

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(m_data, other.m_data);
  std::swap(m_size, other.m_size);
  std::swap(m_fd, other.m_fd);
  std::swap(m_stamp, other.m_stamp);
  std::swap(m_range, other.m_range);
  std::swap(m_name, other.m_name);
  return *this;
}

MappedFile::~MappedFile() {
  if (auto* range = static_cast<Range*>(m_range)) {
    range->begin.store(0, std::memory_order_release);
    ::munmap(const_cast<std::byte*>(m_data), m_size);
    range->taken.store(false, std::memory_order_release);
  }
  if (m_fd >= 0) ::close(m_fd);
}

Expected<> MappedFile::intact() const {
  Stamp now = m_stamp;
  const bool seen = m_fd < 0 || stampOf(m_fd, now);
  const auto* range = static_cast<const Range*>(m_range);
  if (seen && now == m_stamp && !(range && range->damaged.load(std::memory_order_acquire))) return {};
  return fail(ErrorCode::io, INTARSIA_TEXT("{file} changed or could not be read while it was being read"), {{"file", m_name}}, {m_name});
}

void MappedFile::expectSequential() const {
  if (m_data) ::madvise(const_cast<std::byte*>(m_data), m_size, MADV_SEQUENTIAL);
}

void MappedFile::release(size_t begin, size_t end) const {
  const size_t page = size_t(::sysconf(_SC_PAGESIZE));
  begin = begin / page * page;
  end = end / page * page;
  if (end > begin) ::madvise(const_cast<std::byte*>(m_data) + begin, end - begin, MADV_DONTNEED);
}

}  // namespace intarsia
