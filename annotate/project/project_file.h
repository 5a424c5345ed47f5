// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "annotate/model/annotation.h"
#include "core/base/class_table.h"
#include "core/base/error.h"
#include "core/base/split.h"

namespace intarsia {

/// A project's own folder, in the folder that was opened.
inline constexpr std::string_view kDataName = "intarsia";

/// A folder that images come from. Keys of its images begin with its name.
struct ProjectRoot {
  std::string name;            // one component, encoded
  std::filesystem::path path;  // absolute
  bool scan = true;            // every image below it belongs to the project; else only those that have an entry
  std::string extra;           // unknown keys, a JSON object or empty
};

/// What project.json says about one image.
struct ImageEntry {
  Split split = Split::none;
  std::string group;
  ImageStatus status = ImageStatus::unlabelled;
  bool blank = false;  // it has a sidecar, but no labels in it
  std::string extra;
  bool operator==(const ImageEntry&) const = default;
};

/// project.json as a value.
struct ProjectFile {
  ClassTable classes;
  std::map<ClassId, std::string> classExtra;
  std::vector<ProjectRoot> roots;
  std::optional<ClassId> background;
  bool backgroundChosen = false;
  uint64_t seed = 1;
  std::string settingsExtra;
  std::map<std::string, ImageEntry> images;  // by key
  std::string extra;
  bool newer = false;  // written by a newer version: look, do not write

  const ProjectRoot* root(std::string_view name) const;
};

/// `folder` is what roots are relative to. One class, root and image per line.
std::string projectFileText(const ProjectFile& file, const std::filesystem::path& folder);
Expected<ProjectFile> parseProjectFile(std::string_view text, const std::filesystem::path& folder,
                                       const std::string& file);

/// Which split a newly labelled image gets. Groups stay whole; then the first image trains, the second validates, and
/// further ones are drawn by a hash of seed and group (or key), four to one.
class SplitRule {
 public:
  explicit SplitRule(const ProjectFile& file);
  Split draw(const std::string& key, const std::string& group) const;
  /// Tells it of an image that has its split now.
  void add(const std::string& group, Split split);

 private:
  uint64_t m_seed;
  bool m_train = false, m_val = false;
  std::map<std::string, Split> m_groups;
};

/// "root/relative/path" whose components are plain names.
bool isImageKey(std::string_view key);
/// Key of an image in the innermost root that holds it; empty when none does.
std::string imageKeyOf(const ProjectFile& file, const std::filesystem::path& image);
/// After the folder's own name, and not yet in use.
std::string uniqueRootName(const ProjectFile& file, const std::filesystem::path& folder);
bool hasImageExtension(const std::filesystem::path& path);
/// Keys of all images below a root, unsorted. Folders that begin with a dot, `except`, the data folders of projects, folders below the
/// root that were exported (export_place.h) and unreadable folders are left out.
std::vector<std::string> listImages(const ProjectRoot& root, const std::filesystem::path& except);
/// "image 2" before "image 10".
bool naturalLess(std::string_view a, std::string_view b);

}  // namespace intarsia
