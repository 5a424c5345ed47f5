// SPDX-License-Identifier: GPL-3.0-or-later
// After rleFrPoly of cocoapi's common/maskApi.c: the outline is walked in fifths of a pixel, and where it steps over the middle
// of a column, the column's pixels change from there on down. Only those steps are computed here, in 64 bits, inside the image.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "annotate/raster/raster_rules.h"

namespace intarsia {

namespace {

constexpr double kScale = 5;

struct Toggle {
  int y, x;
  auto operator<=>(const Toggle&) const = default;
};

int64_t upsampled(double v) { return int64_t(std::clamp(kScale * v + 0.5, -1e15, 1e15)); }  // toward zero, as the original

/// Row from which the column changes, for the upper of the two fifths beside the step.
int rowOf(int64_t v, int height) {
  const double y = (double(v) + 0.5) / kScale - 0.5;
  return int(std::ceil(std::clamp(y, 0.0, double(height))));
}

/// Steps of one edge from fifth 5x+2 to 5x+3 for the columns x of the image.
void addEdge(int64_t xs, int64_t ys, int64_t xe, int64_t ye, Size size, std::vector<Toggle>& toggles) {
  const int64_t dx = std::abs(xe - xs), dy = std::abs(ye - ys);
  if (dx == 0) return;
  if ((dx >= dy && xs > xe) || (dx < dy && ys > ye)) std::swap(xs, xe), std::swap(ys, ye);
  const double slope = dx >= dy ? double(ye - ys) / double(dx) : double(xe - xs) / double(dy);
  const int64_t low = std::min(xs, xe), high = std::max(xs, xe);
  const int64_t first = low <= 2 ? 0 : (low + 2) / 5;
  for (int64_t x = first; x < size.width && 5 * x + 3 <= high; ++x) {
    const int64_t u = 5 * x + 2;
    int64_t v;
    if (dx >= dy) {
      const auto at = [&](int64_t t) { return int64_t(double(ys) + slope * double(t) + 0.5); };
      v = std::min(at(u - xs), at(u - xs + 1));
    } else {
      const auto stepped = [&](int64_t t) {
        const auto at = int64_t(double(xs) + slope * double(t) + 0.5);
        return slope > 0 ? at > u : at <= u;
      };
      int64_t before = 0, after = dy;  // the step lies between them
      if (stepped(before) || !stepped(after)) continue;
      while (after - before > 1) {
        const int64_t middle = before + (after - before) / 2;
        (stepped(middle) ? after : before) = middle;
      }
      v = ys + before;
    }
    toggles.push_back({rowOf(v, size.height), int(x)});
  }
}

/// Rows of one ring, appended.
void ringSpans(const Ring& ring, Size size, std::vector<Span>& out) {
  std::vector<Toggle> toggles;
  for (size_t i = 0, n = ring.size(); i < n; ++i) {
    const Point& p = ring[i];
    const Point& q = ring[i + 1 < n ? i + 1 : 0];
    if (!std::isfinite(p.x) || !std::isfinite(p.y) || !std::isfinite(q.x) || !std::isfinite(q.y)) return;
    addEdge(upsampled(p.x), upsampled(p.y), upsampled(q.x), upsampled(q.y), size, toggles);
  }
  std::sort(toggles.begin(), toggles.end());
  int left = size.width, right = 0;
  for (const Toggle& toggle : toggles) left = std::min(left, toggle.x), right = std::max(right, toggle.x + 1);
  std::vector<uint8_t> inside(size_t(size.width) + 1, 0);
  size_t next = 0;
  for (int y = toggles.empty() ? size.height : toggles.front().y; y < size.height; ++y) {
    for (; next < toggles.size() && toggles[next].y == y; ++next) inside[size_t(toggles[next].x)] ^= 1;
    for (int x = left; x < right;) {
      if (!inside[size_t(x)]) {
        ++x;
        continue;
      }
      const int begin = x;
      while (x < right && inside[size_t(x)]) ++x;
      out.push_back({y, begin, x});
    }
  }
}

}  // namespace

std::vector<Span> cocoSpans(const Polygon& polygon, Size size) { return composeRings(polygon, size, ringSpans); }

}  // namespace intarsia
