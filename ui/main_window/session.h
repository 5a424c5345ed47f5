// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>
#include <QPointer>
#include <QString>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "annotate/edit/history.h"
#include "annotate/project/project.h"
#include "ui/canvas/newest_work.h"
#include "ui/canvas/tool.h"
#include "ui/main_window/open_image.h"
#include "ui/models/background.h"

namespace intarsia {

/// A sentence for the user with at most one button that helps.
struct Notice {
  enum class Kind { info, warning, error } kind = Kind::info;
  QString text;
  QString button;
  std::function<void()> action;
  std::function<bool()> over = {};  // asked when the history changes: it goes when what it says is no longer so
};

/// When a version was written, for people.
QString versionTime(const EarlierVersion& version);

/// The project that is open, its history and its open image. UI thread; opening, decoding and importing happen on workers.
class Session : public QObject {
  Q_OBJECT
 public:
  explicit Session(QObject* parent = nullptr);
  ~Session() override;

  // ---- project -------------------------------------------------------------------------------------------------------
  /// projectChanged or noticed follows. A project whose last edits turn out not to be saved stays open, unless that was known.
  void open(const std::filesystem::path& path);
  bool hasProject() const { return m_project != nullptr; }
  Project& project() { return *m_project; }
  std::shared_ptr<Project> sharedProject() const { return m_project; }
  /// The project's images, with the project: a hundred thousand are not copied.
  std::shared_ptr<const std::vector<ProjectImage>> sharedImages() const { return {m_project, &m_project->images()}; }
  bool editable() const;
  bool busy() const { return m_busy; }            // importing (the project belongs to a worker) or saving elsewhere
  const ClassTable& classes() const;
  /// Saves what is not on disk yet and says where it lies.
  void saveNow();
  /// Goes on in another folder: a copy of the project with all edits; the images stay where they are, the steps to undo too.
  void saveAs(const std::filesystem::path& folder);
  /// Earlier versions of the open image's labels; using one is an edit.
  std::vector<EarlierVersion> earlierVersions() const;
  void useEarlier(const EarlierVersion& version);
  /// Calls `then` once what is there now is on disk, or saveError says why not.
  void flush(std::function<void()> then);
  bool saved() const { return m_lastGeneration <= m_savedGeneration && m_saveError.isEmpty(); }
  QString saveError() const { return m_saveError; }

  /// Merges a dataset into the open project, or into one in `folder`. `background`: the source's class of uncovered pixels.
  void import(std::shared_ptr<const ImportedDataset> dataset, const std::filesystem::path& folder, Project::ImportOptions options,
              std::optional<std::string> background, bool askedBackground, std::function<void(const ImportReport&)> done);

  // ---- the open image ------------------------------------------------------------------------------------------------
  int current() const { return m_current; }       // -1 = none
  bool hasImage() const { return m_loaded.pyramid != nullptr; }
  void show(int image);
  /// Decodes the picture in the background, unless it would take too much of the cache: it is probably wanted next.
  void prefetch(int image);
  /// Asked before the open image goes: true = wait, the function it was given will be called.
  void setGate(std::function<bool(std::function<void()>)> gate) { m_gate = std::move(gate); }
  const ProjectImage* currentImage() const;
  const Annotation& annotation() const { return m_loaded.annotation; }
  const LabelMap& labels() const { return m_loaded.labels.map(); }
  const PyramidPtr& pyramid() const { return m_loaded.pyramid; }
  /// Pixels per class index, the last entry = uncovered.
  const std::vector<int64_t>& counts() const { return m_loaded.labels.counts(); }

  // ---- edits: one undoable step each ---------------------------------------------------------------------------------
  /// Steps that follow each other with the same not empty `mergeKey` become one (nudging, typing).
  /// One that is made from the labels as they are when its turn comes: at once where it deals with few points, else on a worker in a
  /// visible task, and those that are asked for meanwhile after it. `done` hears of it; other edits have to wait.
  void make(size_t points, const QString& name, const MakeEdit& make, const std::function<void(Made)>& done = {});
  bool making() const { return m_making != nullptr; }
  /// Drops the edit that is being made and those that wait for it.
  void stopMaking();
  void edit(Annotation after, const Rect& dirty, const QString& name, const QString& mergeKey = {});
  void editClasses(const ClassTable& after, const QString& name);
  /// `from` becomes `to` in every image, or goes with its labels where `to` is kNoClass: a visible task that can be cancelled, one
  /// step. `done` hears how many images changed.
  void mergeClass(ClassId from, ClassId to, std::function<void(int images)> done = {});
  /// Several images, open or not: one step. `change` runs on a worker for those that are not open; labels cannot be edited meanwhile.
  void editImages(std::vector<int> images, std::function<Annotation(const Annotation&)> change, const QString& name,
                  std::function<void()> done = {});
  void setSplit(const std::vector<int>& images, Split split);
  /// Group and split of every image; false when that failed.
  bool setSplits(const SplitPlan& plan);
  bool canUndo() const;
  bool canRedo() const;
  QString undoName() const;
  QString redoName() const;
  /// Show the image that they change first: where it is not open, the step follows once it is.
  void undo() { walk(false); }
  void redo() { walk(true); }
  /// Undoes or redoes until so many steps are in effect; shows an image of the last one.
  void goTo(size_t done);
  const History& history() const { return m_history; }
  /// Steps in effect since the project was opened, those that are forgotten included.
  size_t steps() const { return m_history.dropped() + m_history.done(); }

