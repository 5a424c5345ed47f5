// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/edit/annotation_delta.h"

#include <algorithm>

namespace intarsia {

namespace {

constexpr size_t kLongRing = 256;                      // vertices; shorter shapes are kept whole
constexpr size_t kMostRuns = sizeof(TileMap::Tile) / 64;

size_t bytesOf(const Shape& shape) {
  size_t bytes = sizeof(Shape) + shape.note.size() + shape.extra.size() + shape.kind.size();
  for (const Ring& ring : shape.polygon.rings) bytes += sizeof(Ring) + ring.size() * sizeof(Point);
  return bytes;
}

bool longRings(const Shape& shape) {
  return std::any_of(shape.polygon.rings.begin(), shape.polygon.rings.end(), [](const Ring& ring) { return ring.size() > kLongRing; });
}

bool sameButPolygon(const Shape& a, const Shape& b) {
  return a.id == b.id && a.classId == b.classId && a.kind == b.kind && a.group == b.group && a.note == b.note && a.locked == b.locked &&
         a.hidden == b.hidden && a.extra == b.extra;
}

uint32_t valueAt(const std::shared_ptr<const TileMap::Tile>& tile, size_t at) { return tile ? (*tile)[at] : 0; }

}  // namespace

AnnotationDelta::AnnotationDelta(const Annotation& before, const Annotation& after) {
  Rest a = restOf(before), b = restOf(after);
  if (a != b) m_rest = Pair<Rest>{std::move(a), std::move(b)};
  compareShapes(before, after);
  compareBase(before.base, after.base);
}

AnnotationDelta::Rest AnnotationDelta::restOf(const Annotation& a) { return {a.size, a.nextId, a.status, a.note, a.flags, a.extra}; }

void AnnotationDelta::compareShapes(const Annotation& before, const Annotation& after) {
  const auto& a = before.shapes;
  const auto& b = after.shapes;
  size_t first = 0, last = 0;  // equal ones at the front and at the back
  const size_t shorter = std::min(a.size(), b.size());
  while (first < shorter && a[first] == b[first]) ++first;
  while (last < shorter - first && a[a.size() - 1 - last] == b[b.size() - 1 - last]) ++last;
  if (a.size() == b.size()) {
    // Several shapes far apart may have moved a shared vertex: compare them one by one, if that explains it all.
    bool patched = true;
    for (size_t i = first; i < a.size() - last && patched; ++i) patched = a[i] == b[i] || compareRings(i, *a[i], *b[i]);
    if (patched) return;
    m_rings.clear();
  }
  m_firstShape = first;
  m_shapes.before.assign(a.begin() + int64_t(first), a.end() - int64_t(last));
  m_shapes.after.assign(b.begin() + int64_t(first), b.end() - int64_t(last));
}

/// False if the shapes differ in more than the vertices of long rings.
bool AnnotationDelta::compareRings(size_t index, const Shape& before, const Shape& after) {
  const auto& a = before.polygon.rings;
  const auto& b = after.polygon.rings;
  if (a.size() != b.size() || !longRings(before) || !sameButPolygon(before, after)) return false;
  for (size_t r = 0; r < a.size(); ++r) {
    const size_t shorter = std::min(a[r].size(), b[r].size());
    size_t first = 0, last = 0;
    while (first < shorter && a[r][first] == b[r][first]) ++first;
    while (last < shorter - first && a[r][a[r].size() - 1 - last] == b[r][b[r].size() - 1 - last]) ++last;
    if (first == a[r].size() && first == b[r].size()) continue;
    m_rings.push_back({index, r, first, {{a[r].begin() + int64_t(first), a[r].end() - int64_t(last)}, {b[r].begin() + int64_t(first), b[r].end() - int64_t(last)}}});
  }
  return true;
}

void AnnotationDelta::compareBase(const TileMap& before, const TileMap& after) {
  if (before.size() != after.size()) {
    m_bases = Pair<TileMap>{before, after};
    return;
  }
  for (size_t i = 0; i < before.tiles().size(); ++i) {
    const auto& a = before.tiles()[i];
    const auto& b = after.tiles()[i];
    if (a == b) continue;
    TilePatch patch{i, {}, {}};
    for (size_t at = 0; at < std::tuple_size_v<TileMap::Tile> && patch.runs.size() <= kMostRuns; ++at) {
      const uint32_t x = valueAt(a, at), y = valueAt(b, at);
      if (x == y) continue;
      Run* last = patch.runs.empty() ? nullptr : &patch.runs.back();
      if (last && last->at + last->length == at && last->before == x && last->after == y)
        ++last->length;
      else
        patch.runs.push_back({uint16_t(at), 1, x, y});
    }
    if (patch.runs.size() > kMostRuns) {
      patch.runs = {};
      patch.tiles = {a, b};
    }
    patch.runs.shrink_to_fit();
    if (!patch.runs.empty() || patch.tiles.before || patch.tiles.after) m_tiles.push_back(std::move(patch));
  }
}

Annotation AnnotationDelta::apply(const Annotation& annotation, bool forward) const {
  Annotation result = annotation;
  if (m_rest) {
    const Rest& rest = m_rest->to(forward);
    result.size = rest.size;
    result.nextId = rest.nextId;
    result.status = rest.status;
    result.note = rest.note;
    result.flags = rest.flags;
    result.extra = rest.extra;
  }
  auto& shapes = result.shapes;
  const auto first = shapes.begin() + int64_t(m_firstShape);
  shapes.erase(first, first + int64_t(m_shapes.from(forward).size()));
  shapes.insert(shapes.begin() + int64_t(m_firstShape), m_shapes.to(forward).begin(), m_shapes.to(forward).end());
  applyRings(result, forward);
  applyBase(result.base, forward);
  return result;
}

void AnnotationDelta::applyRings(Annotation& annotation, bool forward) const {
  for (const RingPatch& patch : m_rings) {
    auto copy = std::make_shared<Shape>(*annotation.shapes[patch.shape]);
    Ring& ring = copy->polygon.rings[patch.ring];
    const auto at = ring.begin() + int64_t(patch.at);
    const auto& from = patch.points.from(forward);
    const auto& to = patch.points.to(forward);
    if (from.size() == to.size()) {
      std::copy(to.begin(), to.end(), at);
    } else {
      ring.erase(at, at + int64_t(from.size()));
      ring.insert(ring.begin() + int64_t(patch.at), to.begin(), to.end());
    }
    annotation.shapes[patch.shape] = std::move(copy);
  }
}

void AnnotationDelta::applyBase(TileMap& base, bool forward) const {
  if (m_bases) {
    base = m_bases->to(forward);
    return;
  }
  for (const TilePatch& patch : m_tiles) {
    if (patch.tile >= base.tiles().size()) return;  // the map was left out
    if (patch.runs.empty()) {
      base.setTile(patch.tile, patch.tiles.to(forward));
      continue;
    }
    const auto& old = base.tiles()[patch.tile];
    auto tile = old ? std::make_shared<TileMap::Tile>(*old) : std::make_shared<TileMap::Tile>();  // value-initialized: 0
    for (const Run& run : patch.runs) std::fill_n(tile->begin() + run.at, run.length, forward ? run.after : run.before);
    base.setTile(patch.tile, std::move(tile));
  }
}

bool AnnotationDelta::empty() const {
  return !m_rest && m_shapes.before.empty() && m_shapes.after.empty() && m_rings.empty() && !m_bases && m_tiles.empty();
}

size_t AnnotationDelta::ownBytes() const {
  size_t bytes = sizeof(*this) + (m_shapes.before.capacity() + m_shapes.after.capacity()) * sizeof(ShapePtr);
  for (const RingPatch& patch : m_rings) bytes += sizeof(patch) + (patch.points.before.capacity() + patch.points.after.capacity()) * sizeof(Point);
  for (const TilePatch& patch : m_tiles) bytes += sizeof(patch) + patch.runs.capacity() * sizeof(Run);
  if (m_rest)
    bytes += m_rest->before.note.size() + m_rest->before.extra.size() + m_rest->after.note.size() + m_rest->after.extra.size();
  if (m_bases) bytes += (m_bases->before.tiles().size() + m_bases->after.tiles().size()) * sizeof(void*) * 2;
  return bytes;
}

void AnnotationDelta::visitShared(const std::function<void(const void*, size_t)>& visit) const {
  for (const auto* list : {&m_shapes.before, &m_shapes.after})
    for (const ShapePtr& shape : *list) visit(shape.get(), bytesOf(*shape));
  const auto tile = [&](const std::shared_ptr<const TileMap::Tile>& t) {
    if (t) visit(t.get(), sizeof(TileMap::Tile));
  };
  for (const TilePatch& patch : m_tiles) tile(patch.tiles.before), tile(patch.tiles.after);
  if (m_bases)
    for (const TileMap* map : {&m_bases->before, &m_bases->after})
      for (const auto& t : map->tiles()) tile(t);
}

}  // namespace intarsia
