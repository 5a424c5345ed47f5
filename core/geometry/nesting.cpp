// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry/nesting.h"

#include <algorithm>
#include <optional>

namespace intarsia {
namespace {

/// A ring's edges by bands of y, so that a question about a point looks at a few of them: a region of a noisy label map has
/// thousands of holes in an outside of 100,000 points.
class EdgeIndex {
 public:
  explicit EdgeIndex(const Ring& ring) : m_ring(ring), m_box(bounds(Polygon{{ring}})) {
    m_bands.resize(std::clamp<size_t>(ring.size() / 8, 1, 1024));
    for (size_t i = 0; i < ring.size(); ++i) {
      const double a = ring[i].y, b = ring[next(i)].y;
      for (size_t band = bandOf(std::min(a, b) - kNear), last = bandOf(std::max(a, b) + kNear); band <= last; ++band) m_bands[band].push_back(i);
    }
  }
  const Bounds& box() const { return m_box; }

  bool onBorder(Point p) const {
    return std::ranges::any_of(m_bands[bandOf(p.y)], [&](size_t i) { return distanceToSegment(p, m_ring[i], m_ring[next(i)]) <= kNear; });
  }
  bool inside(Point p) const {
    bool odd = false;
    for (const size_t i : m_bands[bandOf(p.y)]) odd ^= crosses(p, m_ring[i], m_ring[next(i)]);
    return odd;
  }

 private:
  static constexpr double kNear = 1e-9;
  size_t next(size_t i) const { return i + 1 == m_ring.size() ? 0 : i + 1; }
  size_t bandOf(double y) const {
    const double part = (y - m_box.top) / (m_box.bottom - m_box.top) * double(m_bands.size());
    return part > 0 ? std::min(size_t(std::min(part, 1e6)), m_bands.size() - 1) : 0;  // flat rings: not a number, the first
  }

  const Ring& m_ring;
  Bounds m_box;
  std::vector<std::vector<size_t>> m_bands;
};

/// A point of `ring` that tells whether it lies in `other`: a vertex or the middle of an edge away from the other's border.
std::optional<Point> probe(const Ring& ring, const EdgeIndex& other) {
  for (const Point p : ring)
    if (!other.onBorder(p)) return p;
  for (size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
    const Point middle{ring[j].x / 2 + ring[i].x / 2, ring[j].y / 2 + ring[i].y / 2};
    if (!other.onBorder(middle)) return middle;
  }
  return std::nullopt;
}

bool within(const Bounds& a, const Bounds& b) { return a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom; }

}  // namespace

std::vector<std::vector<int>> nesting(const Polygon& polygon) {
  const size_t n = polygon.rings.size();
  std::vector<std::vector<int>> around(n);
  if (n < 2) return around;
  std::vector<std::optional<EdgeIndex>> indices(n);
  for (size_t i = 0; i < n; ++i)
    if (usable(polygon.rings[i])) indices[i].emplace(polygon.rings[i]);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n && indices[i]; ++j) {
      if (i == j || !indices[j] || !within(indices[i]->box(), indices[j]->box())) continue;
      const auto p = probe(polygon.rings[i], *indices[j]);
      if (p ? indices[j]->inside(*p) : i > j) around[i].push_back(int(j));  // the same ring twice: the later is inside
    }
  return around;
}

std::vector<Polygon> parts(const Polygon& polygon) {
  const auto around = nesting(polygon);
  std::vector<Polygon> out;
  for (size_t i = 0; i < polygon.rings.size(); ++i) {
    if (around[i].size() % 2 || !usable(polygon.rings[i])) continue;
    Polygon& part = out.emplace_back();
    part.rings.push_back(polygon.rings[i]);
    for (size_t j = 0; j < polygon.rings.size(); ++j)  // directly inside: one level deeper
      if (around[j].size() == around[i].size() + 1 && std::ranges::count(around[j], int(i))) part.rings.push_back(polygon.rings[j]);
  }
  return out;
}

}  // namespace intarsia
