// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <vector>

#include "core/base/label_map.h"

namespace intarsia {

/// A pixel corner: (0, 0) is the map's top-left corner.
struct Corner {
  int x = 0, y = 0;
  bool operator==(const Corner&) const = default;
};

/// The borders between pixels of different labels, each once, as chains that run from node to node. A node is a corner where more
/// than two borders meet, or a corner of the map; outside the map counts as a label of its own. A border without a node is a loop.
/// Neighbouring areas use the same chain in opposite directions, so whatever becomes of a chain's points leaves no gap.
class BorderGraph {
 public:
  // Directions: 0 = right, 1 = down, 2 = left, 3 = up; +1 turns right.
  struct Chain {
    std::vector<Corner> points;  // with both ends; a loop repeats its first point. Corners only: nothing on a straight line
    int from = -1, to = -1;      // nodes; -1 for a loop
    int firstDirection = 0, lastDirection = 0;
  };
  /// A chain in its own direction, or against it.
  struct HalfChain {
    int chain = -1;
    bool backwards = false;
    bool operator==(const HalfChain&) const = default;
  };

  /// Needs `map` as long as it lives.
  explicit BorderGraph(const LabelMap& map);

  const std::vector<Chain>& chains() const { return m_chains; }
  bool loop(int chain) const { return m_chains[size_t(chain)].from < 0; }
  /// The pixel right of the first step; it may lie outside the map.
  Corner pixelRightOf(HalfChain half) const;
  /// What follows on the border of the area on the right: its pixels hang together by their sides, not by corners.
  HalfChain next(HalfChain half) const;

 private:
  struct Node {
    Corner corner;
    HalfChain outgoing[4];  // by direction
  };

  int label(int x, int y) const;
  void labelsAround(Corner corner, int labels[4]) const;
  int turn(Corner corner, int direction) const;
  void findCorners();
  void addCorner(int x, int y);
  int nodeAt(Corner corner) const;
  void trace(Corner start, int direction, int node);
  size_t bit(Corner c) const { return size_t(c.y) * size_t(m_map.width() + 1) + size_t(c.x); }

  const LabelMap& m_map;
  std::vector<Node> m_nodes;            // top to bottom, left to right
  std::vector<Corner> m_loopStarts;     // upper left corners that no node is
  std::vector<bool> m_isNode, m_passed;  // per corner; m_passed of upper left corners only
  std::vector<Chain> m_chains;
};

}  // namespace intarsia