  /// Starts visible work: its progress and Cancel appear in the status bar.
  Task* startTask(const QString& title);

 signals:
  void opening(const QString& what);
  void projectChanged();
  void imagesChanged();
  void imageUpdated(int image);
  void imageLoading(int image);
  /// A small version of a large picture, until imageShown follows. There is no open image meanwhile.
  void previewShown(const intarsia::PyramidPtr& picture);
  void imageShown();                              // pixels, labels and annotation are another image's, or none
  void annotationChanged(const intarsia::Rect& dirty);
  void labelsRewritten();                         // of many images at once
  void labelsChanged(int image, const intarsia::Annotation& labels);  // of any image
  void classesChanged();
  void countsChanged();
  void historyChanged();
  void savedChanged();
  void noticed(const intarsia::Notice& notice);
  void noticeOver(const QString& text);           // what it said is no longer so
  void taskStarted(intarsia::Task* task);
  void busyChanged();
  void saveAsWanted();                            // the user was told that saving fails, and wants another folder

 private:
  enum class Steps { forget, keep };
  void adopt(std::shared_ptr<Project> project, const std::filesystem::path& asked, Steps steps = Steps::forget);
  // session_rescue.cpp
  void showRecovered();
  void watchConflicts();
  void showConflict(const Conflict& conflict);
  void useVersion(const ProjectImage& image, const std::filesystem::path& file, const QString& name);
  void failDamaged(const Error& error, int index);

  void onSaved(uint64_t generation, const Expected<>& result);
  void showPreview(int image);
  void finishShow(int image, Expected<LoadedImage> loaded);
  void shown(int image);
  void makeNext();
  void setLoaded(LoadedImage loaded);
  void updateLabels(const Rect& dirty);
  bool applyAnnotation(int image, const Annotation& value, const Rect& dirty);
  void walk(bool forward);
  void walkOn(int seen);
  using Values = History::Values;
  /// Of the task that makes a step again or takes it back.
  static QString stepTitle(const QString& name, bool forward);
  void restore(History::Restored restored, bool forward, std::function<void()> then);
  void applyImages(const Values& images);
  void applySplits(const std::vector<std::pair<std::string, Split>>& splits);
  TileMap baseOf(const std::string& image) const;
  struct Wide;
  void rewrite(std::shared_ptr<const Wide> wide, bool forward, Project::LabelChange change, std::function<void(bool)> then);
  void restoreWide(std::shared_ptr<const void> step, bool forward, std::function<void()> goOn);
  void applyMany(Values values, std::function<void()> then);
  static Rect changedRect(const Annotation& before, const Annotation& after);
  bool applyClasses(const ClassTable& classes);
  void fail(const Error& error, const QString& button = {}, std::function<void()> action = {});

  std::shared_ptr<Project> m_project;      // workers share it for its any-thread methods
  History m_history;
  bool m_restoring = false;          // a step's images are being put back: further steps wait
  const Values* m_walked = nullptr;  // of a walk over several steps that are applied together
  int m_wantedSteps = 0;           // to redo (> 0) or undo that wait for an image to be shown
  int m_stepImage = -1;            // that image
  PyramidCache m_pyramids;
  LoadedImage m_loaded;
  int m_current = -1;
  quint64 m_loadGeneration = 0;    // newest wish wins
  std::set<std::string> m_prefetching;  // keys
  int m_shownWhenPrefetched = -1;  // an image that is wanted now and on its way already
  uint64_t m_lastGeneration = 0;   // handed to the writer
  uint64_t m_savedGeneration = 0;  // acknowledged
  QString m_saveError, m_saveNotice;  // why saving fails; what was said of it
  QString m_showNotice;              // what was said of the image that could not be shown
  bool m_busy = false;
  QThreadPool m_prefetchPool;      // one thread; an image that is wanted now does not wait behind it
  bool m_applying = false;         // an edit of many images is on its way
  struct Wanted {
    QString name;
    MakeEdit make;
    std::function<void(Made)> done;
  };
  std::deque<Wanted> m_wantedEdits;  // the first one is being made
  QPointer<Task> m_making;
  std::function<void()> m_afterMaking;  // another image is wanted
  std::function<bool(std::function<void()>)> m_gate;
  NewestWork m_drawing;            // labels of a large part of the image
  Rect m_undrawn;                  // where labels() lags behind
};

}  // namespace intarsia
