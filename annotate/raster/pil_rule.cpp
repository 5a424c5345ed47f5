// SPDX-License-Identifier: GPL-3.0-or-later
// After polygon_generic of Pillow 9.4 (src/libImaging/Draw.c, HPND licence): vertices are cut to whole numbers, rows are filled
// between pairs of crossings in single precision, both ends included. With outline = fill Pillow draws no outline of its own.
// Only the edges that reach a row are looked at; their order is Pillow's, because its corner rule depends on it.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "annotate/raster/raster_rules.h"
#include "core/geometry/nesting.h"

namespace intarsia {

namespace {

struct Edge {
  int64_t x0, y0, xMin, xMax, yMin, yMax;
  float dx;
  float at(int64_t y) const { return float(y - y0) * dx + float(x0); }
};

int64_t cut(double v) { return int64_t(std::clamp(v, -1e9, 1e9)); }

Edge edgeOf(int64_t x0, int64_t y0, int64_t x1, int64_t y1) {
  return {x0, y0, std::min(x0, x1), std::max(x0, x1), std::min(y0, y1), std::max(y0, y1), y0 == y1 ? 0.0f : float(x1 - x0) / float(y1 - y0)};
}

/// Edges in ring order; a horizontal one that continues another in the same direction lengthens it.
std::vector<Edge> edgesOf(const Ring& ring) {
  std::vector<Edge> edges;
  const auto x = [&](size_t i) { return cut(ring[i].x); };
  const auto y = [&](size_t i) { return cut(ring[i].y); };
  const size_t last = ring.size() - 1;
  for (size_t i = 0; i < last; ++i) {
    const int64_t x0 = x(i), x1 = x(i + 1);
    if (y(i) == y(i + 1) && i != 0 && y(i) == y(i - 1)) {
      if (x1 > x0 && x0 > x(i - 1)) {
        edges.back().xMax = x1;
        continue;
      }
      if (x1 < x0 && x0 < x(i - 1)) {
        edges.back().xMin = x1;
        continue;
      }
    }
    edges.push_back(edgeOf(x0, y(i), x1, y(i + 1)));
  }
  if (x(last) != x(0) || y(last) != y(0)) edges.push_back(edgeOf(x(last), y(last), x(0), y(0)));
  return edges;
}

class Filler {
 public:
  Filler(Size size, std::vector<Span>& out) : m_size(size), m_out(out) {}

  void fill(const std::vector<Edge>& edges) {
    int64_t yMin = m_size.height - 1, yMax = 0;
    for (const Edge& edge : edges) {
      yMin = std::min(yMin, edge.yMin);
      yMax = std::max(yMax, edge.yMax);
      if (edge.yMin == edge.yMax)
        line(edge.yMin, float(edge.xMin), float(edge.xMax));
      else
        m_edges.push_back(edge);
    }
    yMin = std::max<int64_t>(yMin, 0);
    yMax = std::min<int64_t>(yMax, m_size.height);
    m_crossings.assign(m_edges.size() * 2, 0.0f);
    std::vector<size_t> starts(m_edges.size()), active;
    for (size_t i = 0; i < starts.size(); ++i) starts[i] = i;
    std::stable_sort(starts.begin(), starts.end(), [this](size_t a, size_t b) { return m_edges[a].yMin < m_edges[b].yMin; });
    size_t next = 0;
    for (int64_t y = yMin; y <= yMax; ++y) {
      std::erase_if(active, [&](size_t i) { return m_edges[i].yMax < y; });
      for (; next < starts.size() && m_edges[starts[next]].yMin <= y; ++next)
        if (m_edges[starts[next]].yMax >= y) active.insert(std::upper_bound(active.begin(), active.end(), starts[next]), starts[next]);
      row(y, yMax, active);
    }
  }

 private:
  void row(int64_t y, int64_t yMax, const std::vector<size_t>& active) {
    size_t count = 0;
    for (size_t a = 0; a < active.size(); ++a) {
      const Edge& edge = m_edges[active[a]];
      m_crossings[count++] = edge.at(y);
      if (y == edge.yMax && y < yMax) {
        m_crossings[count] = m_crossings[count - 1];
        ++count;
      } else if (edge.dx != 0 && std::round(m_crossings[count - 1]) == m_crossings[count - 1]) {
        joinCorner(y, yMax, edge, m_crossings[count - 1], std::span(active).first(a));
      }
    }
    std::sort(m_crossings.begin(), m_crossings.begin() + int64_t(count));
    for (size_t i = 1; i < count; i += 2) line(y, m_crossings[i - 1], m_crossings[i]);
  }

  /// Where two edges that lean the same way meet in a corner, one crossing moves to the next row's (Pillow stores it by edge number).
  void joinCorner(int64_t y, int64_t yMax, const Edge& edge, float x, std::span<const size_t> before) {
    for (const size_t k : before) {
      const Edge& other = m_edges[k];
      if ((edge.dx > 0 && other.dx <= 0) || (edge.dx < 0 && other.dx >= 0)) continue;
      if (!((y == edge.yMin && y == other.yMin) || (y == edge.yMax && y == other.yMax)) || x != other.at(y)) continue;
      const int64_t beside = y == yMax ? y - 1 : y + 1;
      const float p = edge.at(beside), q = other.at(beside);
      if (y == edge.yMax)
        m_crossings[k] = edge.dx > 0 ? std::fmax(p, q) + 1 : std::fmin(p, q) - 1;
      else
        m_crossings[k] = edge.dx > 0 ? std::fmin(p, q) : std::fmax(p, q) + 1;
      return;
    }
  }

  static int64_t roundUp(float f) { return int64_t(f >= 0 ? std::floor(f + 0.5f) : -std::floor(std::fabs(f) + 0.5f)); }
  static int64_t roundDown(float f) { return int64_t(f >= 0 ? std::ceil(f - 0.5f) : -std::ceil(std::fabs(f) - 0.5f)); }
  void line(int64_t y, float from, float to) {
    int64_t x0 = roundUp(from), x1 = roundDown(to);
    if (y < 0 || y >= m_size.height) return;
    if (x0 > x1) std::swap(x0, x1);
    x0 = std::max<int64_t>(x0, 0);
    x1 = std::min<int64_t>(x1, m_size.width - 1);
    if (x0 <= x1) m_out.push_back({int(y), int(x0), int(x1) + 1});
  }

  Size m_size;
  std::vector<Span>& m_out;
  std::vector<Edge> m_edges;  // without horizontal ones
  std::vector<float> m_crossings;
};

void ringSpans(const Ring& ring, Size size, std::vector<Span>& out) {
  if (!usable(ring)) return;
  std::vector<Span> lines;
  Filler(size, lines).fill(edgesOf(ring));
  std::sort(lines.begin(), lines.end(), [](const Span& a, const Span& b) { return a.y != b.y ? a.y < b.y : a.begin < b.begin; });
  for (const Span& line : lines) {
    if (!out.empty() && out.back().y == line.y && line.begin <= out.back().end)
      out.back().end = std::max(out.back().end, line.end);
    else
      out.push_back(line);
  }
}

}  // namespace

std::vector<Span> pilSpans(const Polygon& polygon, Size size) { return composeRings(polygon, size, ringSpans); }

}  // namespace intarsia
