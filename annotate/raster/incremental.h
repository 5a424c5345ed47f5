// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <vector>

#include "annotate/raster/rasterizer.h"

namespace intarsia {

/// The label map of an annotation and its pixels per class, kept up to date by what edits touched. One thread at a time.
class LiveLabels {
 public:
  /// All anew: another image, other classes.
  void reset(const Annotation& annotation, const ClassTable& classes, uint16_t uncovered = kUnlabelled);
  /// After an edit with that dirty rectangle: rasterizes and counts it alone.
  void update(const Annotation& annotation, const Rect& dirty);
  void update(const Annotation& annotation, const ClassTable& classes, const Rect& dirty);  // also with other classes

  const LabelMap& map() const { return m_map; }
  /// Per class index; the last entry counts unlabelled pixels.
  const std::vector<int64_t>& counts() const { return m_counts; }

 private:
  ClassTable m_classes;
  uint16_t m_uncovered = kUnlabelled;
  LabelMap m_map, m_part;
  std::vector<int64_t> m_counts;
};

}  // namespace intarsia
