// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/border_simplify.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace intarsia {

namespace {

constexpr int kCell = 16;  // pixels
constexpr int kRounds = 4;  // halvings of the tolerance before a chain is left exact

int64_t cross(Corner a, Corner b, Corner c) { return int64_t(b.x - a.x) * (c.y - a.y) - int64_t(b.y - a.y) * (c.x - a.x); }
int64_t dot(Corner a, Corner b, Corner c) { return int64_t(b.x - a.x) * (c.x - a.x) + int64_t(b.y - a.y) * (c.y - a.y); }
int sign(int64_t v) { return (v > 0) - (v < 0); }

double squaredDistance(Corner p, Corner a, Corner b) {
  const double length = double(dot(a, b, b)), along = double(dot(a, b, p));
  if (along <= 0 || length == 0) return double(dot(a, p, p));
  if (along >= length) return double(dot(b, p, p));
  const double c = double(cross(a, b, p));
  return c * c / length;
}

/// Keeps `first`, `last` and what the tolerance needs between them.
void keepBetween(const std::vector<Corner>& points, size_t first, size_t last, double squared, std::vector<bool>& keep) {
  std::vector<std::pair<size_t, size_t>> open = {{first, last}};
  while (!open.empty()) {
    const auto [from, to] = open.back();
    open.pop_back();
    double farthest = squared;
    size_t at = from;
    for (size_t i = from + 1; i < to; ++i)
      if (const double d = squaredDistance(points[i], points[from], points[to]); d > farthest) farthest = d, at = i;
    if (at == from) continue;
    keep[at] = true;
    open.push_back({from, at});
    open.push_back({at, to});
  }
}

/// Indices of the points that stay. A closed chain keeps at least three.
std::vector<uint32_t> simplified(const std::vector<Corner>& points, double tolerance) {
  const size_t last = points.size() - 1;
  std::vector<bool> keep(points.size(), tolerance <= 0);
  keep[0] = keep[last] = true;
  if (tolerance > 0 && points[0] == points[last]) {
    size_t far = 0, wide = 0;
    for (size_t i = 1; i < last; ++i)
      if (dot(points[0], points[i], points[i]) > dot(points[0], points[far], points[far])) far = i;
    for (size_t i = 1; i < last; ++i)
      if (std::abs(cross(points[0], points[far], points[i])) > std::abs(cross(points[0], points[far], points[wide]))) wide = i;
    keep[far] = keep[wide] = true;
  }
  if (tolerance > 0) {
    const std::vector<bool> fixed = keep;
    for (size_t from = 0, i = 1; i <= last; ++i)
      if (fixed[i]) keepBetween(points, from, i, tolerance * tolerance, keep), from = i;
  }
  std::vector<uint32_t> kept;
  for (size_t i = 0; i <= last; ++i)
    if (keep[i]) kept.push_back(uint32_t(i));
  return kept;
}

struct Segment {
  Corner a, b;
  int chain;
  uint32_t from, to;  // points of the chain
};

/// True unless the segments have nothing in common but one end.
bool conflict(const Segment& s, const Segment& t) {
  const int a = sign(cross(s.a, s.b, t.a)), b = sign(cross(s.a, s.b, t.b));
  const bool sharesA = s.a == t.a || s.a == t.b, sharesB = s.b == t.a || s.b == t.b;
  if (sharesA && sharesB) return true;
  if (sharesA || sharesB) {
    const Corner shared = sharesA ? s.a : s.b, p = sharesA ? s.b : s.a, q = t.a == shared ? t.b : t.a;
    return cross(shared, p, q) == 0 && dot(shared, p, q) > 0;  // folded onto one another
  }
  const int c = sign(cross(t.a, t.b, s.a)), d = sign(cross(t.a, t.b, s.b));
  if (a == 0 && b == 0) {
    const auto between = [](int p, int q, int lo, int hi) { return std::max(p, q) >= std::min(lo, hi) && std::min(p, q) <= std::max(lo, hi); };
    return between(s.a.x, s.b.x, t.a.x, t.b.x) && between(s.a.y, s.b.y, t.a.y, t.b.y);
  }
  return a * b <= 0 && c * d <= 0;
}

/// Segments by the cells that they may touch, in one array.
class Grid {
 public:
  Grid(const std::vector<Segment>& segments, int width, int height) : m_segments(segments), m_columns(width / kCell + 1), m_rows(height / kCell + 1) {
    m_begin.assign(size_t(m_columns) * size_t(m_rows) + 1, 0);
    for (const Segment& s : segments) cells(s.a, s.b, 0, [&](size_t cell) { ++m_begin[cell + 1]; });
    for (size_t i = 1; i < m_begin.size(); ++i) m_begin[i] += m_begin[i - 1];
    m_items.resize(m_begin.back());
    std::vector<uint32_t> next(m_begin.begin(), m_begin.end() - 1);
    for (uint32_t i = 0; i < segments.size(); ++i) cells(segments[i].a, segments[i].b, 0, [&](size_t cell) { m_items[next[cell]++] = i; });
  }

