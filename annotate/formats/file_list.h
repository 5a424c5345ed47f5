// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/job.h"

namespace intarsia {

struct ListedFile {
  std::filesystem::path path;
  std::string name;  // relative to the folder that was listed, '/' between, for people (UTF-8)
};

/// Regular files below a folder, sorted by name. Links that lead out of the folder are left out and named in `outside`;
/// loops of links end. Names that are not UTF-8 are kept. A file instead of a folder is a list of one.
struct FileList {
  std::vector<ListedFile> files;
  std::vector<std::string> outside;
};
Expected<FileList> listFiles(const std::filesystem::path& folder, const Job& job = {});

/// By its ending, lower case, with the dot; empty if none.
std::string extensionOf(std::string_view name);
std::string_view baseName(std::string_view name);
std::string_view stemOf(std::string_view name);
std::string_view folderOf(std::string_view name);  // without the last '/', empty at the top
bool isImageName(std::string_view name);

/// Finds the picture that a source means by a name, among the files that were listed: such a name is never joined to a path.
class ImageIndex {
 public:
  void add(FileList list);
  size_t size() const { return m_files.size(); }
  const std::vector<ListedFile>& files() const { return m_files; }

  struct Match {
    const ListedFile* file = nullptr;
    std::string problem;  // why there is none: "not found", "3 files have this name"
  };
  /// `name` as a source writes it: relative, absolute, Windows or URL. The file with the most equal trailing folders wins, compared
  /// by file name, then without regard to case, then by stem; two equally good ones are a problem.
  Match find(std::string_view name) const;

 private:
  Match best(const std::vector<int>& candidates, const std::vector<std::string>& parts) const;
  std::vector<ListedFile> m_files;
  std::unordered_map<std::string, std::vector<int>> m_byName, m_byLower, m_byStem;
};

/// The parts of a foreign name: blanks, drive, scheme, host, query, "." and ".." removed, percent signs of URLs decoded.
std::vector<std::string> nameParts(std::string_view name);

}  // namespace intarsia
