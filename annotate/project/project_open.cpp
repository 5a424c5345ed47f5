// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "annotate/project/project_state.h"
#include "core/base/atomic_file.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kMainRoot = "images";
constexpr size_t kProjectLimit = size_t(1) << 30;
constexpr int kParents = 4;  // a single image looks this far up for its project

struct Place {
  fs::path folder;  // of the project
  fs::path image;   // a single image was asked for
};

fs::path plain(const fs::path& path) {
  std::error_code error;
  auto absolute = fs::absolute(path, error).lexically_normal();
  if (!absolute.has_filename()) absolute = absolute.parent_path();
  return absolute;
}

bool isProject(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / kDataName / "project.json", error) ||
         fs::exists(folder / kDataName / "project.journal", error);
}

Expected<Place> findPlace(const fs::path& path) {
  const auto absolute = plain(path);
  std::error_code error;
  const auto status = fs::status(absolute, error);
  if (!fs::exists(status))
    return fail(ErrorCode::notFound, INTARSIA_TEXT("{file} does not exist"), {{"file", displayPath(path)}});
  if (fs::is_directory(status)) {
    if (absolute.filename() == kDataName && isProject(absolute.parent_path())) return Place{absolute.parent_path(), {}};
    return Place{absolute, {}};
  }
  if (absolute.filename() == "project.json" && absolute.parent_path().filename() == kDataName)
    return Place{absolute.parent_path().parent_path(), {}};
  INTARSIA_CHECK(probeImage(absolute));
  auto folder = absolute.parent_path();
  for (int i = 0; i < kParents && folder.has_relative_path(); ++i, folder = folder.parent_path())
    if (isProject(folder)) return Place{folder, absolute};
  return Place{absolute.parent_path(), absolute};
}

/// Removes what a killed process left: temporary files of whole-file writes.
int removeTemporaries(const fs::path& data) {
  std::error_code error;
  int removed = 0;
  for (const auto* below : {"", "annotations"}) {
    fs::recursive_directory_iterator at(data / below, error), end;
    for (; !error && at != end; at.increment(error)) {
      const auto name = at->path().filename().native();
      if (!*below) at.disable_recursion_pending();
      std::error_code ignored;
      if (name.starts_with(".intarsia-") && name.ends_with(".tmp")) removed += fs::remove(at->path(), ignored);
    }
  }
  return removed;
}

/// project.json cannot be read: where a version of it is that can. The error itself where there is none.
Error withEarlierVersion(Error error, const fs::path& data) {
  for (const auto& version : Generations::versions(data, "project.json")) {
    const auto text = readFile(version.file, kProjectLimit);
    if (!text || !parseProjectFile(*text, data.parent_path(), {})) continue;
    return {error.code, INTARSIA_TEXT("{what}. An earlier version can be read: copy {earlier} to {file}"),
            {{"what", error.message()}, {"earlier", displayPath(version.file)}, {"file", displayPath(data / "project.json")}}, {}};
  }
  return error;
}

}  // namespace

/// Takes the lock of a project that is on disk and completes what a process that died left undone.
Expected<> Project::State::takeOver() {
  auto taken = FileLock::acquire(data / ".lock");
  if (!taken && taken.error().code == ErrorCode::busy) {
    access = Access::readOnly;
    const auto whose = FileLock::holder(data / ".lock");
    holder = whose ? whose->text() : taken.error().message();
    return {};
  }
  std::error_code error;
  const bool journal = fs::exists(data / "project.journal", error);
  if (!taken) {  // the folder cannot be written to: edits are kept, and saving will tell
    if (journal) access = Access::readOnly;
    return {};
  }
  lock = std::move(*taken);
  hasLock = true;
  INTARSIA_CHECK(Staging::recover(folder, data));
  const int temporaries = removeTemporaries(data);
  const auto note = [&](std::string_view text, std::vector<std::pair<std::string, std::string>> arguments = {}) {
    recovered.push_back({ErrorCode::failed, text, std::move(arguments), {}});
  };
  if (const auto& before = lock->takenOverFrom())
    note(INTARSIA_TEXT("Intarsia ({holder}) ended without closing this project"), {{"holder", before->text()}});
  if (journal) note(INTARSIA_TEXT("A change of many files that was under way has been completed"));
  if (temporaries > 0)
    note(INTARSIA_TEXT("Files that were being written then: {count}; the versions before them are in place"),
         {{"count", std::to_string(temporaries)}});
  return {};
}

