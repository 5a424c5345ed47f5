// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/input_file.h"
#include "core/base/text.h"

namespace intarsia {

Expected<AppendFile> AppendFile::open(const std::filesystem::path& path) {
  AppendFile file;
  file.m_path = displayPath(path);
  file.m_fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  struct stat info = {};
  if (file.m_fd < 0 || ::fstat(file.m_fd, &info) != 0)
    return failErrno(errno, INTARSIA_TEXT("Cannot write {file}: {reason}"), file.m_path);
  char last = '\n';
  if (info.st_size > 0 && ::pread(file.m_fd, &last, 1, info.st_size - 1) < 0)
    return failErrno(errno, INTARSIA_TEXT("Cannot read {file}: {reason}"), file.m_path);
  file.m_unfinished = last != '\n';
  return file;
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : m_fd(std::exchange(other.m_fd, -1)), m_unfinished(other.m_unfinished), m_path(std::move(other.m_path)) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(m_fd, other.m_fd);
  std::swap(m_unfinished, other.m_unfinished);
  std::swap(m_path, other.m_path);
  return *this;
}

AppendFile::~AppendFile() {
  if (m_fd >= 0) ::close(m_fd);
}

Expected<> AppendFile::line(std::string_view text) {
  std::string line = m_unfinished ? "\n" : "";
  line += text;
  std::replace(line.begin() + m_unfinished, line.end(), '\n', ' ');
  line += '\n';
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t n = ::write(m_fd, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      m_unfinished = m_unfinished || rest.size() < line.size();
      return failErrno(errno, INTARSIA_TEXT("Cannot write {file}: {reason}"), m_path);
    }
    rest.remove_prefix(size_t(n));
  }
  m_unfinished = false;
  return {};
}

Expected<std::vector<std::string>> readLines(const std::filesystem::path& path, size_t& offset) {
  std::vector<std::string> lines;
  auto file = InputFile::open(path);
  if (!file && file.error().code == ErrorCode::notFound) return lines;
  if (!file) return std::unexpected(file.error());
  if (size_t(file->size()) < offset) offset = 0;
  file->seek(offset);
  std::string pending;
  std::vector<char> block(65536);
  for (size_t n = block.size(); n == block.size();) {
    INTARSIA_TRY(n, file->read(block));
    for (std::string_view rest(block.data(), n); !rest.empty();) {
      const size_t end = rest.find('\n');
      pending += rest.substr(0, end);
      if (end == std::string_view::npos) break;
      offset += pending.size() + 1;
      lines.push_back(std::exchange(pending, {}));
      rest.remove_prefix(end + 1);
    }
  }
  return lines;
}

}  // namespace intarsia
