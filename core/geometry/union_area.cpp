// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry/union_area.h"

#include <algorithm>
#include <cmath>

#include "core/geometry/nesting.h"

namespace intarsia {
namespace {

constexpr size_t kMostEdges = 3000, kMostLevels = 20'000;

struct Edge {
  Point a, b;  // a.y < b.y
  int ring;
  double at(double y) const { return a.x + (b.x - a.x) * ((y - a.y) / (b.y - a.y)); }
};

/// Where two edges cross, by height; both ends of the common heights on one side of the other edge: nowhere.
std::optional<double> crossingHeight(const Edge& p, const Edge& q) {
  const double top = std::max(p.a.y, q.a.y), bottom = std::min(p.b.y, q.b.y);
  if (top >= bottom || std::max(p.a.x, p.b.x) < std::min(q.a.x, q.b.x) || std::max(q.a.x, q.b.x) < std::min(p.a.x, p.b.x)) return std::nullopt;
  const double above = p.at(top) - q.at(top), below = p.at(bottom) - q.at(bottom);
  if (above * below >= 0) return std::nullopt;
  return top + (bottom - top) * (above / (above - below));
}

struct Crossing {
  double middle, upper, lower;  // x in the middle, at the top and at the bottom of a slab
  int ring;
};

/// Of a slab between two heights within which no edges cross.
double slabArea(std::vector<Crossing>& crossings, std::vector<char>& inside, double height) {
  std::ranges::sort(crossings, {}, &Crossing::middle);
  std::ranges::fill(inside, char(0));
  int depth = 0;
  double sum = 0;
  const Crossing* from = nullptr;
  for (const Crossing& c : crossings) {
    char& in = inside[size_t(c.ring)];
    in = !in;
    const int before = depth;
    depth += in ? 1 : -1;
    if (before == 0) from = &c;
    else if (depth == 0) sum += (c.upper - from->upper + c.lower - from->lower) / 2 * height;
  }
  return sum;
}

}  // namespace

std::optional<double> unionArea(std::span<const Ring> rings) {
  std::vector<Edge> edges;
  std::vector<double> levels;
  for (size_t r = 0; r < rings.size(); ++r) {
    const Ring& ring = rings[r];
    if (!usable(ring)) continue;
    if (edges.size() + ring.size() > kMostEdges) return std::nullopt;
    for (size_t i = 0; i < ring.size(); ++i) {
      const Point a = ring[i], b = ring[(i + 1) % ring.size()];
      levels.push_back(a.y);
      if (a.y != b.y) edges.push_back({a.y < b.y ? a : b, a.y < b.y ? b : a, int(r)});
    }
  }
  for (size_t i = 0; i < edges.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (const auto y = crossingHeight(edges[i], edges[j])) {
        levels.push_back(*y);
        if (levels.size() > kMostLevels) return std::nullopt;
      }
  std::ranges::sort(levels);
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  std::ranges::sort(edges, {}, [](const Edge& e) { return e.a.y; });
  std::vector<const Edge*> active;
  std::vector<Crossing> crossings;
  std::vector<char> inside(rings.size());
  double sum = 0;
  size_t next = 0;
  for (size_t i = 0; i + 1 < levels.size(); ++i) {
    const double top = levels[i], bottom = levels[i + 1];
    std::erase_if(active, [&](const Edge* e) { return e->b.y <= top; });
    for (; next < edges.size() && edges[next].a.y <= top; ++next) active.push_back(&edges[next]);
    crossings.clear();
    for (const Edge* e : active) {
      const double upper = e->at(top), lower = e->at(bottom);
      crossings.push_back({(upper + lower) / 2, upper, lower, e->ring});
    }
    sum += slabArea(crossings, inside, bottom - top);
  }
  return sum;
}

}  // namespace intarsia
