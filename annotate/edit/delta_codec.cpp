// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/edit/delta_codec.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace intarsia {

namespace {

/// Appends values, or takes them off again: one list of fields for both ways.
class Archive {
 public:
  Archive() : m_writes(true) {}
  explicit Archive(std::string_view bytes) : m_writes(false), m_in(bytes) {}
  bool writes() const { return m_writes; }
  bool good() const { return m_good; }
  bool atEnd() const { return m_in.empty(); }
  std::string take() { return std::move(m_out); }

  template <class T>
    requires std::is_trivially_copyable_v<T>
  void operator()(T& value) { raw(&value, sizeof(T)); }
  void operator()(std::string& text) { block(text); }
  template <class List>
  void block(List& list) {
    count(list, sizeof(*list.data()));
    raw(list.data(), list.size() * sizeof(*list.data()));
  }
  /// A list of what `each` archives.
  template <class T, class Each>
  void list(std::vector<T>& values, Each each) {
    count(values, 1);
    for (T& value : values)
      if (m_good) each(value);
  }
  void fail() { m_good = false; }

 private:
  template <class List>
  void count(List& list, size_t itemBytes) {
    uint64_t n = list.size();
    (*this)(n);
    if (m_writes || !m_good) return;
    if (n > m_in.size() / itemBytes) return fail();
    list.resize(n);
  }
  void raw(void* data, size_t bytes) {
    if (bytes == 0 || !m_good) return;
    if (m_writes) {
      m_out.append(static_cast<const char*>(data), bytes);
      return;
    }
    if (bytes > m_in.size()) return fail();
    std::memcpy(data, m_in.data(), bytes);
    m_in.remove_prefix(bytes);
  }

  const bool m_writes;
  bool m_good = true;
  std::string m_out;
  std::string_view m_in;
};

void archive(Archive& a, Polygon& polygon) {
  a.list(polygon.rings, [&](Ring& ring) { a.block(ring); });
}

void archive(Archive& a, ShapePtr& pointer) {
  auto shape = pointer ? std::make_shared<Shape>(*pointer) : std::make_shared<Shape>();
  a(shape->id), a(shape->classId), archive(a, shape->polygon), a(shape->kind);
  bool grouped = shape->group.has_value();
  int64_t group = shape->group.value_or(0);
  a(grouped), a(group);
  if (grouped) shape->group = group;
  a(shape->note), a(shape->locked), a(shape->hidden), a(shape->extra);
  if (!a.writes()) pointer = std::move(shape);
}

using TilePtr = std::shared_ptr<const TileMap::Tile>;
constexpr size_t kMostRuns = sizeof(TileMap::Tile) / 16;
void archive(Archive& a, TilePtr& pointer) {
  bool has = bool(pointer);
  a(has);
  if (!has || !a.good()) return;
  // Runs of one value, where that is shorter: labels are areas.
  struct Run {
    uint32_t value, end;
  };
  std::vector<Run> runs;
  if (a.writes())
    for (size_t at = 0; at < pointer->size() && runs.size() <= kMostRuns; ++at) {
      if (runs.empty() || runs.back().value != (*pointer)[at]) runs.push_back({(*pointer)[at], 0});
      runs.back().end = uint32_t(at + 1);
    }
  if (runs.size() > kMostRuns) runs.clear();
  a.block(runs);
  auto tile = a.writes() ? std::make_shared<TileMap::Tile>(*pointer) : std::make_shared<TileMap::Tile>();
  if (runs.empty()) a(*tile);
  if (a.writes() || !a.good()) return;
  size_t at = 0;
  for (const Run& run : runs) {
    if (run.end < at || run.end > tile->size()) return a.fail();
    std::fill(tile->begin() + int64_t(at), tile->begin() + run.end, run.value);
    at = run.end;
  }
  pointer = std::move(tile);
}

void archive(Archive& a, TileMap& map) {
  Size size = map.size();
  std::vector<TilePtr> tiles = map.tiles();
  a(size);
  a.list(tiles, [&](TilePtr& tile) { archive(a, tile); });
  if (a.writes() || !a.good()) return;
  map = TileMap(size);
  if (map.tiles().size() != tiles.size()) return a.fail();
  for (size_t i = 0; i < tiles.size(); ++i) map.setTile(i, tiles[i]);
}

void archive(Archive& a, ClassTable& table) {
  std::vector<ClassInfo> infos(table.begin(), table.end());
  ClassId next = table.nextId();
  a.list(infos, [&](ClassInfo& info) { a(info.id), a(info.name), a(info.color), a(info.ignore); });
  a(next);
  if (a.writes() || !a.good()) return;
  table = {};
  for (ClassInfo& info : infos)
    if (!table.addWithId(std::move(info))) return a.fail();
  table.reserveIds(next);
}

}  // namespace

/// The fields of a delta, for both ways.
struct DeltaFields {
  static void archive(Archive& a, AnnotationDelta& d) {
    bool rest = d.m_rest.has_value();
    a(rest);
    if (rest && !d.m_rest) d.m_rest = AnnotationDelta::Pair<AnnotationDelta::Rest>{{}, {}};
    if (rest)
      for (auto* r : {&d.m_rest->before, &d.m_rest->after}) a(r->size), a(r->nextId), a(r->status), a(r->note), a.list(r->flags, [&](std::string& flag) { a(flag); }), a(r->extra);
    uint64_t first = d.m_firstShape;
    a(first);
    d.m_firstShape = size_t(first);
    for (auto* shapes : {&d.m_shapes.before, &d.m_shapes.after}) a.list(*shapes, [&](ShapePtr& shape) { intarsia::archive(a, shape); });
    a.list(d.m_rings, [&](AnnotationDelta::RingPatch& patch) {
      a(patch.shape), a(patch.ring), a(patch.at), a.block(patch.points.before), a.block(patch.points.after);
    });
    bool bases = d.m_bases.has_value();
    a(bases);
    if (bases && !d.m_bases) d.m_bases.emplace();
    if (bases) intarsia::archive(a, d.m_bases->before), intarsia::archive(a, d.m_bases->after);
    a.list(d.m_tiles, [&](AnnotationDelta::TilePatch& patch) {
      a(patch.tile), a.block(patch.runs), intarsia::archive(a, patch.tiles.before), intarsia::archive(a, patch.tiles.after);
    });
  }
};

std::string encodeStep(std::span<const AnnotationDelta> deltas, const std::optional<History::Classes>& classes) {
  Archive a;
  std::vector<AnnotationDelta> list(deltas.begin(), deltas.end());
  a.list(list, [&](AnnotationDelta& delta) { DeltaFields::archive(a, delta); });
  bool has = classes.has_value();
  a(has);
  if (has) {
    History::Classes copy = *classes;
    archive(a, copy.before), archive(a, copy.after);
  }
  return a.take();
}

std::optional<SpilledStep> decodeStep(std::string_view bytes) {
  Archive a(bytes);
  SpilledStep step;
  a.list(step.deltas, [&](AnnotationDelta& delta) { DeltaFields::archive(a, delta); });
  bool has = false;
  a(has);
  if (has) {
    step.classes.emplace();
    archive(a, step.classes->before), archive(a, step.classes->after);
  }
  if (!a.good() || !a.atEnd()) return std::nullopt;
  return step;
}

}  // namespace intarsia
