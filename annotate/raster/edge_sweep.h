// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/base/rect.h"
#include "core/geometry/polygon.h"

namespace intarsia {

/// Walks a polygon row by row inside a rectangle and gives the pixels whose centres are inside (RasterRule::centre), exactly.
///
/// An edge runs over the rows with top ≤ y+½ < bottom and enters a row at the first pixel whose centre is on it or right of it.
/// That pixel comes from fixed point, stepped from row to row (or, of enormous edges, from floating point) where its error bound allows,
/// else from the exact `orientation`. So it depends on the edge alone: a shared edge is the same number on both sides, whatever the
/// rectangle or direction. Even-odd over these whole numbers.
///
/// Edges left of the rectangle only count (a parity per row), edges right of it are dropped. Cost: vertices + rows + crossings.
class EdgeSweep {
 public:
  EdgeSweep(std::span<const Ring> rings, const Rect& rect);

  /// Rows that have not been walked and may have pixels.
  int nextRow() const { return m_y; }
  int bottom() const { return m_bottom; }
  /// Goes on to `yEnd`; sink(y, begin, end) top to bottom, left to right, disjoint and not touching.
  template <class Sink>
  void walk(int yEnd, Sink&& sink);

 private:
  struct Edge {
    Point a, b;       // a.y < b.y
    double slope;     // dx/dy; NaN = too large for floating point, search instead
    int end;          // first row below it
    int next;         // further edge that starts in the same row, or -1
  };

  /// An edge that crosses row m_y.
  struct Active {
    int64_t x;       // where it crosses the row, plus ½, from the rectangle's left: 32.32 bits
    int64_t step;    // per row
    uint32_t error;  // bound of the error of `x`, 2⁻³² pixels
    int end;
    int edge;
    bool enormous;   // x and step would overflow: `crossing` tells instead
  };

  void addEdge(Point a, Point b, int rowA, int rowB);
  Active activated(int edge) const;
  int nextCrossing(Active& active, int y) const;
  int nearCrossing(const Active& active, int y, int64_t x) const;
  int rowFrom(double y) const;
  int crossing(const Edge& edge, int y) const;
  int exactCrossing(const Edge& edge, int y, int pixel) const;
  int searchCrossing(const Edge& edge, int y, int low, int high) const;
  void meetEvents();
  void collectRow(int y);
  void sortCrossings();
  template <class Sink>
  void emitRow(int y, Sink& sink) const;

  Rect m_rect;
  int m_top = 0, m_bottom = 0;     // rows that the polygon reaches
  int m_y = 0;                     // next row
  int m_stop = 0;                  // the active edges stay the same above it
  double m_error = 0;              // bound of a crossing's rounding error, pixels
  std::vector<Edge> m_edges;
  std::vector<int> m_first;        // per row: edge that starts there, or -1
  std::vector<unsigned char> m_leftToggles;  // per row, 1 = an odd number of edges left of the rectangle starts or ends; empty = none
  bool m_leftOdd = false;
  std::vector<Active> m_active;    // those that cross row m_y; from left to right where edges do not cross
  std::vector<int> m_crossings;    // of one row, sorted
  std::vector<unsigned char> m_toggles;      // per pixel of a row with very many crossings
};

inline int EdgeSweep::crossing(const Edge& edge, int y) const {
  const double x = edge.a.x + (y + 0.5 - edge.a.y) * edge.slope;
  if (x != x) return searchCrossing(edge, y, m_rect.x, m_rect.right());
  const double left = m_rect.x, right = m_rect.right();
  const double u = (x < left ? left : x > right ? right : x) - left + 0.5;  // the pixel is ceil(u) − 1
  const int pixel = int(u);
  const double rest = u - pixel;
  if (rest > m_error && rest < 1 - m_error) [[likely]]
    return m_rect.x + pixel;
  return exactCrossing(edge, y, m_rect.x + int(u + 0.5) - 1);
}

/// The crossing of row y; the active edge moves on to the next row.
inline int EdgeSweep::nextCrossing(Active& active, int y) const {
  const int64_t x = active.x;
  active.x += active.step;
  if (uint32_t(uint32_t(x) + active.error) <= 2 * active.error) [[unlikely]]
    return nearCrossing(active, y, x);
  const int pixel = int(x >> 32);
  return m_rect.x + (pixel < 0 ? 0 : pixel > m_rect.width ? m_rect.width : pixel);
}

inline void EdgeSweep::collectRow(int y) {
  const size_t most = m_active.size() + 2;
  m_crossings.resize(most);
  int* const xs = m_crossings.data();
  size_t count = 0;
  if (m_leftOdd) xs[count++] = m_rect.x;
  bool sorted = true;
  for (Active& active : m_active) {
    const int x = nextCrossing(active, y);
    sorted &= count == 0 || xs[count - 1] <= x;
    xs[count++] = x;
  }
  if (count % 2) xs[count++] = m_rect.right();  // closed by an edge right of the rectangle
  m_crossings.resize(count);
  if (!sorted) sortCrossings();
}

template <class Sink>
void EdgeSweep::emitRow(int y, Sink& sink) const {
  const size_t count = m_crossings.size();
  for (size_t i = 0; i + 1 < count;) {
    const int begin = m_crossings[i];
    int end = m_crossings[i + 1];
    i += 2;
    while (i + 1 < count && m_crossings[i] == end) end = m_crossings[i + 1], i += 2;
    if (begin < end) sink(y, begin, end);
  }
}

template <class Sink>
void EdgeSweep::walk(int yEnd, Sink&& sink) {
  yEnd = std::min(yEnd, m_bottom);
  while (m_y < yEnd) {
    if (m_y >= m_stop) meetEvents();
    const int stop = std::min(yEnd, m_stop);
    if (m_active.empty() && !m_leftOdd) {
      m_y = stop;
    } else if (m_active.size() == 2 && !m_leftOdd) {
      Active first = m_active[0], second = m_active[1];
      for (; m_y < stop; ++m_y) {
        const int p = nextCrossing(first, m_y), q = nextCrossing(second, m_y);
        if (p < q)
          sink(m_y, p, q);
        else if (q < p)
          sink(m_y, q, p);
      }
      m_active[0] = first, m_active[1] = second;
    } else {
      for (; m_y < stop; ++m_y) {
        collectRow(m_y);
        emitRow(m_y, sink);
      }
    }
  }
}

}  // namespace intarsia