  /// body(segment index) for all that come near the segment a–b; some more than once.
  template <class Body>
  void near(Corner a, Corner b, int margin, Body body) const {
    cells(a, b, margin, [&](size_t cell) {
      for (uint32_t i = m_begin[cell]; i < m_begin[cell + 1]; ++i) body(m_items[i]);
    });
  }

 private:
  template <class Body>
  void cells(Corner a, Corner b, int margin, Body body) const {
    if (a.y > b.y) std::swap(a, b);
    const int top = std::max(0, (a.y - margin) / kCell), bottom = std::min(m_rows - 1, (b.y + margin) / kCell);
    for (int row = top; row <= bottom; ++row) {
      // Where the segment runs between the row's edges, widened by a pixel for rounding.
      double x0 = a.x, x1 = b.x;
      if (b.y > a.y) {
        const double slope = double(b.x - a.x) / (b.y - a.y);
        x0 = a.x + slope * (std::clamp(row * kCell - margin, a.y, b.y) - a.y);
        x1 = a.x + slope * (std::clamp((row + 1) * kCell + margin, a.y, b.y) - a.y);
      }
      const int left = std::max(0, (int(std::min(x0, x1)) - margin - 1) / kCell);
      const int right = std::min(m_columns - 1, (int(std::max(x0, x1)) + margin + 1) / kCell);
      for (int column = left; column <= right; ++column) body(size_t(row) * size_t(m_columns) + size_t(column));
    }
  }

  const std::vector<Segment>& m_segments;
  int m_columns, m_rows;
  std::vector<uint32_t> m_begin, m_items;
};

/// Strictly inside the area between points[from…to] and the straight way between its ends.
bool jumpedOver(Corner p, const std::vector<Corner>& points, uint32_t from, uint32_t to) {
  bool inside = false;
  for (uint32_t i = from; i <= to; ++i) {
    Corner a = points[i], b = i == to ? points[from] : points[i + 1];
    if (a.y > b.y) std::swap(a, b);
    if (sign(cross(a, b, p)) == 0 && dot(p, a, b) <= 0) return false;  // on its border
    if (a.y <= p.y && p.y < b.y && cross(a, b, p) < 0) inside = !inside;
  }
  return inside;
}

}  // namespace

Expected<std::vector<std::vector<Corner>>> simplifyBorders(const BorderGraph& graph, double tolerance, const Job& job) {
  const auto& chains = graph.chains();
  std::vector<std::vector<uint32_t>> kept(chains.size());
  std::vector<int> rounds(chains.size(), 0);
  std::vector<bool> dirty(chains.size(), true);
  int width = 0, height = 0;
  for (const auto& chain : chains)
    for (const Corner& c : chain.points) width = std::max(width, c.x), height = std::max(height, c.y);
  const int margin = int(std::ceil(std::min(tolerance, 1e6)));
  for (bool again = tolerance > 0; again;) {
    INTARSIA_CHECK(job.check());
    std::vector<Segment> segments;
    for (size_t c = 0; c < chains.size(); ++c) {
      if (dirty[c]) kept[c] = simplified(chains[c].points, rounds[c] < kRounds ? std::ldexp(tolerance, -rounds[c]) : 0);
      for (size_t i = 0; i + 1 < kept[c].size(); ++i)
        segments.push_back({chains[c].points[kept[c][i]], chains[c].points[kept[c][i + 1]], int(c), kept[c][i], kept[c][i + 1]});
    }
    const Grid grid(segments, width, height);
    std::vector<bool> wrong(chains.size(), false);
    for (uint32_t i = 0; i < segments.size(); ++i) {
      const Segment& s = segments[i];
      const bool shortcut = s.to - s.from > 1;
      // Exact segments cannot be in conflict with one another; of two, one is a shortcut and looks.
      if (!shortcut) continue;
      grid.near(s.a, s.b, margin, [&](uint32_t k) {
        const Segment& t = segments[k];
        if (k == i || (wrong[size_t(s.chain)] && wrong[size_t(t.chain)])) return;
        if (conflict(s, t)) wrong[size_t(s.chain)] = wrong[size_t(t.chain)] = true;
        for (const Corner& vertex : {t.a, t.b})  // what a shortcut passes over lies within the tolerance of it
          if (!wrong[size_t(s.chain)] && squaredDistance(vertex, s.a, s.b) <= tolerance * tolerance)
            wrong[size_t(s.chain)] = jumpedOver(vertex, chains[size_t(s.chain)].points, s.from, s.to);
      });
    }
    again = false;
    for (size_t c = 0; c < chains.size(); ++c) {
      dirty[c] = wrong[c] && rounds[c] < kRounds;
      if (dirty[c]) ++rounds[c], again = true;
    }
  }
  std::vector<std::vector<Corner>> result(chains.size());
  for (size_t c = 0; c < chains.size(); ++c) {
    if (tolerance <= 0)
      result[c] = chains[c].points;
    else
      for (const uint32_t i : kept[c]) result[c].push_back(chains[c].points[i]);
  }
  return result;
}

}  // namespace intarsia
