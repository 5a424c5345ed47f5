// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/model/tile_map.h"

#include <algorithm>
#include <atomic>

namespace intarsia {

namespace {

constexpr int kTile = TileMap::kTile;

bool isZero(const TileMap::Tile& tile) {
  return std::all_of(tile.begin(), tile.end(), [](uint32_t v) { return v == 0; });
}

bool sameTile(const std::shared_ptr<const TileMap::Tile>& a, const std::shared_ptr<const TileMap::Tile>& b) {
  if (a == b) return true;
  if (a && b) return *a == *b;
  return isZero(a ? *a : *b);
}

/// The tile for writing: its own memory where nobody shares it, else a copy. Tiles are never made const, so the cast is sound.
TileMap::Tile& own(std::shared_ptr<const TileMap::Tile>& tile) {
  if (tile && tile.use_count() == 1) {
    // Pairs with the release of the last other owner.
#ifdef __SANITIZE_THREAD__
    const auto counted = tile;  // ThreadSanitizer knows no fences, but that counting acquires
#else
    std::atomic_thread_fence(std::memory_order_acquire);
#endif
    return const_cast<TileMap::Tile&>(*tile);
  }
  auto copy = tile ? std::make_shared<TileMap::Tile>(*tile) : std::make_shared<TileMap::Tile>();
  if (!tile) copy->fill(0);
  auto& values = *copy;
  tile = std::move(copy);
  return values;
}

}  // namespace

TileMap::TileMap(Size size) : m_size(size) {
  if (size.empty()) {
    m_size = {};
    return;
  }
  m_columns = (size.width - 1) / kTile + 1;
  m_tiles.resize(size_t(m_columns) * size_t((size.height - 1) / kTile + 1));
}

uint32_t TileMap::at(int x, int y) const {
  const auto& tile = m_tiles[size_t(y / kTile) * m_columns + x / kTile];
  return tile ? (*tile)[size_t(y % kTile) * kTile + x % kTile] : 0;
}

void TileMap::set(int x, int y, uint32_t value) {
  if (at(x, y) == value) return;
  own(m_tiles[size_t(y / kTile) * m_columns + x / kTile])[size_t(y % kTile) * kTile + x % kTile] = value;
}

void TileMap::read(const Rect& rect, uint32_t* out) const {
  for (int y = rect.y; y < rect.bottom(); ++y)
    for (int x = rect.x; x < rect.right();) {
      const int count = std::min(rect.right(), (x / kTile + 1) * kTile) - x;
      const auto& tile = m_tiles[size_t(y / kTile) * m_columns + x / kTile];
      if (tile)
        std::copy_n(tile->data() + size_t(y % kTile) * kTile + x % kTile, count, out);
      else
        std::fill_n(out, count, 0u);
      out += count;
      x += count;
    }
}

void TileMap::write(const Rect& rect, const uint32_t* values) {
  if (rect.empty()) return;
  for (int ty = rect.y / kTile; ty <= (rect.bottom() - 1) / kTile; ++ty)
    for (int tx = rect.x / kTile; tx <= (rect.right() - 1) / kTile; ++tx) {
      const Rect part = rect.intersected({tx * kTile, ty * kTile, kTile, kTile});
      auto& tile = m_tiles[size_t(ty) * m_columns + tx];
      Tile* target = nullptr;
      for (int y = part.y; y < part.bottom(); ++y) {
        const uint32_t* row = values + size_t(y - rect.y) * rect.width + (part.x - rect.x);
        const size_t at = size_t(y % kTile) * kTile + part.x % kTile;
        if (!target) {  // a tile that stays as it is stays shared
          const bool same = tile ? std::equal(row, row + part.width, tile->data() + at)
                                 : std::all_of(row, row + part.width, [](uint32_t v) { return v == 0; });
          if (same) continue;
          target = &own(tile);
        }
        std::copy_n(row, part.width, target->data() + at);
      }
    }
}

size_t TileMap::unsharedBytes(const TileMap& other) const {
  size_t bytes = 0;
  const bool comparable = m_size == other.m_size;
  for (size_t i = 0; i < m_tiles.size(); ++i)
    if (m_tiles[i] && !(comparable && m_tiles[i] == other.m_tiles[i])) bytes += sizeof(Tile);
  return bytes;
}

bool TileMap::operator==(const TileMap& other) const {
  return m_size == other.m_size && std::equal(m_tiles.begin(), m_tiles.end(), other.m_tiles.begin(), other.m_tiles.end(), sameTile);
}

}  // namespace intarsia
