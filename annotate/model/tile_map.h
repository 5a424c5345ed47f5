// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/rect.h"

namespace intarsia {

/// A map of uint32 class ids in 256×256 tiles that copies share; writing copies one tile. 0 = nothing there. An empty map has no size.
class TileMap {
 public:
  static constexpr int kTile = 256;
  using Tile = std::array<uint32_t, size_t(kTile) * kTile>;

  TileMap() = default;
  explicit TileMap(Size size);
  bool empty() const { return m_size.empty(); }
  Size size() const { return m_size; }
  uint32_t at(int x, int y) const;
  void set(int x, int y, uint32_t value);
  /// Rows of `rect` (inside the map) into / from a dense buffer of rect.width × rect.height values.
  void read(const Rect& rect, uint32_t* out) const;
  void write(const Rect& rect, const uint32_t* values);
  /// Bytes of tiles that `other` does not share: what an undo step costs.
  size_t unsharedBytes(const TileMap& other) const;
  bool operator==(const TileMap& other) const;
  /// Row by row; null = all 0. Identity tells what is shared.
  const std::vector<std::shared_ptr<const Tile>>& tiles() const { return m_tiles; }
  /// The tile must have been made as a Tile that is not const, and pixels beyond the map's size must be 0.
  void setTile(size_t index, std::shared_ptr<const Tile> tile) { m_tiles[index] = std::move(tile); }

 private:
  Size m_size;
  int m_columns = 0;
  std::vector<std::shared_ptr<const Tile>> m_tiles;  // null = all 0
};

}  // namespace intarsia
