// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/span_outline.h"

#include <algorithm>

namespace intarsia {
namespace {

/// Builds the border from its horizontal pieces. Each runs with the inside on its right: rightwards above pixels, leftwards below
/// them. A vertical border joins the head of one to the tail of another; in each column at most one is open at a time.
class Outliner {
 public:
  Outliner(int left, int right) : m_left(left), m_columns(size_t(right - left + 1)) {}

  /// The border between two rows, at height y; y grows from call to call.
  void addBoundary(int y, std::span<const Span> above, std::span<const Span> below) {
    m_edges.clear();
    for (const bool isBelow : {false, true})
      for (const Span& s : isBelow ? below : above)
        for (const int x : {s.begin, s.end}) {
          m_edges.push_back({x, isBelow});
          (isBelow ? column(x).below : column(x).above) = y;
        }
    std::ranges::sort(m_edges, {}, &Edge::x);
    const size_t first = m_pieces.size();
    bool inAbove = false, inBelow = false;
    for (size_t i = 0; i < m_edges.size();) {
      const int x = m_edges[i].x;
      for (; i < m_edges.size() && m_edges[i].x == x; ++i) (m_edges[i].below ? inBelow : inAbove) ^= true;
      if (inAbove == inBelow) continue;
      const int end = m_edges[i].x;
      m_pieces.push_back(inBelow ? Piece{y, x, end} : Piece{y, end, x});
    }
    // Vertical borders that come from above end before new ones begin in the same column.
    for (size_t p = first; p < m_pieces.size(); ++p) {
      Piece& piece = m_pieces[p];
      if (headGoesUp(piece)) piece.next = column(piece.head).open;
      if (!tailIsBelow(piece)) m_pieces[size_t(column(piece.tail).open)].next = int(p);
    }
    for (size_t p = first; p < m_pieces.size(); ++p) {
      const Piece& piece = m_pieces[p];
      if (!headGoesUp(piece)) column(piece.head).open = int(p);
      if (tailIsBelow(piece)) column(piece.tail).open = int(p);
    }
  }

  Polygon polygon() const {
    Polygon out;
    std::vector<bool> done(m_pieces.size(), false);
    for (size_t start = 0; start < m_pieces.size(); ++start) {
      if (done[start]) continue;
      Ring ring;
      for (size_t p = start; !done[p]; p = size_t(m_pieces[p].next)) {
        done[p] = true;
        ring.push_back({double(m_pieces[p].tail), double(m_pieces[p].y)});
        ring.push_back({double(m_pieces[p].head), double(m_pieces[p].y)});
      }
      out.rings.push_back(std::move(ring));
    }
    return out;
  }

 private:
  struct Edge {
    int x;
    bool below;
  };
  struct Piece {
    int y, tail, head;
    int next = -1;
    bool rightwards() const { return tail < head; }
  };
  struct Column {
    int above = -1, below = -1;  // the last boundary with a vertical border above or below it here
    int open = -1;               // the piece whose head or tail the border that goes down from here joins
  };

  Column& column(int x) { return m_columns[size_t(x - m_left)]; }
  // Where two areas touch at a corner the border turns right, which keeps them apart.
  bool headGoesUp(const Piece& p) { return p.rightwards() ? column(p.head).below != p.y : column(p.head).above == p.y; }
  bool tailIsBelow(const Piece& p) { return p.rightwards() ? column(p.tail).below == p.y : column(p.tail).above != p.y; }

  int m_left;
  std::vector<Column> m_columns;
  std::vector<Edge> m_edges;
  std::vector<Piece> m_pieces;
};

}  // namespace

Polygon outlineOf(std::span<const Span> spans) {
  if (spans.empty()) return {};
  const int left = std::ranges::min(spans, {}, &Span::begin).begin, right = std::ranges::max(spans, {}, &Span::end).end;
  Outliner outliner(left, right);
  std::span<const Span> above;
  int y = spans.front().y;
  for (size_t i = 0; i < spans.size();) {
    if (spans[i].y > y && !above.empty()) {  // rows without pixels end what is above
      outliner.addBoundary(y, above, {});
      above = {};
    }
    y = spans[i].y;
    size_t end = i;
    while (end < spans.size() && spans[end].y == y) ++end;
    outliner.addBoundary(y, above, spans.subspan(i, end - i));
    above = spans.subspan(i, end - i);
    ++y;
    i = end;
  }
  outliner.addBoundary(y, above, {});
  return outliner.polygon();
}

}  // namespace intarsia
