// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/border_graph.h"

#include <algorithm>
#include <cstring>

namespace intarsia {

namespace {

constexpr int kOutside = -1;

Corner stepped(Corner c, int direction) {
  constexpr int dx[] = {1, 0, -1, 0}, dy[] = {0, 1, 0, -1};
  return {c.x + dx[direction], c.y + dy[direction]};
}

}  // namespace

BorderGraph::BorderGraph(const LabelMap& map) : m_map(map) {
  if (map.empty()) return;
  const size_t corners = size_t(map.width() + 1) * size_t(map.height() + 1);
  m_isNode.assign(corners, false);
  m_passed.assign(corners, false);
  findCorners();
  for (size_t n = 0; n < m_nodes.size(); ++n)
    for (int d = 0; d < 4; ++d) {
      int labels[4];
      labelsAround(m_nodes[n].corner, labels);
      if (labels[(d + 1) % 4] != labels[(d + 2) % 4] && m_nodes[n].outgoing[d].chain < 0) trace(m_nodes[n].corner, d, int(n));
    }
  for (const Corner& corner : m_loopStarts)
    if (!m_passed[bit(corner)]) trace(corner, 0, -1);
}

int BorderGraph::label(int x, int y) const {
  return x < 0 || y < 0 || x >= m_map.width() || y >= m_map.height() ? kOutside : m_map.at(x, y);
}

/// Clockwise from the upper left. The border that leaves in direction d has labels[(d+2)%4] on its right and labels[(d+1)%4] on its left.
void BorderGraph::labelsAround(Corner c, int labels[4]) const {
  labels[0] = label(c.x - 1, c.y - 1);
  labels[1] = label(c.x, c.y - 1);
  labels[2] = label(c.x, c.y);
  labels[3] = label(c.x - 1, c.y);
}

/// The direction in which the border of the area on the right goes on, having arrived in `direction`: as far right as it can.
int BorderGraph::turn(Corner corner, int direction) const {
  int labels[4];
  labelsAround(corner, labels);
  const int behind = labels[(direction + 3) % 4], aheadRight = labels[(direction + 2) % 4], aheadLeft = labels[(direction + 1) % 4];
  return behind != aheadRight ? (direction + 1) % 4 : aheadRight != aheadLeft ? direction : (direction + 3) % 4;
}

void BorderGraph::findCorners() {
  const int width = m_map.width(), height = m_map.height();
  for (int y = 0; y <= height; ++y) {
    if (y == 0 || y == height) {
      for (int x = 0; x <= width; ++x) addCorner(x, y);
      continue;
    }
    const uint16_t* above = m_map.row(y - 1);
    const uint16_t* below = m_map.row(y);
    addCorner(0, y);
    for (int x = 1; x < width;) {
      // Four corners at once where nothing changes, neither down nor across.
      if (x + 4 <= width && std::memcmp(below + x, above + x, 8) == 0 && std::memcmp(below + x, below + x - 1, 8) == 0 && above[x - 1] == above[x]) {
        x += 4;
        continue;
      }
      addCorner(x, y);
      ++x;
    }
    addCorner(width, y);
  }
}

void BorderGraph::addCorner(int x, int y) {
  int l[4];
  labelsAround({x, y}, l);
  const bool right = l[1] != l[2], down = l[2] != l[3], left = l[3] != l[0], up = l[0] != l[1];
  const bool mapCorner = (x == 0 || x == m_map.width()) && (y == 0 || y == m_map.height());
  if (right + down + left + up > 2 || mapCorner) {
    m_nodes.push_back({{x, y}, {}});
    m_isNode[bit({x, y})] = true;
  } else if (right && down) {
    m_loopStarts.push_back({x, y});
  }
}

int BorderGraph::nodeAt(Corner corner) const {
  const auto it = std::lower_bound(m_nodes.begin(), m_nodes.end(), corner, [](const Node& node, const Corner& c) {
    return node.corner.y != c.y ? node.corner.y < c.y : node.corner.x < c.x;
  });
  return int(it - m_nodes.begin());
}

void BorderGraph::trace(Corner start, int direction, int node) {
  Chain chain;
  chain.from = node;
  chain.firstDirection = direction;
  chain.points.push_back(start);
  Corner at = start;
  for (;;) {
    at = stepped(at, direction);
    if (m_isNode[bit(at)]) {
      chain.to = nodeAt(at);
      break;
    }
    const int next = turn(at, direction);
    if (next != direction) {
      if (at == start) break;
      chain.points.push_back(at);
      // Passed an upper left corner: its borders leave right (0) and down (1), we came by one and leave by the other.
      if ((direction == 3 && next == 0) || (direction == 2 && next == 1)) m_passed[bit(at)] = true;
      direction = next;
    }
  }
  chain.points.push_back(at);
  chain.lastDirection = direction;
  const int index = int(m_chains.size());
  if (node >= 0) {
    m_nodes[size_t(node)].outgoing[chain.firstDirection] = {index, false};
    m_nodes[size_t(chain.to)].outgoing[(direction + 2) % 4] = {index, true};
  }
  m_chains.push_back(std::move(chain));
}

Corner BorderGraph::pixelRightOf(HalfChain half) const {
  const Chain& chain = m_chains[size_t(half.chain)];
  const Corner c = half.backwards ? chain.points.back() : chain.points.front();
  switch (half.backwards ? (chain.lastDirection + 2) % 4 : chain.firstDirection) {
    case 0: return {c.x, c.y};
    case 1: return {c.x - 1, c.y};
    case 2: return {c.x - 1, c.y - 1};
    default: return {c.x, c.y - 1};
  }
}

BorderGraph::HalfChain BorderGraph::next(HalfChain half) const {
  const Chain& chain = m_chains[size_t(half.chain)];
  if (chain.from < 0) return half;
  const Node& node = m_nodes[size_t(half.backwards ? chain.from : chain.to)];
  const int arrived = half.backwards ? (chain.firstDirection + 2) % 4 : chain.lastDirection;
  return node.outgoing[turn(node.corner, arrived)];
}

}  // namespace intarsia
