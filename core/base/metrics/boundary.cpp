// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/metrics/boundary.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace intarsia {
namespace {

struct Point {
  int x, y;
};

/// Boundary pixels of every class in `map`; pixels that `truth` leaves out belong to no class.
std::vector<std::vector<Point>> boundaries(const LabelMap& map, const LabelMap& truth, int classes) {
  std::vector<std::vector<Point>> out(static_cast<size_t>(classes));
  const int w = map.width(), h = map.height();
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x) {
      const uint16_t c = map.at(x, y);
      if (truth.at(x, y) == kUnlabelled || c >= classes) continue;
      const auto differs = [&](int nx, int ny) {
        return nx >= 0 && ny >= 0 && nx < w && ny < h && truth.at(nx, ny) != kUnlabelled && map.at(nx, ny) != c;
      };
      if (differs(x - 1, y) || differs(x + 1, y) || differs(x, y - 1) || differs(x, y + 1)) out[c].push_back({x, y});
    }
  return out;
}

/// How many of `points` lie within `tolerance` of a point of `others`: the others are painted as discs, row by row, as differences.
class NearCounter {
 public:
  NearCounter(Size size, double tolerance) : m_width(size.width), m_height(size.height), m_cells(size_t(size.width + 1) * size_t(size.height)) {
    for (int dy = 0; dy <= int(tolerance); ++dy) m_halfWidths.push_back(int(std::sqrt(tolerance * tolerance - double(dy) * dy)));
  }

  int64_t count(const std::vector<Point>& points, const std::vector<Point>& others) {
    const int reach = int(m_halfWidths.size()) - 1;
    int first = m_height, last = -1;
    for (const Point p : others) {
      for (int y = std::max(0, p.y - reach); y <= std::min(m_height - 1, p.y + reach); ++y) {
        const int half = m_halfWidths[size_t(std::abs(y - p.y))];
        ++row(y)[std::max(0, p.x - half)];
        --row(y)[std::min(m_width, p.x + half + 1)];
      }
      first = std::min(first, p.y - reach);
      last = std::max(last, p.y + reach);
    }
    first = std::max(first, 0);
    last = std::min(last, m_height - 1);
    for (int y = first; y <= last; ++y)
      for (int x = 1; x <= m_width; ++x) row(y)[x] += row(y)[x - 1];
    int64_t near = 0;
    for (const Point p : points) near += row(p.y)[p.x] > 0;
    for (int y = first; y <= last; ++y) std::fill_n(row(y), m_width + 1, 0);
    return near;
  }

 private:
  int32_t* row(int y) { return m_cells.data() + size_t(m_width + 1) * size_t(y); }
  const int m_width, m_height;
  std::vector<int32_t> m_cells;   // all 0 between calls
  std::vector<int> m_halfWidths;  // of the disc, by distance from its middle row
};

}  // namespace

double boundaryTolerance(Size size) { return 0.0075 * std::hypot(size.width, size.height); }

std::vector<std::optional<double>> boundaryF1(const LabelMap& truth, const LabelMap& predicted, int classes, double tolerance) {
  assert(truth.size() == predicted.size());
  const auto theirs = boundaries(truth, truth, classes), ours = boundaries(predicted, truth, classes);
  NearCounter counter(truth.size(), tolerance);
  std::vector<std::optional<double>> out(static_cast<size_t>(classes));
  for (size_t c = 0; c < out.size(); ++c) {
    if (theirs[c].empty() && ours[c].empty()) continue;
    out[c] = 0;
    if (theirs[c].empty() || ours[c].empty()) continue;
    const double precision = double(counter.count(ours[c], theirs[c])) / double(ours[c].size());
    const double recall = double(counter.count(theirs[c], ours[c])) / double(theirs[c].size());
    if (precision + recall > 0) out[c] = 2 * precision * recall / (precision + recall);
  }
  return out;
}

}  // namespace intarsia
