// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/assist/tile_mask.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace intarsia {

TileMask::TileMask(Size size) : m_size(size) {
  if (size.empty()) return;
  m_columns = (size.width - 1) / kTile + 1;
  m_tiles.resize(size_t(m_columns) * size_t((size.height - 1) / kTile + 1));
}

bool TileMask::at(int x, int y) const {
  if (x < 0 || y < 0 || x >= m_size.width || y >= m_size.height) return false;
  const auto& tile = m_tiles[size_t(y / kTile) * size_t(m_columns) + size_t(x / kTile)];
  return tile && (*tile)[size_t(y % kTile) * kTile + size_t(x % kTile)];
}

Rect TileMask::add(std::span<const Span> spans) {
  Rect touched;
  for (const Span& span : spans) {
    const int begin = std::max(span.begin, 0), end = std::min(span.end, m_size.width);
    if (span.y < 0 || span.y >= m_size.height || begin >= end) continue;
    for (int x = begin; x < end;) {
      const int stop = std::min(end, (x / kTile + 1) * kTile);
      auto& tile = m_tiles[size_t(span.y / kTile) * size_t(m_columns) + size_t(x / kTile)];
      if (!tile) tile = std::make_unique<Tile>(Tile{});
      std::memset(tile->data() + size_t(span.y % kTile) * kTile + size_t(x % kTile), 1, size_t(stop - x));
      x = stop;
    }
    touched = touched.united({begin, span.y, end - begin, 1});
  }
  m_bounds = m_bounds.united(touched);
  return touched;
}

void TileMask::clear() {
  for (auto& tile : m_tiles) tile.reset();
  m_bounds = {};
}

std::vector<Span> TileMask::spans() const {
  std::vector<Span> out;
  for (int y = m_bounds.y; y < m_bounds.bottom(); ++y) {
    const size_t row = out.size();
    for (int x = m_bounds.x; x < m_bounds.right();) {
      const int stop = std::min(m_bounds.right(), (x / kTile + 1) * kTile);
      const auto& tile = m_tiles[size_t(y / kTile) * size_t(m_columns) + size_t(x / kTile)];
      if (!tile) {
        x = stop;
        continue;
      }
      const uint8_t* values = tile->data() + size_t(y % kTile) * kTile - x / kTile * kTile;
      while (x < stop) {
        if (!values[x]) {
          ++x;
          continue;
        }
        const int begin = x;
        while (x < stop && values[x]) ++x;
        if (out.size() > row && out.back().end == begin)
          out.back().end = x;
        else
          out.push_back({y, begin, x});
      }
    }
  }
  return out;
}

namespace {

/// Every pixel that a thin line passes on its longer axis, one per column or row.
std::vector<Span> thinLine(Point a, Point b) {
  const int x0 = int(std::floor(a.x)), y0 = int(std::floor(a.y)), x1 = int(std::floor(b.x)), y1 = int(std::floor(b.y));
  const int n = std::max(std::abs(x1 - x0), std::abs(y1 - y0));
  std::vector<Span> out;
  for (int i = 0; i <= n; ++i) {
    const double t = n ? double(i) / n : 0;
    const int x = int(std::lround(x0 + t * (x1 - x0))), y = int(std::lround(y0 + t * (y1 - y0)));
    if (!out.empty() && out.back().y == y) {
      out.back().begin = std::min(out.back().begin, x);
      out.back().end = std::max(out.back().end, x + 1);
    } else {
      out.push_back({y, x, x + 1});
    }
  }
  if (out.front().y > out.back().y) std::ranges::reverse(out);
  return out;
}

}  // namespace

std::vector<Span> brushSpans(Point a, Point b, double diameter) {
  constexpr double kFar = 1e6;  // beyond any image: numbers stay whole
  for (Point* p : {&a, &b}) {
    if (!std::isfinite(p->x) || !std::isfinite(p->y)) return {};
    *p = {std::clamp(p->x, -kFar, kFar), std::clamp(p->y, -kFar, kFar)};
  }
  if (diameter <= 1) return thinLine(a, b);
  const double r = diameter / 2, dx = b.x - a.x, dy = b.y - a.y, length = std::hypot(dx, dy);
  std::vector<Span> out;
  const int top = int(std::floor(std::min(a.y, b.y) - r)), bottom = int(std::ceil(std::max(a.y, b.y) + r));
  for (int y = top; y < bottom; ++y) {
    // The capsule is convex, so each row of it is one interval: the hull of what the discs and the strip between them have there.
    double left = INFINITY, right = -INFINITY;
    const auto take = [&](double from, double to) {
      if (from <= to) left = std::min(left, from), right = std::max(right, to);
    };
    const double cy = y + 0.5;
    for (const Point& p : {a, b})
      if (const double h = r * r - (cy - p.y) * (cy - p.y); h >= 0) take(p.x - std::sqrt(h), p.x + std::sqrt(h));
    if (length > 0) {
      double from = -INFINITY, to = INFINITY;
      // Both |across| ≤ r·length and 0 ≤ along ≤ length² are bands in x.
      const auto band = [&](double slope, double offset, double low, double high) {  // low ≤ slope·x + offset ≤ high
        if (slope == 0) {
          if (offset < low || offset > high) to = -INFINITY;
          return;
        }
        const double p = (low - offset) / slope, q = (high - offset) / slope;
        from = std::max(from, std::min(p, q));
        to = std::min(to, std::max(p, q));
      };
      band(dy, -a.x * dy - (cy - a.y) * dx, -r * length, r * length);
      band(dx, -a.x * dx + (cy - a.y) * dy, 0, length * length);
      take(from, to);
    }
    if (left > right) continue;
    const int begin = int(std::ceil(left - 0.5)), end = int(std::floor(right - 0.5)) + 1;
    if (begin < end) out.push_back({y, begin, end});
  }
  return out;
}

std::vector<Span> enlarged(std::span<const Span> spans, int factor, int dx, int dy, const Rect& limit) {
  std::vector<Span> out;
  for (size_t i = 0; i < spans.size();) {
    size_t end = i;
    while (end < spans.size() && spans[end].y == spans[i].y) ++end;
    for (int k = 0; k < factor; ++k) {
      const int y = spans[i].y * factor + dy + k;
      if (y < limit.y || y >= limit.bottom()) continue;
      for (size_t s = i; s < end; ++s) {
        const int from = std::max(limit.x, spans[s].begin * factor + dx), to = std::min(limit.right(), spans[s].end * factor + dx);
        if (from < to) out.push_back({y, from, to});
      }
    }
    i = end;
  }
  return out;
}

}  // namespace intarsia
