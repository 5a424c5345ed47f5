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

 private:
  struct Run {
    int begin;
    int component;  // while building: index of a run further up the tree
  };
  int root(int run);
  std::vector<Run> m_runs;
  std::vector<int> m_rowStart;  // per row: its first run; one more at the end
  std::vector<Component> m_components;
};

}  // namespace intarsia
