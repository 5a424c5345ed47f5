// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/edit/spill_file.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace intarsia {

std::optional<SpillFile::Place> SpillFile::append(const std::filesystem::path& folder, std::string_view bytes) {
  if (m_fd < 0) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    std::string name = (folder / "undo-XXXXXX").string();
    m_fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (m_fd < 0) return std::nullopt;
    ::unlink(name.c_str());
  }
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::pwrite(m_fd, bytes.data() + done, bytes.size() - done, off_t(m_end + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;  // what was written lies behind the end and is overwritten
    done += size_t(n);
  }
  const Place place{m_end, bytes.size()};
  m_end += bytes.size();
  m_bytes += bytes.size();
  return place;
}

std::optional<std::string> SpillFile::read(Place place) const {
  std::string bytes(place.length, '\0');
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::pread(m_fd, bytes.data() + done, bytes.size() - done, off_t(place.offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;
    done += size_t(n);
  }
  return bytes;
}

void SpillFile::release(Place place) {
  m_bytes -= place.length;
  if (place.offset + place.length == m_end) {
    m_end = place.offset;
    return;
  }
#ifdef FALLOC_FL_PUNCH_HOLE
  (void)::fallocate(m_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, off_t(place.offset), off_t(place.length));
#endif
}

void SpillFile::clear() {
  if (m_fd >= 0) ::close(m_fd);
  m_fd = -1;
  m_end = m_bytes = 0;
}

}  // namespace intarsia
