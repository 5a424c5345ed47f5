// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/project_state.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <unordered_set>

#include "core/base/atomic_file.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;
constexpr size_t kSidecarLimit = size_t(256) << 20;
constexpr size_t kKeptBaseMaps = 8;
constexpr std::chrono::milliseconds kLockPatience(30);  // that the window's thread has

/// Sidecars below `annotations`, as relative paths.
std::unordered_set<std::string> listSidecars(const fs::path& annotations) {
  std::unordered_set<std::string> found;
  std::error_code error;
  const size_t prefix = annotations.native().size() + 1;
  for (fs::recursive_directory_iterator at(annotations, error), end; !error && at != end; at.increment(error))
    if (at->path().native().ends_with(".json")) found.insert(at->path().native().substr(prefix));
  return found;
}

}  // namespace

Expected<> createFolders(const fs::path& folder) {
  if (folder.empty()) return {};
  struct stat status = {};
  if (::stat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
  INTARSIA_CHECK(createFolders(folder.parent_path()));
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
    return failErrno(errno, INTARSIA_TEXT("Cannot make the folder {file}: {reason}"), displayPath(folder));
  (void)syncFolder(folder.parent_path());
  return {};
}

fs::path Project::State::imagePath(const std::string& key) const {
  const auto slash = key.find('/');
  const auto* root = file.root(key.substr(0, slash));
  return root && slash != std::string::npos ? root->path / decodePath(key.substr(slash + 1)) : fs::path();
}

Expected<> Project::State::listAll(const Job& job, const std::string& only) {
  const auto sidecars = listSidecars(data / "annotations");
  const auto hasSidecar = [&](const std::string& key) { return sidecars.contains(sidecarFile(key).native()); };
  std::vector<ProjectImage> found;
  for (const auto& root : file.roots) {
    INTARSIA_CHECK(job.check());
    std::vector<std::string> keys;
    if (root.scan) keys = listImages(root, data);
    std::unordered_set<std::string_view> listed(keys.begin(), keys.end());
    std::vector<std::string> further;
    const std::string prefix = root.name + "/";
    std::error_code error;
    for (auto entry = file.images.lower_bound(prefix); entry != file.images.end() && entry->first.starts_with(prefix);
         ++entry)
      if (!listed.contains(entry->first) &&
          (!root.scan || hasSidecar(entry->first) || fs::exists(imagePath(entry->first), error)))
        further.push_back(entry->first);
    if (only.starts_with(prefix) && !listed.contains(only) && !file.images.contains(only)) further.push_back(only);
    listed.clear();
    keys.insert(keys.end(), further.begin(), further.end());
    std::sort(keys.begin(), keys.end(), naturalLess);
    for (auto& key : keys) {
      ProjectImage image;
      const auto relative = decodePath(key.substr(prefix.size()));
      image.path = root.path / relative;
      image.name = displayPath(relative);
      const auto entry = file.images.find(key);
      if (entry != file.images.end()) {
        image.split = entry->second.split;
        image.group = entry->second.group;
        image.status = entry->second.status;
      }
      image.labelled = hasSidecar(key) && (entry == file.images.end() || !entry->second.blank);
      image.key = std::move(key);
      found.push_back(std::move(image));
    }
    job.report(int64_t(found.size()), 0, INTARSIA_TEXT("Listing images"));
  }
  std::lock_guard lock(mutex);
  images = std::move(found);
  byKey.clear();
  rule.emplace(file);
  for (size_t i = 0; i < images.size(); ++i) {
    auto& image = images[i];
    byKey.emplace(image.key, int(i));
    if (!image.labelled || image.split != Split::none) continue;
    // A sidecar from elsewhere (a merge): its image gets its split now, and keeps it with the next save.
    image.split = file.images[image.key].split = rule->draw(image.key, image.group);
    rule->add(image.group, image.split);
  }
  return {};
}

FolderId FolderId::of(const fs::path& folder) {
  struct stat info = {};
  if (::stat(folder.c_str(), &info) != 0) return {};
  return {uint64_t(info.st_dev), uint64_t(info.st_ino)};
}

Expected<> Project::State::ensureWritable() {
  if (access == Access::readOnly) {
    if (!holder.empty())
      return fail(ErrorCode::busy, INTARSIA_TEXT("The project is open elsewhere ({holder}); it can only be looked at"),
                  {{"holder", holder}});
    return fail(ErrorCode::io, INTARSIA_TEXT("{folder} can only be looked at"), {{"folder", displayPath(folder)}});
  }
  if (hasLock) return {};
  if (!holding.valid())
    holding = std::async(std::launch::async, [this] {
      std::lock_guard guard(diskMutex);
      return holdPlace();
    });
  if (holding.wait_for(kLockPatience) != std::future_status::ready) return {};  // a slow drive: saving will tell
  const auto held = holding.get();
  if (!held && held.error().code == ErrorCode::busy) return held;
  return {};
}

Expected<> Project::State::holdPlace() {
  if (lock && lock->held()) return {};
  // The data folder was removed, or could not be made until now; a mount point whose drive went away is not to be filled.
  if (!(FolderId::of(folder) == folderId))
    return fail(ErrorCode::io, INTARSIA_TEXT("Cannot write to {folder}: it is not the folder that was opened (has its drive gone away?)"),
                {{"folder", displayPath(folder)}});
  INTARSIA_CHECK(createFolders(data));
  lock.reset();
  INTARSIA_TRY(lock, FileLock::acquire(data / ".lock"));
  hasLock = true;
  return {};
}

Expected<bool> Project::State::replaceFile(const fs::path& path, const std::string& text, SavedFile& known, const std::string& key) {
  INTARSIA_TRY(const auto copy, keepForeignChange(path, known));
  if (!generations) generations.emplace(data);
  generations->keep(path.lexically_relative(data));
  INTARSIA_CHECK(writeFileAtomically(path, text));
  known = SavedFile::look(path);
  known.setContent(text);
  if (!copy) return false;
  std::function<void(const Conflict&)> tell;
  {
    std::lock_guard guard(mutex);
    tell = onConflict;
  }
  if (tell) tell({key, path, *copy});
  return true;
}

Expected<> Project::State::commitStaged(Staging& staging, const std::string& text, const Job& job) {
  INTARSIA_TRY(const auto path, staging.path(projectPath()));
  INTARSIA_CHECK(writeFileAtomically(path, text));
  INTARSIA_CHECK(job.check());
  job.report(0, 0, INTARSIA_TEXT("Moving files into place"));
  std::lock_guard disk(diskMutex);
  INTARSIA_CHECK(holdPlace());
  INTARSIA_CHECK(staging.commit());
  projectSaved = SavedFile::look(projectPath());
  projectSaved.setContent(text);
  return {};
}

uint64_t Project::State::submitProject() {
  return queue.submit("", [this] { return saveProject(); });
}

Expected<> Project::State::saveProject() {
  std::string text;
  {
    std::lock_guard guard(mutex);
    text = projectFileText(file, folder);
  }
  std::lock_guard disk(diskMutex);
  INTARSIA_CHECK(holdPlace());
  INTARSIA_CHECK(replaceFile(projectPath(), text, projectSaved, {}));
  return {};
}

void Project::State::remember(const std::string& key, KnownSidecar sidecar) {
  if (!sidecar.baseMap.empty()) {
    std::erase(recent, key);
    recent.push_back(key);
    if (recent.size() > kKeptBaseMaps) {
      known[recent.front()].baseMap = {};
      recent.pop_front();
    }
  }
  known[key] = std::move(sidecar);
}

Expected<Sidecar> Project::State::readSidecar(const fs::path& path, const fs::path& maps, SavedFile* known) const {
  for (int attempt = 0;; ++attempt) {
    auto seen = SavedFile::look(path);
    INTARSIA_TRY(const auto text, readFile(path, kSidecarLimit));
    INTARSIA_TRY(auto sidecar, parseSidecar(text, displayPath(path)));
    if (!sidecar.base.file.empty()) {
      auto base = readBaseMap(maps, sidecar.base, sidecar.annotation.size);
      if (!base && attempt < 3) continue;  // replaced while we read
      if (!base) return std::unexpected(base.error());
      sidecar.annotation.base = std::move(*base);
    }
    seen.setContent(text);
    if (known) *known = std::move(seen);
    return sidecar;
  }
}

Expected<Annotation> Project::State::load(const std::string& key, const fs::path& path) {
  const auto file = sidecarPath(key);
  {
    std::lock_guard guard(mutex);
    if (const auto found = unsaved.find(key); found != unsaved.end()) return *found->second;
  }
  SavedFile seen;
  auto sidecar = readSidecar(file, file.parent_path(), &seen);
  if (!sidecar && (sidecar.error().code != ErrorCode::notFound || SavedFile::look(file).exists)) return std::unexpected(sidecar.error());
  if (!sidecar) {
    if (!(FolderId::of(folder) == folderId))
      return fail(ErrorCode::io, INTARSIA_TEXT("Cannot read the labels of {file}: {folder} is not the folder that was opened (has its drive gone away?)"),
                  {{"file", displayPath(path)}, {"folder", displayPath(folder)}});
    Annotation blank;
    INTARSIA_TRY(const auto info, probeImage(path));
    blank.size = info.shown;
    std::lock_guard guard(mutex);
    known.try_emplace(key);
    return blank;
  }
  std::lock_guard guard(mutex);
  if (const auto found = unsaved.find(key); found != unsaved.end()) return *found->second;
  remember(key, {sidecar->base, sidecar->annotation.base, std::move(seen)});
  return std::move(sidecar->annotation);
}

/// The queue's thread.
Expected<> Project::State::saveSidecar(const std::string& key) {
  std::lock_guard disk(diskMutex);
  std::shared_ptr<const Annotation> annotation;
  KnownSidecar before;
  ClassTable colors;
  {
    std::lock_guard guard(mutex);
    const auto found = unsaved.find(key);
    if (found == unsaved.end()) return {};
    annotation = found->second;
    before = known[key];
    if (!annotation->base.empty()) colors = file.classes;
  }
  const auto path = sidecarPath(key);
  INTARSIA_CHECK(holdPlace());
  INTARSIA_CHECK(createFolders(path.parent_path()));
  Sidecar sidecar;
  sidecar.image = key.substr(key.rfind('/') + 1);
  sidecar.annotation = *annotation;
  if (!annotation->base.empty()) {
    const bool same = !before.baseMap.empty() && before.baseMap == annotation->base;
    INTARSIA_TRY(sidecar.base,
                 same ? before.base : writeBaseMap(path.parent_path(), path.stem().native(), annotation->base, colors));
  }
  INTARSIA_TRY(const bool foreign, replaceFile(path, sidecarText(sidecar), before.file, key));
  // The other program's version may name the old map too.
  if (!foreign && !before.base.file.empty() && before.base.file != sidecar.base.file) {
    std::error_code ignored;
    fs::remove(path.parent_path() / before.base.file, ignored);
  }
  std::lock_guard guard(mutex);
  remember(key, {sidecar.base, annotation->base, std::move(before.file)});
  if (const auto found = unsaved.find(key); found != unsaved.end() && found->second == annotation) unsaved.erase(found);
  return {};
}

}  // namespace intarsia
