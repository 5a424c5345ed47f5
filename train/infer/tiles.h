// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <vector>

#include "train/infer/model.h"

namespace intarsia {

/// How a picture of `size` network pixels is answered in tiles. Tiles have `side` pixels and begin on multiples of 32, so that each is
/// pooled on the grid that the whole would be; the last ones end with the picture. Neighbours share `overlap` pixels: the outer quarter
/// of a tile's overlap does not count, from there its weight rises evenly to 1. Where a network looks no further than that quarter, the
/// answer is that of the whole picture.
/// A picture that fits into `side` is one tile. Blocks part the picture: block (i, j) lies in tile (i, j) and needs besides that only
/// (i − 1, j), (i, j − 1) and (i − 1, j − 1).
struct Tiling {
  Size size, side;
  int overlap = 0;

  /// For a network that was trained at `trained`: tiles of that size, but at least 512 pixels.
  static Tiling of(Size size, Size trained);
  Size count() const { return {columns(size.width, side.width), columns(size.height, side.height)}; }
  Rect tile(int i, int j) const;
  Rect block(int i, int j) const;
  /// Weight of tile i > 0 against tile i − 1 at `offset` pixels from its beginning.
  float weight(int offset) const;

 private:
  int columns(int length, int tile) const;
};

/// Logits of a part of a picture.
struct LogitsPart {
  Logits logits;
  Rect rect;  // network pixels
};

struct TiledPass {
  Rect blocks;                                                    // in blocks
  std::function<bool(int i, int j)> wanted;                       // of a block; empty = all
  int channels = 0;                                               // of the logits
  std::function<Expected<Logits>(const Rect& tile)> compute;
  /// A block with the row above and the column to its left, where the picture has them; false ends the pass.
  std::function<bool(int i, int j, LogitsPart part)> deliver;
};
/// Computes the blocks row by row, in bands so narrow that what is kept for the next row stays below 128 MB; the same numbers in
/// whatever order blocks are asked for. True when all wanted blocks were emitted.
Expected<bool> answerTiles(const Tiling& tiling, const TiledPass& pass);

}  // namespace intarsia
