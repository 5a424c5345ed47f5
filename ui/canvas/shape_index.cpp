// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/shape_index.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace intarsia {
namespace {

/// Where the outlines of two versions of a shape differ; none = there is more to it.
std::optional<Bounds> changedPart(const Shape& a, const Shape& b) {
  const auto& before = a.polygon.rings;
  const auto& after = b.polygon.rings;
  if (a.classId != b.classId || a.hidden != b.hidden || before.size() != after.size()) return std::nullopt;
  Polygon changed;
  for (size_t r = 0; r < before.size(); ++r) {
    const size_t shorter = std::min(before[r].size(), after[r].size());
    if (shorter == 0) return std::nullopt;
    size_t first = 0, last = 0;  // equal ones at the front and at the back
    while (first < shorter && before[r][first] == after[r][first]) ++first;
    if (first == before[r].size() && first == after[r].size()) continue;
    while (last < shorter - first && before[r][before[r].size() - 1 - last] == after[r][after[r].size() - 1 - last]) ++last;
    Ring& points = changed.rings.emplace_back();
    for (const Ring* ring : {&before[r], &after[r]}) {
      const size_t n = ring->size();
      points.push_back((*ring)[(first + n - 1) % n]);
      points.insert(points.end(), ring->begin() + int64_t(first), ring->end() - int64_t(last));
      points.push_back((*ring)[(n - last) % n]);
    }
  }
  return bounds(changed);
}

}  // namespace

std::vector<Bounds> ShapeIndex::reset(const Annotation& annotation) {
  std::vector<Bounds> changed;
  std::vector<Item> items;
  items.reserve(annotation.shapes.size());
  std::unordered_map<const Shape*, size_t> places;
  places.reserve(annotation.shapes.size());
  std::vector<bool> kept(m_items.size());
  std::unordered_map<ShapeId, size_t> known;  // by place
  for (size_t i = 0; i < m_items.size(); ++i) known[m_items[i].shape->id] = i;
  size_t furthest = 0;  // of the kept ones, in the old order
  for (const ShapePtr& shape : annotation.shapes) {
    places[shape.get()] = items.size();
    const auto old = m_places.find(shape.get());
    if (old == m_places.end()) {
      items.push_back({shape, intarsia::bounds(shape->polygon), {}, 0, {}});
      if (pointCount(shape->polygon) > kLargeShape) items.back().runs = runsOf(shape->polygon);
      const auto before = known.find(shape->id);
      const auto part = before == known.end() || kept[before->second] || before->second < furthest
                            ? std::nullopt
                            : changedPart(*m_items[before->second].shape, *shape);
      changed.push_back(part ? *part : items.back().box);
      if (part) kept[before->second] = true, furthest = before->second;
      continue;
    }
    kept[old->second] = true;
    items.push_back(std::move(m_items[old->second]));
    if (old->second < furthest) changed.push_back(items.back().box);
    furthest = std::max(furthest, old->second);
  }
  for (size_t i = 0; i < m_items.size(); ++i)
    if (!kept[i]) changed.push_back(m_items[i].box);
  m_items = std::move(items);
  m_places = std::move(places);

  const int side = std::clamp(int(std::sqrt(double(m_items.size()))), 1, 64);
  m_columns = m_rows = side;
  m_cellWidth = std::max(1.0, double(annotation.size.width) / side);
  m_cellHeight = std::max(1.0, double(annotation.size.height) / side);
  m_cells.assign(size_t(side) * size_t(side), {});
  for (size_t i = 0; i < m_items.size(); ++i) {
    const Bounds& b = m_items[i].box;
    const auto [left, right] = cells(b.left, b.right, m_cellWidth, m_columns);
    const auto [top, bottom] = cells(b.top, b.bottom, m_cellHeight, m_rows);
    for (int y = top; y <= bottom; ++y)
      for (int x = left; x <= right; ++x) m_cells[size_t(y) * size_t(m_columns) + size_t(x)].push_back(uint32_t(i));
  }
  return changed;
}

void ShapeIndex::clear() {
  m_items.clear();
  m_places.clear();
  m_cells.clear();
  m_columns = m_rows = 0;
}

ShapeIndex::Item* ShapeIndex::find(const Shape* shape) {
  const auto at = m_places.find(shape);
  return at == m_places.end() ? nullptr : &m_items[at->second];
}

const Bounds* ShapeIndex::bounds(const Shape* shape) const {
  const auto at = m_places.find(shape);
  return at == m_places.end() ? nullptr : &m_items[at->second].box;
}

std::pair<int, int> ShapeIndex::cells(double low, double high, double cell, int count) const {
  const auto at = [&](double v) { return v > 0 ? int(std::min(v / cell, double(count - 1))) : 0; };  // NaN: the first
  return {at(low), at(high)};
}

std::vector<ShapeIndex::Item*> ShapeIndex::touching(const Bounds& area) {
  if (m_items.empty()) return {};
  std::vector<uint32_t> found;
  const auto [left, right] = cells(area.left, area.right, m_cellWidth, m_columns);
  const auto [top, bottom] = cells(area.top, area.bottom, m_cellHeight, m_rows);
  for (int y = top; y <= bottom; ++y)
    for (int x = left; x <= right; ++x) {
      const auto& cell = m_cells[size_t(y) * size_t(m_columns) + size_t(x)];
      found.insert(found.end(), cell.begin(), cell.end());
    }
  std::ranges::sort(found);
  const auto [first, last] = std::ranges::unique(found);
  found.erase(first, last);
  std::vector<Item*> items;
  for (uint32_t i : found) {
    const Bounds& b = m_items[i].box;
    if (b.left <= area.right && b.right >= area.left && b.top <= area.bottom && b.bottom >= area.top) items.push_back(&m_items[i]);
  }
  return items;
}

}  // namespace intarsia
