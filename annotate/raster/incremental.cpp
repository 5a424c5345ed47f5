// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/incremental.h"

#include <algorithm>

namespace intarsia {

void LiveLabels::reset(const Annotation& annotation, const ClassTable& classes, uint16_t uncovered) {
  m_classes = classes;
  m_uncovered = uncovered;
  rasterizeInto(m_map, annotation, m_classes, {0, 0, annotation.size.width, annotation.size.height}, uncovered);
  m_counts = classCounts(m_map, m_classes.size());
}

void LiveLabels::update(const Annotation& annotation, const ClassTable& classes, const Rect& dirty) {
  if (std::ranges::equal(classes, m_classes, {}, &ClassInfo::id, &ClassInfo::id)) return update(annotation, dirty);
  reset(annotation, ClassTable(classes), m_uncovered);
}

void LiveLabels::update(const Annotation& annotation, const Rect& dirty) {
  if (annotation.size != m_map.size()) return reset(annotation, ClassTable(m_classes), m_uncovered);
  const Rect rect = dirty.intersected(m_map.rect());
  if (rect.empty()) return;
  rasterizeInto(m_part, annotation, m_classes, rect, m_uncovered);
  const size_t last = m_counts.size() - 1;
  for (int y = 0; y < rect.height; ++y) {
    uint16_t* old = m_map.row(rect.y + y) + rect.x;
    const uint16_t* now = m_part.row(y);
    for (int x = 0; x < rect.width; ++x)
      if (old[x] != now[x]) {
        --m_counts[std::min<size_t>(old[x], last)];
        ++m_counts[std::min<size_t>(now[x], last)];
        old[x] = now[x];
      }
  }
}

}  // namespace intarsia
