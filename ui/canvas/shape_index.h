// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPainterPath>
#include <unordered_map>
#include <vector>

#include "annotate/model/annotation.h"
#include "ui/canvas/shape_painter.h"

namespace intarsia {

/// The shapes of an annotation by place, with what was computed for painting them. UI thread.
class ShapeIndex {
 public:
  struct Item {
    ShapePtr shape;
    Bounds box;
    QPainterPath path;     // in device pixels from the image's corner, at `pathScale`
    double pathScale = 0;  // 0 = none yet
    OutlineRuns runs;      // of large shapes, instead
  };

  /// Takes over what it knows of shapes that are still there. Returns the boxes of those that came, went or changed their order, and
  /// of one that changed in place the box of what changed.
  std::vector<Bounds> reset(const Annotation& annotation);
  void clear();
  size_t size() const { return m_items.size(); }
  const Bounds* bounds(const Shape* shape) const;
  Item* find(const Shape* shape);
  /// Those whose box touches `area` (image pixels), in painter's order. Valid until the next reset.
  std::vector<Item*> touching(const Bounds& area);

 private:
  std::pair<int, int> cells(double low, double high, double cell, int count) const;
  std::vector<Item> m_items;
  std::unordered_map<const Shape*, size_t> m_places;
  // A grid of equal cells over the image, each with the shapes whose box touches it, in order.
  int m_columns = 0, m_rows = 0;
  double m_cellWidth = 1, m_cellHeight = 1;
  std::vector<std::vector<uint32_t>> m_cells;
};

}  // namespace intarsia