Expected<std::unique_ptr<Project>> Project::open(const fs::path& path, const Job& job, Access access) {
  INTARSIA_TRY(const Place place, findPlace(path));
  std::unique_ptr<Project> project(new Project);
  auto& s = *project->m_state;
  s.folder = place.folder;
  s.data = place.folder / kDataName;
  s.folderId = FolderId::of(s.folder);
  s.access = access;
  if (isProject(s.folder)) {
    if (access == Access::readWrite) INTARSIA_CHECK(s.takeOver());
    s.projectSaved = SavedFile::look(s.projectPath());
    INTARSIA_TRY(const auto text, readFile(s.projectPath(), kProjectLimit));
    s.projectSaved.setContent(text);
    auto file = parseProjectFile(text, s.folder, displayPath(s.projectPath()));
    if (!file) return std::unexpected(withEarlierVersion(std::move(file.error()), s.data));
    s.file = std::move(*file);
    if (s.file.newer) {
      s.access = Access::readOnly;
      s.lock.reset();
      s.hasLock = false;
    }
  } else {
    std::error_code error;
    // Someone makes a project of it now, or died over the first save.
    if (access == Access::readWrite && fs::exists(s.data / ".lock", error)) INTARSIA_CHECK(s.takeOver());
    // Without it classes have no names: a new one in its place would hide that one is lost.
    if (!Generations::versions(s.data, "project.json").empty())
      return std::unexpected(withEarlierVersion({ErrorCode::notFound, INTARSIA_TEXT("{file} is missing"), {{"file", displayPath(s.projectPath())}}, {}}, s.data));
    s.file.roots.push_back({std::string(kMainRoot), s.folder, true, {}});
  }
  INTARSIA_CHECK(s.listAll(job, place.image.empty() ? std::string() : imageKeyOf(s.file, place.image)));
  if (!place.image.empty() && project->indexOfPath(place.image) < 0) {
    // A picture beside a project that does not reach it: its folder becomes a further root.
    ProjectRoot root{uniqueRootName(s.file, place.image.parent_path()), place.image.parent_path(), false, {}};
    const auto key = root.name + "/" + encodePath(place.image.filename());
    s.file.roots.push_back(std::move(root));
    INTARSIA_CHECK(s.listAll(job, key));
  }
  return project;
}

bool Project::exists(const fs::path& path) {
  const auto place = findPlace(path);
  return place && place->image.empty() && isProject(place->folder);
}

Expected<std::unique_ptr<Project>> Project::create(const fs::path& folder) {
  const auto absolute = plain(folder);
  if (isProject(absolute))
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{folder} is a project already"),
                {{"folder", displayPath(folder)}});
  std::unique_ptr<Project> project(new Project);
  auto& s = *project->m_state;
  s.folder = absolute;
  s.data = absolute / kDataName;
  s.file.roots.push_back({std::string(kMainRoot), s.folder, false, {}});
  INTARSIA_CHECK(createFolders(s.folder));
  s.folderId = FolderId::of(s.folder);
  INTARSIA_CHECK(s.ensureWritable());
  INTARSIA_CHECK(s.saveProject());
  INTARSIA_CHECK(s.listAll({}));
  return project;
}

std::string uniqueRootName(const ProjectFile& file, const fs::path& folder) {
  std::string base = encodePath(folder.filename());
  if (base.empty() || base.front() == '.') base = "root";
  std::string name = base;
  for (int i = 2; file.root(name); ++i) name = base + "-" + std::to_string(i);
  return name;
}

std::string imageKeyOf(const ProjectFile& file, const fs::path& image) {
  std::string key;
  size_t longest = 0;
  for (const auto& root : file.roots) {
    const auto relative = image.lexically_relative(root.path);
    if (relative.empty() || *relative.begin() == ".." || root.path.native().size() < longest) continue;
    longest = root.path.native().size();
    key = root.name + "/" + encodePath(relative);
  }
  return key;
}

}  // namespace intarsia
