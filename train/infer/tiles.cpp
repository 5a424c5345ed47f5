// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/infer/tiles.h"

#include <algorithm>
#include <utility>

namespace intarsia {
namespace {

constexpr int kGrid = 32, kLeastSide = 512;
constexpr size_t kMostKept = size_t(128) << 20;

int roundedUp(int n) { return (n + kGrid - 1) / kGrid * kGrid; }

/// `rect` of a part; nothing of an empty one.
LogitsPart cut(const LogitsPart& from, const Rect& rect) {
  const Rect r = rect.intersected(from.rect);
  LogitsPart out{{{r.width, r.height}, from.logits.classes, from.logits.stride, {}}, r};
  const auto stride = size_t(from.logits.stride), row = size_t(r.width) * stride;
  out.logits.values.resize(row * size_t(r.height));
  for (int y = 0; y < r.height; ++y)
    std::copy_n(&from.logits.values[(size_t(r.y - from.rect.y + y) * size_t(from.rect.width) + size_t(r.x - from.rect.x)) * stride], row, &out.logits.values[row * size_t(y)]);
  return out;
}

/// out += weight(x) · weightY · row y of `part`, for the pixels of `out` that lie in it.
void addRow(const LogitsPart& part, int y, float weightY, const std::vector<float>& weightX, const Rect& out, float* to) {
  if (weightY == 0 || part.rect.empty() || y < part.rect.y || y >= part.rect.bottom()) return;
  const auto stride = size_t(part.logits.stride);
  const int from = std::max(out.x, part.rect.x), end = std::min(out.right(), part.rect.right());
  const float* values = part.logits.values.data() + (size_t(y - part.rect.y) * size_t(part.rect.width) + size_t(from - part.rect.x)) * stride;
  for (int x = from; x < end; ++x, values += stride) {
    const float weight = weightX[size_t(x - out.x)] * weightY;
    if (weight == 0) continue;
    float* sum = to + size_t(x - out.x) * stride;
    for (size_t c = 0; c < stride; ++c) sum[c] += weight * values[c];
  }
}

/// The four tiles in which a block lies; those beyond the picture are empty.
struct Corner {
  const LogitsPart &aboveLeft, &above, &left, &own;
};

LogitsPart blend(const Tiling& tiling, int i, int j, const Corner& tiles) {
  Rect r = tiling.block(i, j);
  if (i == 0 && j == 0) return cut(tiles.own, r);
  if (i > 0) --r.x, ++r.width;
  if (j > 0) --r.y, ++r.height;
  LogitsPart out{{{r.width, r.height}, tiles.own.logits.classes, tiles.own.logits.stride, {}}, r};
  const Rect tile = tiling.tile(i, j);
  std::vector<float> later(size_t(r.width), 1), earlier(size_t(r.width), 0);
  for (int x = 0; i > 0 && x < r.width; ++x) {
    later[size_t(x)] = tiling.weight(r.x + x - tile.x);
    earlier[size_t(x)] = 1 - later[size_t(x)];
  }
  const size_t row = size_t(r.width) * size_t(out.logits.stride);
  out.logits.values.assign(row * size_t(r.height), 0);
  for (int y = 0; y < r.height; ++y) {
    const int at = r.y + y;
    const float down = j > 0 ? tiling.weight(at - tile.y) : 1;
    float* to = &out.logits.values[row * size_t(y)];
    addRow(tiles.aboveLeft, at, 1 - down, earlier, r, to);
    addRow(tiles.above, at, 1 - down, later, r, to);
    addRow(tiles.left, at, down, earlier, r, to);
    addRow(tiles.own, at, down, later, r, to);
  }
  return out;
}

/// One band of columns.
class Band {
 public:
  Band(const Tiling& tiling, const TiledPass& pass, Rect blocks) : m_tiling(tiling), m_pass(pass), m_blocks(blocks) {}

  Expected<bool> run() {
    const int first = std::max(0, m_blocks.x - 1);
    std::vector<LogitsPart> above(size_t(m_blocks.right() - first));  // lower margins of the row above
    for (int j = std::max(0, m_blocks.y - 1); j < m_blocks.bottom(); ++j) {
      std::vector<LogitsPart> margins(above.size());
      LogitsPart left, own;
      for (int i = first; i < m_blocks.right(); ++i) {
        left = std::exchange(own, {});
        if (!needed(i, j)) continue;
        own.rect = m_tiling.tile(i, j);
        INTARSIA_TRY(own.logits, m_pass.compute(own.rect));
        const int margin = m_tiling.block(i, j).bottom() - 1;
        margins[size_t(i - first)] = cut(own, {own.rect.x, margin, own.rect.width, own.rect.bottom() - margin});
        if (!wanted(i, j)) continue;
        const Corner corner{i > first ? above[size_t(i - first - 1)] : m_none, above[size_t(i - first)], left, own};
        if (!m_pass.deliver(i, j, blend(m_tiling, i, j, corner))) return false;
      }
      above = std::move(margins);
    }
    return true;
  }

 private:
  bool wanted(int i, int j) const {
    return i >= m_blocks.x && j >= m_blocks.y && i < m_blocks.right() && j < m_blocks.bottom() && (!m_pass.wanted || m_pass.wanted(i, j));
  }
  bool needed(int i, int j) const { return wanted(i, j) || wanted(i + 1, j) || wanted(i, j + 1) || wanted(i + 1, j + 1); }

  const Tiling& m_tiling;
  const TiledPass& m_pass;
  const Rect m_blocks;
  const LogitsPart m_none;
};

}  // namespace

Tiling Tiling::of(Size size, Size trained) {
  const auto side = [](int n) { return std::max(kLeastSide, roundedUp(n)); };
  return {size, {side(trained.width), side(trained.height)}, 128};
}

int Tiling::columns(int length, int tile) const { return length <= tile ? 1 : 1 + (length - tile + tile - overlap - 1) / (tile - overlap); }

Rect Tiling::tile(int i, int j) const {
  const int x = i * (side.width - overlap), y = j * (side.height - overlap);
  return {x, y, std::min(side.width, size.width - x), std::min(side.height, size.height - y)};
}

Rect Tiling::block(int i, int j) const {
  const Size n = count();
  Rect r = tile(i, j);
  if (i + 1 < n.width) r.width = side.width - overlap;
  if (j + 1 < n.height) r.height = side.height - overlap;
  return r;
}

float Tiling::weight(int offset) const {
  const float margin = float(overlap) / 4;
  return std::clamp((float(offset) + 0.5f - margin) / (float(overlap) - 2 * margin), 0.f, 1.f);
}

Expected<bool> answerTiles(const Tiling& tiling, const TiledPass& pass) {
  const size_t margin = size_t(tiling.side.width) * size_t(tiling.overlap + 1) * size_t(std::max(1, pass.channels)) * sizeof(float);
  const int width = std::max(2, int(std::min<size_t>(kMostKept / margin, 1 << 20)));
  for (int x = pass.blocks.x; x < pass.blocks.right(); x += width) {
    const Rect blocks{x, pass.blocks.y, std::min(width, pass.blocks.right() - x), pass.blocks.height};
    INTARSIA_TRY(const bool all, Band(tiling, pass, blocks).run());
    if (!all) return false;
  }
  return true;
}

}  // namespace intarsia
