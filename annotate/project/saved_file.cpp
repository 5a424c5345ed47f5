// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/saved_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <set>

#include "annotate/project/sidecar.h"
#include "core/base/atomic_file.h"
#include "core/base/file_lock.h"
#include "core/base/file_name.h"
#include "core/base/hash.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;
constexpr size_t kLimit = size_t(1) << 30;

fs::path generation(const fs::path& data, int number) { return data / "backups" / std::to_string(number); }

/// The base map that a sidecar names; empty for other files and for what cannot be read.
std::string baseOf(const fs::path& file) {
  if (file.filename() == "project.json") return {};
  const auto text = readFile(file, kLimit);
  if (!text) return {};
  const auto sidecar = parseSidecar(*text, displayPath(file));
  return sidecar ? sidecar->base.file : std::string();
}

/// A second name for the content, or a copy where the file system has no links.
bool linkOrCopy(const fs::path& from, const fs::path& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return true;
  if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK && errno != EXDEV) return false;
  const auto text = readFile(from, kLimit);
  return text && writeFileAtomically(to, *text);
}

}  // namespace

SavedFile SavedFile::look(const fs::path& path) {
  SavedFile out;
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return out;
  out.exists = true;
  out.size = uint64_t(info.st_size);
  out.inode = uint64_t(info.st_ino);
  out.modified = int64_t(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
  return out;
}

void SavedFile::setContent(std::string_view content) { hash = contentHash(content); }

fs::path besidePath(const fs::path& path, std::string_view what) {
  const std::time_t now = std::time(nullptr);
  std::tm utc = {};
  ::gmtime_r(&now, &utc);
  char time[32];
  std::strftime(time, sizeof time, "%Y%m%dT%H%M%SZ", &utc);
  std::error_code error;
  for (int i = 1;; ++i) {
    auto out = path.parent_path() / fittingName(path.stem().native(), fmt::format(".{}-{}-{}{}{}", what, encodePath(hostName()), time,
                                                                                  i > 1 ? fmt::format("-{}", i) : "", path.extension().native()));
    if (!fs::exists(out, error)) return out;
  }
}

Expected<std::optional<fs::path>> keepForeignChange(const fs::path& path, const SavedFile& known) {
  const auto now = SavedFile::look(path);
  if (!now.exists) return std::nullopt;
  if (known.exists && now.size == known.size && now.inode == known.inode && now.modified == known.modified) return std::nullopt;
  INTARSIA_TRY(const auto text, readFile(path, kLimit));
  if (known.exists && contentHash(text) == known.hash) return std::nullopt;
  auto copy = besidePath(path, "conflict");
  INTARSIA_CHECK(writeFileAtomically(copy, text));
  return copy;
}

void Generations::keep(const fs::path& relative) {
  const auto now = std::chrono::steady_clock::now();
  const auto [last, isFirst] = m_kept.try_emplace(relative.native(), now);
  if (!isFirst && now - last->second < m_interval) return;
  last->second = now;
  const auto current = m_data / relative;
  const auto place = [&](int number) { return generation(m_data, number) / relative; };
  std::error_code error;
  if (!fs::exists(current, error) || fs::equivalent(current, place(1), error)) return;
  const auto maps = m_data / "backups" / "maps" / relative.parent_path();
  const auto base = baseOf(current), oldest = baseOf(place(kKept));
  for (int number = 1; number <= kKept; ++number) fs::create_directories(place(number).parent_path(), error);
  if (!base.empty()) {
    fs::create_directories(maps, error);
    if (!fs::exists(maps / base, error) && !linkOrCopy(current.parent_path() / base, maps / base)) return;
  }
  for (int number = kKept - 1; number > 0; --number) fs::rename(place(number), place(number + 1), error);
  linkOrCopy(current, place(1));
  if (oldest.empty()) return;
  std::set<std::string> named;
  for (int number = 1; number <= kKept; ++number) named.insert(baseOf(place(number)));
  if (!named.contains(oldest)) fs::remove(maps / oldest, error);
}

std::vector<Generations::Version> Generations::versions(const fs::path& data, const fs::path& relative) {
  std::vector<Version> out;
  for (int number = 1; number <= kKept; ++number) {
    const auto file = generation(data, number) / relative;
    struct stat info = {};
    if (::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    out.push_back({file, data / "backups" / "maps" / relative.parent_path(), std::chrono::sys_seconds(std::chrono::seconds(info.st_mtim.tv_sec))});
  }
  return out;
}

}  // namespace intarsia
