// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "annotate/raster/rasterizer.h"

namespace intarsia {

/// A set of pixels of an image, in 256×256 tiles that exist only where something was set: what a stroke has painted so far.
class TileMask {
 public:
  static constexpr int kTile = 256;
  using Tile = std::array<uint8_t, size_t(kTile) * kTile>;  // 0 or 1

  explicit TileMask(Size size = {});
  Size size() const { return m_size; }
  bool empty() const { return m_bounds.empty(); }
  /// Around all that was added.
  const Rect& bounds() const { return m_bounds; }
  bool at(int x, int y) const;
  /// Clipped to the image. Gives the rectangle that they lie in.
  Rect add(std::span<const Span> spans);
  void clear();
  /// Row by row, left to right, disjoint and not touching.
  std::vector<Span> spans() const;
  /// Tiles that meet `part`, by their place; null ones are left out.
  template <class Body>
  void eachTile(const Rect& part, Body body) const {
    const Rect in = part.intersected(m_bounds);
    if (in.empty()) return;
    for (int y = in.y / kTile; y <= (in.bottom() - 1) / kTile; ++y)
      for (int x = in.x / kTile; x <= (in.right() - 1) / kTile; ++x)
        if (const auto& tile = m_tiles[size_t(y) * size_t(m_columns) + size_t(x)]) body(Rect{x * kTile, y * kTile, kTile, kTile}, *tile);
  }

 private:
  Size m_size;
  int m_columns = 0;
  Rect m_bounds;
  std::vector<std::unique_ptr<Tile>> m_tiles;
};

/// Pixels whose centres are at most diameter / 2 from the line between two places; diameter 1 is a line one pixel thin. Rows top to
/// bottom, one span each; not clipped. What a round brush covers that moves from `a` to `b`.
std::vector<Span> brushSpans(Point a, Point b, double diameter);

/// Spans of a coarser picture in pixels of the full one: each pixel becomes factor × factor from (dx, dy) on, clipped to `limit`.
std::vector<Span> enlarged(std::span<const Span> spans, int factor, int dx, int dy, const Rect& limit);

}  // namespace intarsia
