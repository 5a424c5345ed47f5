// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "annotate/model/annotation.h"

namespace intarsia {

/// What differs between two annotations, and the way from one to the other: forward(before) has the content of `after`, and back
/// again. Long rings are kept as the vertices that differ, tiles of the base map as the runs that differ. A value.
class AnnotationDelta {
 public:
  AnnotationDelta() = default;  // of equals
  AnnotationDelta(const Annotation& before, const Annotation& after);

  Annotation forward(const Annotation& before) const { return apply(before, true); }
  Annotation back(const Annotation& after) const { return apply(after, false); }
  bool empty() const;
  /// Whether the base map must be known to apply it: some pixels differ, not the map as a whole.
  bool patchesBase() const { return !m_tiles.empty(); }
  bool replacesBase() const { return m_bases.has_value(); }
  /// Memory of its own, without what it shares.
  size_t ownBytes() const;
  /// Calls visit(address, bytes) for every shape and tile that it keeps alive.
  void visitShared(const std::function<void(const void*, size_t)>& visit) const;

 private:
  friend struct DeltaFields;  // delta_codec.cpp: as bytes
  /// All but shapes and base map.
  struct Rest {
    Size size;
    ShapeId nextId = 1;
    ImageStatus status = ImageStatus::unlabelled;
    std::string note;
    std::vector<std::string> flags;
    std::string extra;
    bool operator==(const Rest&) const = default;
  };
  template <class T>
  struct Pair {
    T before, after;
    const T& to(bool forward) const { return forward ? after : before; }
    const T& from(bool forward) const { return forward ? before : after; }
  };
  /// A run of vertices of one ring of one shape; everything else is the same.
  struct RingPatch {
    size_t shape = 0, ring = 0, at = 0;
    Pair<std::vector<Point>> points;
  };
  struct Run {
    uint16_t at;      // in the tile
    uint32_t length;
    uint32_t before, after;
  };
  struct TilePatch {
    size_t tile = 0;
    std::vector<Run> runs;                                    // or, where those would be longer,
    Pair<std::shared_ptr<const TileMap::Tile>> tiles;
  };

  static Rest restOf(const Annotation& annotation);
  Annotation apply(const Annotation& annotation, bool forward) const;
  void compareShapes(const Annotation& before, const Annotation& after);
  bool compareRings(size_t index, const Shape& before, const Shape& after);
  void compareBase(const TileMap& before, const TileMap& after);
  void applyRings(Annotation& annotation, bool forward) const;
  void applyBase(TileMap& base, bool forward) const;

  std::optional<Pair<Rest>> m_rest;
  size_t m_firstShape = 0;
  Pair<std::vector<ShapePtr>> m_shapes;  // the differing middle of the lists
  std::vector<RingPatch> m_rings;        // instead of m_shapes
  std::optional<Pair<TileMap>> m_bases;  // where the sizes differ
  std::vector<TilePatch> m_tiles;
};

}  // namespace intarsia
