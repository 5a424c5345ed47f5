// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace intarsia {

/// A first look at a file or folder that all probes share: names, and the beginnings of a few files. One thread.
class SourceLook {
 public:
  explicit SourceLook(const std::filesystem::path& source);

  const std::filesystem::path& path() const { return m_path; }
  bool isFile() const { return m_isFile; }
  bool isFolder() const { return m_isFolder; }
  /// Files below the folder (a sample of large folders, sorted), relative, '/' between; of a file its own name.
  const std::vector<std::string>& files() const { return m_files; }
  /// `name` relative to the folder, '/' between.
  bool hasFolder(std::string_view name) const { return m_folders.contains(std::string(name)); }
  bool hasFile(std::string_view name) const { return m_names.contains(std::string(name)); }
  /// Up to `limit` files whose lower-case name ends so. A text file that was opened alone counts whatever its ending is.
  std::vector<std::string> endingIn(std::string_view suffix, size_t limit = 3) const;
  /// The first 64 KiB; empty if it cannot be read.
  const std::string& head(const std::string& file) const;
  /// Key paths of the beginning of a JSON text: "images[].file_name"; see jsonKeys.
  const std::set<std::string>& keys(const std::string& file) const;
  bool anyKey(const std::string& file, std::initializer_list<const char*> paths) const;
  bool allKeys(const std::string& file, std::initializer_list<const char*> paths) const;

 private:
  void lookInto(const std::filesystem::path& folder, const std::string& prefix, int depth);
  std::filesystem::path m_path;
  bool m_isFile = false, m_isFolder = false;
  std::vector<std::string> m_files;
  std::map<std::string, std::filesystem::path> m_paths;
  std::set<std::string> m_names, m_folders;
  mutable std::map<std::string, std::string> m_heads;
  mutable std::map<std::string, std::set<std::string>> m_keys;
};

/// Key paths in the beginning of a JSON text, which may be cut anywhere: members joined by '.', array elements as "[]".
/// A new text after the first (NDJSON) counts as the same. At most 4,000 paths, 8 levels.
std::set<std::string> jsonKeys(std::string_view head);

}  // namespace intarsia
