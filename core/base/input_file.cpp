// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/base/text.h"

namespace intarsia {
namespace {
constexpr std::string_view kText = INTARSIA_TEXT("Cannot read {file}: {reason}");
}  // namespace

Expected<InputFile> InputFile::open(const std::filesystem::path& path) {
  std::string name = displayPath(path);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return failErrno(errno, kText, name);
  InputFile file(fd, 0, std::move(name));
  struct stat info = {};
  if (::fstat(fd, &info) != 0) return failErrno(errno, kText, file.m_name);
  if (!S_ISREG(info.st_mode))
    return fail(ErrorCode::invalidInput, kText,
                {{"file", file.m_name}, {"reason", S_ISDIR(info.st_mode) ? "it is a folder" : "it is not a regular file"}});
  file.m_size = uint64_t(info.st_size);
  return file;
}

InputFile::InputFile(InputFile&& other) noexcept
    : m_fd(std::exchange(other.m_fd, -1)), m_size(other.m_size), m_position(other.m_position), m_name(std::move(other.m_name)) {}

InputFile::~InputFile() {
  if (m_fd >= 0) ::close(m_fd);
}

Expected<size_t> InputFile::read(std::span<char> out) {
  size_t used = 0;
  while (used < out.size()) {
    const ssize_t n = ::pread(m_fd, out.data() + used, out.size() - used, off_t(m_position));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failErrno(errno, kText, m_name);
    if (n == 0) break;
    used += size_t(n);
    m_position += uint64_t(n);
  }
  return used;
}

}  // namespace intarsia
