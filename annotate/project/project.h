// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "annotate/formats/format.h"
#include "annotate/model/annotation.h"
#include "annotate/project/class_map.h"
#include "core/base/class_table.h"
#include "core/base/job.h"
#include "core/base/split.h"

namespace intarsia {

/// One picture of a project. `key` names it for ever: "<root>/<relative path>", percent-encoded.
struct ProjectImage {
  std::string key;
  std::filesystem::path path;  // absolute
  std::string name;            // for people
  Split split = Split::none;   // none until it is first labelled, then never redrawn
  std::string group;
  bool labelled = false;
  ImageStatus status = ImageStatus::unlabelled;
};

/// Group and split for each image of a project.
struct SplitPlan {
  std::vector<std::string> groups;
  std::vector<Split> splits;
};

/// Another program changed a file of the project while we had newer labels: ours took its place, its content is kept.
struct Conflict {
  std::string key;                    // of the image; empty: project.json
  std::filesystem::path file, copy;   // copy: what the other program wrote
};

/// An earlier version of an image's labels.
struct EarlierVersion {
  std::filesystem::path file;
  int64_t written = 0;                // seconds since 1970
};

/// What Save As could not take along.
struct SaveAsReport {
  int64_t files = 0;
  std::vector<Error> unreadable;
};

/// A folder of images and its labels. The thread that opened it calls it, except where "any thread" is said; saving
/// happens on its writer thread.
/// `<folder>/intarsia/project.json` (classes, roots, splits, settings), `annotations/<root>/<path>.json` one sidecar
/// per image, `runs/`. Nothing is written before the first edit or import.
class Project {
 public:
  enum class Access { readWrite, readOnly };

  /// Opens a project folder, its project.json, a plain folder of images (makes a project in memory), or a single image.
  /// A lock held by another process gives read-only access and `lockHolder()`. Who only looks asks for `readOnly`: no
  /// lock is taken, nothing is written.
  static Expected<std::unique_ptr<Project>> open(const std::filesystem::path& path, const Job& job = {},
                                                 Access access = Access::readWrite);
  /// `path` is a project's folder, its data folder or its project.json.
  static bool exists(const std::filesystem::path& path);
  /// Makes `folder` a project (folder may be empty or absent); written at once. For imports: the pictures in `folder`
  /// belong to it once something imports them. A folder that is a project already is an error.
  static Expected<std::unique_ptr<Project>> create(const std::filesystem::path& folder);
  ~Project();
  Project(const Project&) = delete;
  Project& operator=(const Project&) = delete;

  const std::filesystem::path& folder() const;      // the image folder the user opened
  const std::filesystem::path& dataFolder() const;  // <folder>/intarsia
  std::filesystem::path runsFolder() const;
  Access access() const;
  std::string lockHolder() const;  // "pid 123 on host" when read-only because of a lock
  /// What opening found of a process that died (an interrupted save or import), as sentences. Empty as a rule.
  const std::vector<Error>& recovered() const;

  const ClassTable& classes() const;
  ClassTable classesNow() const;  // any thread
  std::string classExtra(ClassId id) const;  // unknown keys of a class's entry, a JSON object or empty; any thread
  Expected<> setClasses(ClassTable classes);
  /// Class of uncovered pixels; none = they are ignored.
  std::optional<ClassId> background() const;
  bool backgroundChosen() const;  // asked once on import
  Expected<> setBackground(std::optional<ClassId> id);
  uint16_t uncoveredIndex() const;  // index of background() or kUnlabelled; any thread

