// SPDX-License-Identifier: GPL-3.0-or-later
// For Session's sources: a change of very many images as one step.
#pragma once
#include <mutex>
#include <unordered_map>

#include "annotate/edit/annotation_delta.h"
#include "annotate/edit/spill_file.h"
#include "ui/main_window/session.h"

namespace intarsia {

/// From so many bytes of labels on the way back from an import lies in a file. Tests lower it.
inline size_t mostImportedInMemory = size_t(200) << 20;
/// So many bytes of one merge's way back stay in memory; History does not count them. The rest lies in a file. Tests lower it.
inline size_t mostMergedInMemory = size_t(16) << 20;

/// What it takes to make such a change again and to take it back: differences, not copies, in memory or in a file that ends with the
/// program. Any thread.
struct Session::Wide {
  QString name;
  ClassTable before, after;
  std::optional<ClassId> backgroundBefore, backgroundAfter;
  std::vector<History::SplitChange> splits;

  /// In memory while there is room (mostMergedInMemory) or where the file cannot be written.
  void put(const std::filesystem::path& folder, const std::string& key, AnnotationDelta delta) const;
  /// Into a file of `folder`; false = it cannot be written, or the file would become too large.
  bool spill(const std::filesystem::path& folder, const std::string& key, const AnnotationDelta& delta) const;
  /// None where the image is not of the change. Labels without a size, which cannot be saved, where the difference cannot be read.
  std::optional<Annotation> apply(const std::string& key, const Annotation& value, bool forward) const;
  /// Each value as it is after the change, or before it.
  History::Values applyAll(History::Values values, bool forward) const;
  size_t images() const;

 private:
  mutable std::mutex m_mutex;  // guards what follows
  mutable std::unordered_map<std::string, AnnotationDelta> m_deltas;
  mutable std::unordered_map<std::string, SpillFile::Place> m_places;
  mutable SpillFile m_file;
  mutable size_t m_bytes = 0;  // of m_deltas
};

}  // namespace intarsia
