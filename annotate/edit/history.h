// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "annotate/edit/annotation_delta.h"
#include "annotate/edit/spill_file.h"
#include "annotate/model/annotation.h"
#include "core/base/class_table.h"
#include "core/base/split.h"

namespace intarsia {

/// Undo and redo of a whole project: one stack of steps, each a set of images before and after, and perhaps the classes.
/// Keeps differences, not copies: a moved vertex or a brush stroke costs what it changed. Beyond the budget the oldest steps are
/// written to a file and read from there when they are undone; where that is full too they go. UI thread only.
class History {
 public:
  using Values = std::vector<std::pair<std::string, Annotation>>;  // by ProjectImage::key
  struct Change {
    std::string image;  // ProjectImage::key
    Annotation before, after;
  };
  struct Classes {
    ClassTable before, after;
  };
  struct SplitChange {
    std::string image;
    Split before = Split::none, after = Split::none;
  };
  struct Background {  // class of uncovered pixels
    std::optional<ClassId> before, after;
  };
  struct Step {
    std::string name;  // what was done, for menus
    std::vector<Change> changes;  // each image once
    std::optional<Classes> classes;
    /// A change of the whole project that its owner knows how to make and to take back.
    std::shared_ptr<const void> wide = {};
    std::vector<SplitChange> splits = {};
    std::optional<Background> background = {};
  };
  /// What to set now. The window shows the first image (or, if the one that is open is among them, that one) before it changes.
  struct Restored {
    std::string name;
    Values images;
    std::optional<ClassTable> classes;
    std::shared_ptr<const void> wide = {};
    std::vector<std::pair<std::string, Split>> splits = {};
    std::optional<std::optional<ClassId>> background = {};
    std::vector<std::string> baseless = {};  // of `images` those whose base map stays as it is: it is not among the values
  };

  static constexpr size_t kBudget = size_t(256) << 20, kSpillLimit = size_t(4) << 30;
  explicit History(size_t budgetBytes = kBudget, size_t spillBytes = kSpillLimit) : m_budget(budgetBytes), m_spillLimit(spillBytes) {}

  /// Where steps go for which there is no room in memory: a file that has no name and ends with the program. Without a folder, or
  /// where it cannot be written, they go altogether.
  void spillTo(std::filesystem::path folder) { m_spillFolder = std::move(folder); }

  /// Base maps of images are not kept for their own sake any more: `baseOf` gives the one an image has now, where a step needs it.
  void leaveBases(std::function<TileMap(const std::string& image)> baseOf) { m_baseOf = std::move(baseOf); }

  /// Forgets what could be redone. A step with the same not empty `mergeKey` as the last one is taken into it (typing, nudging);
  /// undo, redo and `endMerging` end that. An image must only change through steps; where it did not, undo leads back to the last
  /// value seen here.
  void push(Step step, std::string_view mergeKey = {});
  void endMerging() { m_mergeKey.clear(); }
  /// The labels of the images that steps name, as the steps know them.
  Values present() const;
  /// A wide change was made or taken back: those labels, as they are now.
  void amend(Values now);

  bool canUndo() const { return m_done > 0; }
  bool canRedo() const { return m_done < m_steps.size(); }
  std::optional<Restored> undo() { return walk(false); }
  std::optional<Restored> redo() { return walk(true); }

  /// Steps from the oldest to the newest that can be redone; the first `done()` are in effect.
  size_t size() const { return m_steps.size(); }
  size_t done() const { return m_done; }
  const std::string& name(size_t step) const { return m_steps[step].name; }
  /// The images that the step changes; none for one of classes alone.
  const std::vector<std::string>& images(size_t step) const { return m_steps[step].images; }
  /// How many of the oldest lie in the file.
  size_t spilled() const { return m_spilled; }
  /// Oldest steps that are gone.
  size_t dropped() const { return m_dropped; }
  size_t bytes() const { return m_bytes; }
  void clear();

 private:
  struct Record {
    std::string name;
    std::vector<std::string> images;
    std::vector<AnnotationDelta> deltas;  // of each image
    std::optional<Classes> classes;
    std::shared_ptr<const void> wide = {};  // stays in memory, as the next two
    std::vector<SplitChange> splits = {};
    std::optional<Background> background = {};
    size_t ownBytes = 0;
    std::optional<SpillFile::Place> place;  // deltas and classes are in the file instead
  };
  std::optional<Restored> walk(bool forward);
  void merge(Step& step);
  void count(const Record& record, bool add);
  void makeRoom();
  bool spill(Record& record);
  void dropBack();
  void dropFront();

  const size_t m_budget, m_spillLimit;
  std::filesystem::path m_spillFolder;
  SpillFile m_file;
  std::deque<Record> m_steps;
  size_t m_done = 0;
  size_t m_spilled = 0;  // of the front
  size_t m_dropped = 0;
  size_t m_bytes = 0;
  std::string m_mergeKey;
  struct Present {
    Annotation value;
    bool base = true;  // false: without its base map
  };
  std::map<std::string, Present> m_present;                     // of the images that steps name
  std::function<TileMap(const std::string&)> m_baseOf;
  std::unordered_map<const void*, std::pair<size_t, size_t>> m_shared;  // shape or tile → uses, bytes
};

}  // namespace intarsia
