// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/assist/flood.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace intarsia {
namespace {

/// Whether pixels are alike, a row at a time.
class Likeness {
 public:
  Likeness(const Image& image, int x, int y, int tolerance) : m_image(image), m_tolerance(tolerance), m_channels(image.channels >= 3 ? 3 : 1) {
    for (int c = 0; c < m_channels; ++c) m_seed[size_t(c)] = value(image.row(y), size_t(x), c);
  }
  void row(int y, uint8_t* out) const {
    const uint8_t* from = m_image.row(y);
    for (int x = 0; x < m_image.width; ++x) {
      bool like = true;
      for (int c = 0; c < m_channels; ++c) like &= std::abs(value(from, size_t(x), c) - m_seed[size_t(c)]) <= m_tolerance;
      out[x] = like;
    }
  }

 private:
  int value(const uint8_t* row, size_t x, int c) const {
    const size_t i = x * size_t(m_image.channels) + size_t(c);
    return m_image.bits == 16 ? reinterpret_cast<const uint16_t*>(row)[i] >> 8 : row[i];
  }
  const Image& m_image;
  int m_tolerance, m_channels;
  std::array<int, 3> m_seed{};
};

/// Runs of one row after the other with the sets that they belong to.
struct Forest {
  std::vector<int> parent;
  int add() {
    parent.push_back(int(parent.size()));
    return parent.back();
  }
  int root(int i) {
    while (parent[size_t(i)] != i) i = parent[size_t(i)] = parent[size_t(parent[size_t(i)])];
    return i;
  }
  void join(int a, int b) { parent[size_t(root(a))] = root(b); }
};

/// join(i, k) for all spans of the rows `above` and `below` (index ranges) that share a side.
template <class Join>
void eachTouching(std::span<const Span> spans, size_t a, size_t endA, size_t b, size_t endB, const Join& join) {
  while (a < endA && b < endB) {
    if (spans[a].begin < spans[b].end && spans[b].begin < spans[a].end) join(a, b);
    spans[a].end < spans[b].end ? ++a : ++b;
  }
}

/// The set of each span: those that hang together by their sides have the same.
Forest connected(std::span<const Span> spans) {
  Forest forest;
  size_t above = 0, endAbove = 0;
  for (size_t i = 0; i < spans.size();) {
    size_t end = i;
    while (end < spans.size() && spans[end].y == spans[i].y) ++end;
    for (size_t k = i; k < end; ++k) forest.add();
    if (endAbove > above && spans[above].y == spans[i].y - 1)
      eachTouching(spans, above, endAbove, i, end, [&](size_t a, size_t b) { forest.join(int(b), int(a)); });
    above = i;
    endAbove = i = end;
  }
  return forest;
}

}  // namespace

Expected<std::vector<Span>> flood(const Image& image, int x, int y, const FloodOptions& options, const Job& job) {
  if (image.empty() || x < 0 || y < 0 || x >= image.width || y >= image.height) return std::vector<Span>{};
  const Likeness likeness(image, x, y, options.tolerance);
  std::vector<Span> all;
  std::vector<uint8_t> like(size_t(image.width) + 1, 0);  // ends with an unlike one
  for (int row = 0; row < image.height; ++row) {
    if (row % 64 == 0) INTARSIA_CHECK(job.check());
    likeness.row(row, like.data());
    for (int i = 0; i < image.width; ++i) {
      if (!like[size_t(i)]) continue;
      const int begin = i;
      while (like[size_t(i)]) ++i;
      all.push_back({row, begin, i});
    }
  }
  if (options.contiguous) {
    Forest forest = connected(all);
    INTARSIA_CHECK(job.check());
    const auto seed = std::ranges::find_if(all, [&](const Span& s) { return s.y == y && s.begin <= x && x < s.end; });
    const int root = forest.root(int(seed - all.begin()));
    std::vector<Span> kept;
    for (size_t i = 0; i < all.size(); ++i)
      if (forest.root(int(i)) == root) kept.push_back(all[i]);
    all = std::move(kept);
  }
  INTARSIA_CHECK(job.check());
  return options.fillHoles ? withHolesFilled(all) : all;
}

std::vector<Span> withHolesFilled(std::span<const Span> spans) {
  if (spans.empty()) return {};
  const int left = std::ranges::min(spans, {}, &Span::begin).begin, right = std::ranges::max(spans, {}, &Span::end).end;
  const int top = spans.front().y, bottom = spans.back().y + 1;
  // What is not set, with a frame of one pixel around the bounds: the frame hangs together, whatever else does is a hole.
  std::vector<Span> rest{{top - 1, left - 1, right + 1}};
  size_t i = 0;
  for (int y = top; y < bottom; ++y) {
    int x = left - 1;
    for (; i < spans.size() && spans[i].y == y; ++i) {
      rest.push_back({y, x, spans[i].begin});
      x = spans[i].end;
    }
    rest.push_back({y, x, right + 1});
  }
  rest.push_back({bottom, left - 1, right + 1});
  Forest forest = connected(rest);
  const int outside = forest.root(0);
  std::vector<Span> out;
  for (size_t r = 1; r + 1 < rest.size();) {
    const int y = rest[r].y;
    int x = left - 1;
    for (; r + 1 < rest.size() && rest[r].y == y; ++r) {
      if (forest.root(int(r)) != outside) continue;
      if (x < rest[r].begin) out.push_back({y, x, rest[r].begin});
      x = rest[r].end;
    }
  }
  return out;
}

}  // namespace intarsia
