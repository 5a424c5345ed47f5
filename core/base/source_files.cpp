// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/source_files.h"

#include <sys/stat.h>

#include <optional>

#include "core/base/text.h"

namespace intarsia {
namespace {

std::optional<std::pair<uint64_t, uint64_t>> idOf(const std::filesystem::path& file) {
  struct stat info = {};
  if (::stat(file.c_str(), &info) != 0) return std::nullopt;
  return std::pair(uint64_t(info.st_dev), uint64_t(info.st_ino));
}

}  // namespace

Expected<> SourceFiles::check(const std::filesystem::path& target) const {
  const auto id = idOf(target);
  if (!id) return {};
  std::call_once(m_looked, [this] {
    for (const auto& file : m_files)
      if (const auto known = idOf(file)) m_ids.insert(*known);
  });
  if (!m_ids.contains(*id)) return {};
  return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is one of the pictures themselves: choose another folder to write to"),
              {{"file", displayPath(target)}});
}

}  // namespace intarsia
