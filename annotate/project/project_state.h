// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <atomic>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "annotate/project/project.h"
#include "annotate/project/project_file.h"
#include "annotate/project/save_queue.h"
#include "annotate/project/saved_file.h"
#include "annotate/project/sidecar.h"
#include "core/base/file_lock.h"

namespace intarsia {

/// What we know of a sidecar that was read or written in this session; only such a one may be replaced.
struct KnownSidecar {
  BaseReference base;
  TileMap baseMap;  // of `base`, kept for the images used last; empty = not kept
  SavedFile file;
};

/// A folder's identity; tells an empty mount point from the drive that was there.
struct FolderId {
  uint64_t device = 0, inode = 0;
  static FolderId of(const std::filesystem::path& folder);  // zeros where there is none
  bool operator==(const FolderId&) const = default;
};

class Staging;

struct Project::State {
  // Constant after opening.
  std::filesystem::path folder, data;
  FolderId folderId;
  std::vector<Error> recovered;

  // The owner's thread only.
  Access access = Access::readWrite;
  std::string holder;

  std::mutex diskMutex;  // whoever writes sidecars or project.json, or copies them; taken before `mutex`
  // Guarded by diskMutex.
  std::optional<FileLock> lock;  // held once something is on disk
  std::optional<Generations> generations;
  SavedFile projectSaved;
  std::atomic<bool> hasLock = false;

  mutable std::mutex mutex;
  // Guarded by the mutex; the owner's thread alone changes them and reads them without it.
  ProjectFile file;
  std::vector<ProjectImage> images;
  std::unordered_map<std::string, int> byKey;
  std::optional<SplitRule> rule;
  // Guarded by the mutex.
  std::map<std::string, std::shared_ptr<const Annotation>> unsaved;
  std::unordered_map<std::string, KnownSidecar> known;
  std::deque<std::string> recent;  // keys whose baseMap is kept
  std::function<void(const Conflict&)> onConflict;

  SaveQueue queue;  // its thread uses the others, so does that of `holding`
  std::future<Expected<>> holding;  // the lock is being taken; the owner's thread only

  std::filesystem::path sidecarPath(const std::string& key) const { return data / "annotations" / sidecarFile(key); }
  std::filesystem::path projectPath() const { return data / "project.json"; }
  std::filesystem::path imagePath(const std::string& key) const;

  /// Finds all images anew (file, sidecars). `only` is a further key to list.
  Expected<> listAll(const Job& job, const std::string& only = {});
  Expected<> takeOver();
  /// The owner's thread, before the first write. An error when the project may only be looked at; a folder that cannot be written
  /// to is none, nor is one that takes long: the edit is kept and saving tells.
  Expected<> ensureWritable();
  /// Before each write: makes the data folder and takes the lock if that has not been done. diskMutex is held.
  Expected<> holdPlace();
  /// Replaces a sidecar or project.json: what another program made of it is kept aside and told of, an earlier version too.
  /// True = it was another's. diskMutex is held.
  Expected<bool> replaceFile(const std::filesystem::path& path, const std::string& text, SavedFile& known, const std::string& key);
  uint64_t submitProject();
  /// Puts `text`, the coming project.json, beside what `staging` holds and moves all of it into the project.
  Expected<> commitStaged(Staging& staging, const std::string& text, const Job& job);
  Expected<Annotation> load(const std::string& key, const std::filesystem::path& path);
  Expected<> saveSidecar(const std::string& key);
  Expected<> saveProject();
  Expected<Sidecar> readSidecar(const std::filesystem::path& path, const std::filesystem::path& maps, SavedFile* known) const;
  void remember(const std::string& key, KnownSidecar sidecar);  // the mutex is held
};

/// mkdir -p that also syncs the folders in which something was made.
Expected<> createFolders(const std::filesystem::path& folder);

/// Makes everything that was written to the folder's file system durable.
Expected<> syncAll(const std::filesystem::path& folder);

/// Files that replace those of a project all at once: written below `<data>/.import`, then moved. A journal between the
/// two makes the move complete after a crash; before the journal stands nothing has happened.
class Staging {
 public:
  explicit Staging(const Project::State& state);
  ~Staging();  // removes what was not committed
  /// Where a file that will be `target` (below the project's folder) is to be written; its folder is made.
  Expected<std::filesystem::path> path(const std::filesystem::path& target) const;
  Expected<> commit();
  /// Completes a move that was cut short, or removes what never came to it.
  static Expected<> recover(const std::filesystem::path& folder, const std::filesystem::path& data);

 private:
  std::filesystem::path m_folder, m_data;
};

}  // namespace intarsia
