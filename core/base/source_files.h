// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace intarsia {

/// Files that something is made from: no result may take the place of one, whatever name leads to it.
class SourceFiles {
 public:
  explicit SourceFiles(std::vector<std::filesystem::path> files) : m_files(std::move(files)) {}
  /// An error where `target` is one of them. They are looked at once, when a target is there already. Any thread.
  Expected<> check(const std::filesystem::path& target) const;

 private:
  std::vector<std::filesystem::path> m_files;
  mutable std::once_flag m_looked;
  mutable std::set<std::pair<uint64_t, uint64_t>> m_ids;  // device and inode
};

}  // namespace intarsia
