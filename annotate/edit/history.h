// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "annotate/edit/annotation_delta.h"
#include "annotate/model/annotation.h"
#include "core/base/class_table.h"

namespace intarsia {

/// Undo and redo of a whole project: one stack of steps, each a set of images before and after, and perhaps the classes.
/// Keeps differences, not copies: a moved vertex or a brush stroke costs what it changed. Beyond the budget the oldest steps go.
/// UI thread only.
class History {
 public:
  struct Change {
    std::string image;  // ProjectImage::key
    Annotation before, after;
  };
  struct Classes {
    ClassTable before, after;
  };
  struct Step {
    std::string name;  // what was done, for menus
    std::vector<Change> changes;  // each image once
    std::optional<Classes> classes;
  };
  /// What to set now. The window shows the first image (or, if the one that is open is among them, that one) before it changes.
  struct Restored {
    std::string name;
    std::vector<std::pair<std::string, Annotation>> images;
    std::optional<ClassTable> classes;
  };

  explicit History(size_t budgetBytes = size_t(256) << 20) : m_budget(budgetBytes) {}

  /// Forgets what could be redone. A step with the same not empty `mergeKey` as the last one is taken into it (typing, nudging);
  /// undo, redo and `endMerging` end that. An image must only change through steps; where it did not, undo leads back to the last
  /// value seen here.
  void push(Step step, std::string_view mergeKey = {});
  void endMerging() { m_mergeKey.clear(); }

  bool canUndo() const { return m_done > 0; }
  bool canRedo() const { return m_done < m_steps.size(); }
  std::optional<Restored> undo();
  std::optional<Restored> redo();

  /// Names from the oldest step to the newest that can be redone; the first `done()` are in effect.
  std::vector<std::string> names() const;
  size_t done() const { return m_done; }
  /// Oldest steps that went because of the budget.
  size_t dropped() const { return m_dropped; }
  size_t bytes() const { return m_bytes; }
  void clear();

 private:
  struct Record {
    std::string name;
    std::vector<std::pair<std::string, AnnotationDelta>> changes;
    std::optional<Classes> classes;
    size_t ownBytes = 0;
  };
  void count(const Record& record, bool add);
  void dropBack();
  void dropFront();

  const size_t m_budget;
  std::deque<Record> m_steps;
  size_t m_done = 0;
  size_t m_dropped = 0;
  size_t m_bytes = 0;
  std::string m_mergeKey;
  std::map<std::string, Annotation> m_present;                  // of the images that steps name
  std::unordered_map<const void*, std::pair<size_t, size_t>> m_shared;  // shape or tile → uses, bytes
};

}  // namespace intarsia
