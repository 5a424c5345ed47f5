// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/edit/border_chains.h"

#include <algorithm>
#include <cmath>

#include "annotate/edit/borders.h"
#include "annotate/edit/edit_parts.h"
#include "annotate/edit/snap.h"
#include "core/geometry/nesting.h"
#include "core/geometry/orientation.h"
#include "core/geometry/simplify.h"

namespace intarsia {

namespace {

constexpr int kHalvings = 4;
constexpr double kCell = 16;  // pixels

uint64_t edgeKey(int from, int to) { return uint64_t(uint32_t(from)) << 32 | uint32_t(to); }
uint64_t pairKey(size_t a, size_t b) { return uint64_t(std::min(a, b)) << 32 | uint64_t(std::max(a, b)); }
bool before(Point a, Point b) { return a.x < b.x || (a.x == b.x && a.y < b.y); }

/// True unless the segments have nothing in common but one end.
bool conflict(Point a, Point b, Point c, Point d) {
  const bool sharesA = a == c || a == d, sharesB = b == c || b == d;
  if (sharesA && sharesB) return true;
  if (sharesA || sharesB) {
    const Point shared = sharesA ? a : b, p = sharesA ? b : a, q = c == shared ? d : c;
    const double along = (p.x - shared.x) * (q.x - shared.x) + (p.y - shared.y) * (q.y - shared.y);
    return orientation(shared, p, q) == 0 && along > 0;  // folded onto one another
  }
  const int o1 = orientation(a, b, c), o2 = orientation(a, b, d), o3 = orientation(c, d, a), o4 = orientation(c, d, b);
  if (o1 == 0 && o2 == 0)
    return std::max(a.x, b.x) >= std::min(c.x, d.x) && std::max(c.x, d.x) >= std::min(a.x, b.x) && std::max(a.y, b.y) >= std::min(c.y, d.y) &&
           std::max(c.y, d.y) >= std::min(a.y, b.y);
  return o1 * o2 <= 0 && o3 * o4 <= 0;
}

}  // namespace

BorderChains::BorderChains(const Annotation& annotation, std::span<const ShapeId> ids, const Job& job)
    : m_annotation(annotation), m_job(job) {
  std::vector<size_t> near;
  const auto& shapes = annotation.shapes;
  std::vector<Bounds> chosen;
  for (const ShapePtr& shape : shapes)
    if (selected(ids, *shape) && !shape->locked) chosen.push_back(bounds(shape->polygon));
  for (size_t i = 0; i < shapes.size() && !job.cancelled(); ++i)
    if (std::ranges::any_of(chosen, [b = bounds(shapes[i]->polygon)](const Bounds& c) { return meet(b, c); })) near.push_back(i);
  for (const size_t i : near)
    if (!job.cancelled()) markNodes(*shapes[i]);
  for (const size_t i : near)
    for (size_t r = 0; r < shapes[i]->polygon.rings.size(); ++r)
      if (!job.cancelled() && usable(shapes[i]->polygon.rings[r]))
        takeRing(i, r, selected(ids, *shapes[i]) && !shapes[i]->locked);
}

int BorderChains::vertex(Point p) {
  const auto [known, isNew] = m_ids.try_emplace(p, int(m_points.size()));
  if (isNew) {
    m_points.push_back(p);
    m_links.emplace_back(-1, -1);
    const Size size = m_annotation.size;
    m_node.push_back(p.x <= 0 || p.y <= 0 || p.x >= size.width || p.y >= size.height);
  }
  return known->second;
}

void BorderChains::markNodes(const Shape& shape) {
  for (const Ring& ring : shape.polygon.rings) {
    if (!usable(ring)) continue;
    const size_t n = ring.size();
    for (size_t i = 0; i < n; ++i) {
      const int at = vertex(ring[i]), a = vertex(ring[(i + n - 1) % n]), b = vertex(ring[(i + 1) % n]);
      const std::pair links{std::min(a, b), std::max(a, b)};
      if (m_links[size_t(at)].first < 0) m_links[size_t(at)] = links;
      if (m_links[size_t(at)] != links || shape.locked) m_node[size_t(at)] = true;
    }
  }
}

void BorderChains::takeRing(size_t shape, size_t ring, bool movable) {
  std::vector<int> vertices;
  for (const Point p : m_annotation.shapes[shape]->polygon.rings[ring]) vertices.push_back(vertex(p));
  RingUse& made = m_rings.emplace_back(RingUse{shape, ring, {}});
  const auto node = std::ranges::find_if(vertices, [&](int v) { return m_node[size_t(v)]; });
  if (node == vertices.end()) {
    // All rings with these vertices begin at the same one.
    const auto first = std::ranges::min_element(vertices, [&](int a, int b) { return before(m_points[size_t(a)], m_points[size_t(b)]); });
    std::ranges::rotate(vertices, first);
    made.chains.push_back(use(vertices, true, movable));
    return;
  }
  std::ranges::rotate(vertices, node);
  vertices.push_back(vertices.front());
  std::vector<int> chain{vertices.front()};
  for (size_t i = 1; i < vertices.size(); ++i) {
    chain.push_back(vertices[i]);
    if (!m_node[size_t(vertices[i])]) continue;
    made.chains.push_back(use(chain, false, movable));
    chain = {vertices[i]};
  }
}

BorderChains::Use BorderChains::use(const std::vector<int>& v, bool closed, bool movable) {
  const auto known = m_byFirstEdge.find(edgeKey(v[0], v[1]));
  Use found;
  if (known != m_byFirstEdge.end()) {
    found = known->second;
  } else {
    found = {m_chains.size(), false};
    Chain& chain = m_chains.emplace_back();
    chain.closed = closed;
    for (const int i : v) chain.before.push_back(m_points[size_t(i)]);
    chain.after = chain.before;
    m_byFirstEdge[edgeKey(v[0], v[1])] = found;
    const uint64_t other = closed ? edgeKey(v[0], v.back()) : edgeKey(v.back(), v[v.size() - 2]);
    m_byFirstEdge.try_emplace(other, Use{found.chain, true});
  }
  m_chains[found.chain].movable |= movable;
  return found;
}

template <class Wanted, class Visit>
void BorderChains::eachConflict(Ring Chain::*state, Wanted wanted, Visit visit) const {
  std::vector<Segment> segments;
  for (size_t c = 0; c < m_chains.size() && !m_job.cancelled(); ++c) {
    const Ring& points = m_chains[c].*state;
    for (size_t i = 0; i + 1 < points.size(); ++i) segments.push_back({points[i], points[i + 1], c});
    if (m_chains[c].closed) segments.push_back({points.back(), points.front(), c});
  }
  // Segments by the cells that they pass, a row of cells at a time.
  std::unordered_map<uint64_t, std::vector<uint32_t>> cells;
  const auto cellsOf = [&](const Segment& s, auto body) {
    Point a = s.a, b = s.b;
    if (a.y > b.y) std::swap(a, b);
    for (int row = int(std::floor(a.y / kCell)); row <= int(std::floor(b.y / kCell)); ++row) {
      double x0 = a.x, x1 = b.x;
      if (b.y > a.y) {
        const double slope = (b.x - a.x) / (b.y - a.y);
        x0 = a.x + slope * (std::clamp(row * kCell, a.y, b.y) - a.y);
        x1 = a.x + slope * (std::clamp((row + 1) * kCell, a.y, b.y) - a.y);
      }
      for (int column = int(std::floor((std::min(x0, x1) - 1e-6) / kCell)); column <= int(std::floor((std::max(x0, x1) + 1e-6) / kCell)); ++column)
        body(edgeKey(row, column));
    }
  };
  for (uint32_t i = 0; i < segments.size() && !m_job.cancelled(); ++i) {
    const Segment& s = segments[i];
    cellsOf(s, [&](uint64_t cell) {
      auto& list = cells[cell];
      for (const uint32_t k : list) {
        const Segment& t = segments[k];
        if (k != i && wanted(s.chain, t.chain) && conflict(s.a, s.b, t.a, t.b)) visit(s.chain, t.chain);
      }
      list.push_back(i);
    });
  }
}

std::vector<bool> BorderChains::conflicts() const {
  std::vector<bool> wrong(m_chains.size(), false), changed;
  for (const Chain& chain : m_chains) changed.push_back(chain.after != chain.before);
  eachConflict(
      &Chain::after, [&](size_t a, size_t b) { return (changed[a] || changed[b]) && !(wrong[a] && wrong[b]); },
      [&](size_t a, size_t b) {
        if (a == b || !m_crossed.contains(pairKey(a, b))) wrong[a] = wrong[b] = true;
      });
  return wrong;
}

void BorderChains::apply(const Change& change, double amount) {
  m_crossed.clear();
  eachConflict(
      &Chain::before, [&](size_t a, size_t b) { return a != b && (m_chains[a].movable || m_chains[b].movable); },
      [&](size_t a, size_t b) { m_crossed.insert(pairKey(a, b)); });
  std::vector<bool> dirty(m_chains.size(), true);
  for (bool again = true; again && !m_job.cancelled();) {
    for (size_t c = 0; c < m_chains.size() && !m_job.cancelled(); ++c) {
      Chain& chain = m_chains[c];
      if (!dirty[c] || !chain.movable) continue;
      chain.after = chain.halvings <= kHalvings ? change(chain.before, chain.closed, std::ldexp(amount, -chain.halvings)) : chain.before;
    }
    const std::vector<bool> wrong = conflicts();
    again = false;
    for (size_t c = 0; c < m_chains.size(); ++c) {
      dirty[c] = wrong[c] && m_chains[c].movable && m_chains[c].halvings <= kHalvings;
      if (dirty[c]) ++m_chains[c].halvings, again = true;
    }
  }
}

std::vector<ShapePtr> BorderChains::shapes() const {
  std::vector<ShapePtr> out = m_annotation.shapes;
  std::vector<std::shared_ptr<Shape>> copies(out.size());
  for (const RingUse& ring : m_rings) {
    if (std::ranges::all_of(ring.chains, [&](Use u) { return m_chains[u.chain].after == m_chains[u.chain].before; })) continue;
    Ring points;
    for (const Use u : ring.chains) {
      Ring part = m_chains[u.chain].after;
      if (u.backwards) std::ranges::reverse(part);
      if (!m_chains[u.chain].closed) part.pop_back();  // it is the first of what follows
      points.insert(points.end(), part.begin(), part.end());
    }
    auto& copy = copies[ring.shape];
    if (!copy) {
      copy = std::make_shared<Shape>(*out[ring.shape]);
      copy->kind = "polygon";
    }
    copy->polygon.rings[ring.ring] = std::move(points);
  }
  for (size_t i = 0; i < out.size(); ++i)
    if (copies[i]) out[i] = std::move(copies[i]);
  return out;
}

namespace {

Expected<Edit> changed(const Annotation& annotation, std::span<const ShapeId> ids, double amount, const Job& job,
                       const BorderChains::Change& change) {
  if (!(amount > 0)) return Edit{annotation, {}};
  INTARSIA_TRY(Edit edit, shareBorders({annotation, {}}, ids, job));
  BorderChains chains(edit.after, ids, job);
  chains.apply(change, amount);
  INTARSIA_CHECK(job.check());
  std::vector<ShapePtr> shapes = chains.shapes();
  for (size_t i = 0; i < shapes.size(); ++i)
    if (shapes[i] != edit.after.shapes[i])
      edit.dirty = edit.dirty.united(pixelBounds(shapes[i]->polygon, imageRect(annotation)))
                       .united(pixelBounds(edit.after.shapes[i]->polygon, imageRect(annotation)));
  edit.after.shapes = std::move(shapes);
  return edit;
}

/// The line (closed: without its first point again) with points at equal distances of about `step`.
Ring resampled(const Ring& line, bool closed, double step) {
  Ring all = line;
  if (closed) all.push_back(line.front());
  double length = 0;
  for (size_t i = 1; i < all.size(); ++i) length += std::hypot(all[i].x - all[i - 1].x, all[i].y - all[i - 1].y);
  const size_t n = size_t(std::clamp(std::ceil(length / step), 2.0, 2e5));
  Ring out;
  double walked = 0;
  size_t at = 1;
  for (size_t k = 0; k <= n; ++k) {
    const double wanted = length * double(k) / double(n);
    double edge = 0;
    while (at < all.size()) {
      edge = std::hypot(all[at].x - all[at - 1].x, all[at].y - all[at - 1].y);
      if (walked + edge >= wanted || at + 1 == all.size()) break;
      walked += edge;
      ++at;
    }
    const double t = edge > 0 ? std::clamp((wanted - walked) / edge, 0.0, 1.0) : 0;
    out.push_back({all[at - 1].x + t * (all[at].x - all[at - 1].x), all[at - 1].y + t * (all[at].y - all[at - 1].y)});
  }
  if (closed)
    out.pop_back();
  else
    out.front() = line.front(), out.back() = line.back();
  return out;
}

/// Points become the mean of what lies around them along the line, weighed by a Gaussian of that radius.
Ring smoothed(const Ring& line, bool closed, double radius, const Job& job) {
  if (line.size() < 3) return line;
  const double step = std::max(radius / 3, 0.25);
  const Ring points = resampled(line, closed, step);
  const int64_t n = int64_t(points.size()), reach = std::min<int64_t>(int64_t(std::ceil(3 * radius / step)), n - 1);
  const auto at = [&](int64_t i) -> Point {
    if (closed) return points[size_t(((i % n) + n) % n)];
    // Beyond an end the line goes on as if turned about it, so that the end stays where it is.
    if (i < 0) return {2 * points.front().x - points[size_t(-i)].x, 2 * points.front().y - points[size_t(-i)].y};
    if (i >= n) return {2 * points.back().x - points[size_t(2 * n - 2 - i)].x, 2 * points.back().y - points[size_t(2 * n - 2 - i)].y};
    return points[size_t(i)];
  };
  Ring out(points.size());
  for (int64_t i = 0; i < n && !job.cancelled(); ++i) {
    double x = 0, y = 0, sum = 0;
    for (int64_t k = -reach; k <= reach; ++k) {
      const double d = double(k) * step / radius, w = std::exp(-d * d / 2);
      const Point p = at(i + k);
      x += w * p.x, y += w * p.y, sum += w;
    }
    out[size_t(i)] = {x / sum, y / sum};
  }
  if (job.cancelled()) return line;
  if (closed) return simplified(out, 0.1);
  out.front() = line.front(), out.back() = line.back();
  return simplifiedLine(out, 0.1);
}

}  // namespace

Expected<Edit> simplifyShapes(const Annotation& annotation, std::span<const ShapeId> ids, double tolerance,
                              const Job& job) {
  return changed(annotation, ids, tolerance, job, [](const Ring& line, bool closed, double amount) {
    return closed ? simplified(line, amount) : simplifiedLine(line, amount);
  });
}

Expected<Edit> smoothShapes(const Annotation& annotation, std::span<const ShapeId> ids, double radius, const Job& job) {
  return changed(annotation, ids, radius, job,
                 [&job](const Ring& line, bool closed, double amount) { return smoothed(line, closed, amount, job); });
}

}  // namespace intarsia