  const std::vector<ProjectImage>& images() const;
  int indexOfKey(const std::string& key) const;
  int indexOfPath(const std::filesystem::path& path) const;
  /// Any thread: the images as they are now. 100,000 of them keep others waiting for some 50 ms.
  std::vector<ProjectImage> imagesNow() const;
  /// The same, at most `count` from `first` on; the others may have changed before the next call.
  std::vector<ProjectImage> imagesNow(size_t first, size_t count) const;
  /// Reads the sidecar (empty annotation with the image's size where there is none). By key: any thread.
  Expected<Annotation> annotation(int image) const;
  Expected<Annotation> annotation(const ProjectImage& image) const;
  /// Where the labels of an image are written. Any thread.
  std::filesystem::path sidecarPath(const ProjectImage& image) const;
  /// Hands a new value to the writer thread; gives the image its split when it is first labelled. Returns the
  /// generation that `savedGeneration` will reach. Refused when the sidecar on disk could not be read in full: it is
  /// never overwritten.
  Expected<uint64_t> setAnnotation(int image, Annotation annotation);
  Expected<> setSplit(int image, Split split);
  Expected<> setSplit(const std::vector<int>& images, Split split);
  /// Group and split of every image, in the order of images().
  Expected<> setSplits(const SplitPlan& plan);

  /// A change of classes and of the labels of many images that takes effect as a whole, also after a crash: all is written aside
  /// before the journal is. `change` is asked for every labelled image, on several threads; nothing = it stays. Any thread, but
  /// nobody may edit before the owner's thread has called finishRewrite. Cancelled or failed: the project is as it was.
  struct Rewritten;
  using LabelChange = std::function<std::optional<Annotation>(const ProjectImage&, const Annotation&)>;
  Expected<std::shared_ptr<const Rewritten>> rewriteLabels(const ClassTable& classes, std::optional<ClassId> background,
                                                           const LabelChange& change, const Job& job = {});
  void finishRewrite(const Rewritten& rewritten);

  uint64_t savedGeneration() const;  // any thread
  /// Called on the writer thread after each save, with the generation or the error that prevented it (the value is kept
  /// and tried again).
  void onSaved(std::function<void(uint64_t generation, const Expected<>& result)> callback);
  /// Called on the writer thread when a file turned out to have been changed by another program.
  void onConflict(std::function<void(const Conflict&)> callback);
  /// Waits until everything is on disk.
  Expected<> flush();

  /// The versions that are kept of an image's labels, newest first. Any thread, as the next two.
  std::vector<EarlierVersion> earlierVersions(const ProjectImage& image) const;
  /// Labels from such a version or from a conflict's copy.
  Expected<Annotation> readVersion(const ProjectImage& image, const std::filesystem::path& file) const;
  /// For a sidecar that cannot be read: it is renamed to "….damaged-<host>-<time>.json" and the image counts as unlabelled.
  /// Returns the new name.
  Expected<std::filesystem::path> setAsideDamaged(const ProjectImage& image);
  /// Writes the whole project with all edits, saved or not, below another folder; its images stay where they are, its runs too.
  /// What is there already is never touched. Any thread; edits meanwhile are not in it.
  Expected<SaveAsReport> saveAs(const std::filesystem::path& folder, const Job& job = {}) const;

  /// Adds a dataset's images, classes (by `classes`, else as `proposeClasses` is certain of, else new ones) and labels;
  /// shapes that are there already are not doubled. Indices of images may change. Cancelled, failed or killed: the
  /// project is as it was.
  struct ImportOptions {
    ClassMap classes;
    bool copyImages = false;  // default: images stay where they are, as a further root
    /// Told of every image whose labels change, on several threads, before any of it takes effect: what undo needs.
    std::function<void(const std::string& key, const Annotation& before, const Annotation& after)> changed = {};
  };
  Expected<ImportReport> import(const ImportedDataset& dataset, const ImportOptions& options, const Job& job = {});

  /// Exact label map of an image as it is trained on and exported (whole image).
  Expected<LabelMap> labelMap(int image) const;
  Expected<LabelMap> labelMap(const ProjectImage& image) const;  // any thread

  struct State;  // for this folder's sources

 private:
  Project();
  std::unique_ptr<State> m_state;
};

}  // namespace intarsia
