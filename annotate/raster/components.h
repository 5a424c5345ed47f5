// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <vector>

#include "core/base/label_map.h"
#include "core/base/rect.h"

namespace intarsia {

/// Areas of one label that hang together by the sides of their pixels, numbered by their first pixel, top to bottom, left to right.
class Components {
 public:
  struct Component {
    uint16_t label = 0;
    int64_t pixels = 0;
    Rect bounds;
  };
  explicit Components(const LabelMap& map);
  const std::vector<Component>& all() const { return m_components; }
  int at(int x, int y) const;
  /// body(y, begin, end, component) for every run of one label, row by row.
  template <class Body>
  void eachRun(Body body) const {
    for (size_t y = 0; y + 1 < m_rowStart.size(); ++y)
      for (int r = m_rowStart[y]; r < m_rowStart[y + 1]; ++r)
        body(int(y), m_runs[size_t(r)].begin, r + 1 < m_rowStart[y + 1] ? m_runs[size_t(r) + 1].begin : m_width, m_runs[size_t(r)].component);
  }

 private:
  struct Run {
    int begin;
    int component;  // while building: index of a run further up the tree
  };
  int root(int run);
  int m_width;
  std::vector<Run> m_runs;
  std::vector<int> m_rowStart;  // per row: its first run; one more at the end
  std::vector<Component> m_components;
};

}  // namespace intarsia
