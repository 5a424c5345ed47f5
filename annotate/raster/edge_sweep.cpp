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

EdgeSweep::EdgeSweep(std::span<const Ring> rings, const Rect& rect) : m_rect(rect) {
  double top = std::numeric_limits<double>::infinity(), bottom = -top, large = 0;
  size_t points = 0;
  for (const Ring& ring : rings) {
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
  for (const Ring& ring : rings) {
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

EdgeSweep::Active EdgeSweep::activated(int index) const {
  const Edge& edge = m_edges[size_t(index)];
  constexpr double kOne = 4294967296.0, kRoom = double(1 << 29);
  const double x = edge.a.x + (m_y + 0.5 - edge.a.y) * edge.slope - m_rect.x + 0.5;
  const int rows = edge.end - m_y;
  const bool fits = std::abs(x) < kRoom && std::abs(edge.slope) < kRoom && std::abs(x + edge.slope * rows) < kRoom && rows < (1 << 28);
  if (!fits) return {0, 0, 1, edge.end, index, true};  // always near
  if (edge.slope == 0) return {int64_t(std::floor(x)) << 32 | int64_t(1) << 31, 0, 0, edge.end, index, false};
  // Conversion loses less than 1 unit of x and, each row, of the step.
  return {int64_t(x * kOne), int64_t(edge.slope * kOne), uint32_t(rows + 2 + m_error * kOne), edge.end, index, false};
}

int EdgeSweep::nearCrossing(const Active& active, int y, int64_t x) const {
  const Edge& edge = m_edges[size_t(active.edge)];
  if (active.enormous) return crossing(edge, y);
  const int pixel = int((x + (int64_t(1) << 31)) >> 32) - 1;
  return std::clamp(exactCrossing(edge, y, m_rect.x + pixel), m_rect.x, m_rect.right());
}

/// Brings the active edges up to row m_y, from left to right, and finds the row where they change next.
void EdgeSweep::meetEvents() {
  std::erase_if(m_active, [this](const Active& active) { return active.end <= m_y; });
  for (int e = m_first[size_t(m_y - m_top)]; e >= 0; e = m_edges[size_t(e)].next) m_active.push_back(activated(e));
  if (m_active.size() <= 24) {
    for (size_t i = 1; i < m_active.size(); ++i) {
      const Active active = m_active[i];
      size_t k = i;
      for (; k > 0 && m_active[k - 1].x > active.x; --k) m_active[k] = m_active[k - 1];
      m_active[k] = active;
    }
  } else {
    std::ranges::sort(m_active, {}, &Active::x);
  }
  if (!m_leftToggles.empty() && m_leftToggles[size_t(m_y - m_top)]) m_leftOdd = !m_leftOdd;
  int limit = m_bottom;
  for (const Active& active : m_active) limit = std::min(limit, active.end);
  m_stop = m_y + 1;
  while (m_stop < limit && m_first[size_t(m_stop - m_top)] < 0 && (m_leftToggles.empty() || !m_leftToggles[size_t(m_stop - m_top)])) ++m_stop;
}

void EdgeSweep::sortCrossings() {
  if (m_crossings.size() <= 24 || m_crossings.size() <= size_t(m_rect.width) / 4) {
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
