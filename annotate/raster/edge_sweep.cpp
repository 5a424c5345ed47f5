// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/edge_sweep.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/geometry/orientation.h"

namespace intarsia {

namespace {

// Beyond these the crossing's error bound would not be far below a pixel.
constexpr double kLargeX = 1e12, kLargeY = 1e150;

bool finite(const Ring& ring) {
  return std::all_of(ring.begin(), ring.end(), [](const Point& p) { return std::isfinite(p.x) && std::isfinite(p.y); });
}

}  // namespace

EdgeSweep::EdgeSweep(const Polygon& polygon, const Rect& rect) : m_rect(rect) {
  double top = std::numeric_limits<double>::infinity(), bottom = -top, large = 0;
  size_t points = 0;
  for (const Ring& ring : polygon.rings) {
    if (!finite(ring)) continue;
    points += ring.size();
    for (const Point& p : ring) {
      top = std::min(top, p.y);
      bottom = std::max(bottom, p.y);
      if (std::abs(p.x) <= kLargeX) large = std::max(large, std::abs(p.x));
    }
  }
  if (rect.empty() || points == 0) return;
  m_top = rect.y, m_bottom = rect.bottom();
  const int first = rowFrom(top), last = rowFrom(bottom);
  m_top = m_y = m_stop = first;
  m_bottom = last;
  if (first >= last) return;
  // 13 roundings of numbers up to `large` are below 1.5e-15 of it.
  m_error = 4e-15 * (large + std::abs(double(rect.x)) + std::abs(double(rect.right())) + 1);
  m_first.assign(size_t(last - first), -1);
  m_edges.reserve(std::min<size_t>(points, 4096));
  for (const Ring& ring : polygon.rings) {
    if (!finite(ring)) continue;
    if (ring.empty()) continue;
    const Point* last = &ring.back();
    int lastRow = rowFrom(last->y);
    for (const Point& p : ring) {
      const int row = rowFrom(p.y);
      if (row != lastRow) addEdge(*last, p, lastRow, row);
      last = &p;
      lastRow = row;
    }
  }
}

/// First row of the polygon's range whose centre is at y or below.
int EdgeSweep::rowFrom(double y) const {
  if (!(y > m_top + 0.5)) return m_top;
  if (y > m_bottom - 0.5) return m_bottom;
  int row = int(y);
  while (row + 0.5 < y) ++row;
  while (row - 0.5 >= y) --row;
  return row;
}

/// An edge that some row's centres lie beside.
void EdgeSweep::addEdge(Point a, Point b, int begin, int end) {
  if (begin > end) std::swap(a, b), std::swap(begin, end);
  if (std::min(a.x, b.x) > m_rect.right() - 0.5) return;
  if (std::max(a.x, b.x) <= m_rect.x + 0.5) {
    if (m_leftToggles.empty()) m_leftToggles.assign(size_t(m_bottom - m_top) + 1, 0);
    m_leftToggles[size_t(begin - m_top)] ^= 1;
    m_leftToggles[size_t(end - m_top)] ^= 1;
    return;
  }
  Edge edge{a, b, 0, end, m_first[size_t(begin - m_top)]};
  const bool large = std::max(std::abs(a.x), std::abs(b.x)) > kLargeX || std::max(std::abs(a.y), std::abs(b.y)) > kLargeY;
  int fixed = -1;
  if (large) {
    edge.slope = std::numeric_limits<double>::quiet_NaN();
    // The line is monotonic: the same pixel at both ends is the pixel of all rows between.
    const int p = crossing(edge, begin), q = crossing(edge, end - 1);
    if (p == q) fixed = p - m_rect.x;
  } else if (a.x == b.x) {
    fixed = crossing(edge, begin) - m_rect.x;
  } else {
    edge.slope = (b.x - a.x) / (b.y - a.y);
  }
  if (fixed >= 0) {  // a whole number is never near a pixel's centre
    edge.a.x = edge.b.x = m_rect.x + fixed;
    edge.slope = 0;
  }
  m_first[size_t(begin - m_top)] = int(m_edges.size());
  m_edges.push_back(edge);
}

/// `pixel` or the one after it: the crossing lies within the error bound of that pixel's centre.
int EdgeSweep::exactCrossing(const Edge& edge, int y, int pixel) const {
  return orientation(edge.a, edge.b, {pixel + 0.5, y + 0.5}) <= 0 ? pixel : pixel + 1;
}

int EdgeSweep::searchCrossing(const Edge& edge, int y, int low, int high) const {
  const auto reached = [&](int x) { return orientation(edge.a, edge.b, {x + 0.5, y + 0.5}) <= 0; };
  if (low >= high || reached(low)) return low;
  if (!reached(high - 1)) return high;
  --high;  // reached(high), not reached(low)
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    (reached(middle) ? high : low) = middle;
  }
  return high;
}

/// Brings the active edges up to row m_y and finds the row where they change next.
void EdgeSweep::meetEvents() {
  std::erase_if(m_active, [this](const Edge& edge) { return edge.end <= m_y; });
  for (int e = m_first[size_t(m_y - m_top)]; e >= 0; e = m_edges[size_t(e)].next) m_active.push_back(m_edges[size_t(e)]);
  if (!m_leftToggles.empty() && m_leftToggles[size_t(m_y - m_top)]) m_leftOdd = !m_leftOdd;
  int limit = m_bottom;
  for (const Edge& edge : m_active) limit = std::min(limit, edge.end);
  m_stop = m_y + 1;
  while (m_stop < limit && m_first[size_t(m_stop - m_top)] < 0 && (m_leftToggles.empty() || !m_leftToggles[size_t(m_stop - m_top)])) ++m_stop;
}

void EdgeSweep::sortManyCrossings() {
  if (m_crossings.size() <= size_t(m_rect.width) / 4) {
    std::sort(m_crossings.begin(), m_crossings.end());
    return;
  }
  // Mark where inside and outside change instead.
  m_toggles.assign(size_t(m_rect.width) + 1, 0);
  for (const int x : m_crossings) m_toggles[size_t(x - m_rect.x)] ^= 1;
  m_crossings.clear();
  for (int x = 0; x <= m_rect.width; ++x)
    if (m_toggles[size_t(x)]) m_crossings.push_back(m_rect.x + x);
}

}  // namespace intarsia
