// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/shape_painter.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace intarsia {
namespace {
constexpr int kMostStroked = 1500;  // path elements
constexpr int kMostLines = 4000;  // in one part of the picture: more would lie closer than its pixels, and take seconds
constexpr int kMostHandles = 1500;

bool near(QPointF a, QPointF b, double distance) {
  return std::abs(a.x() - b.x()) < distance && std::abs(a.y() - b.y()) < distance;
}
}  // namespace

QPainterPath outline(const Polygon& polygon, const ViewTransform& view, const QRectF& visible) {
  return outline(polygon, view.scale(), view.offset(), visible);
}

size_t pointCount(const Polygon& polygon) {
  size_t points = 0;
  for (const Ring& ring : polygon.rings) points += ring.size();
  return points;
}

OutlineRuns runsOf(const Polygon& polygon) {
  OutlineRuns runs;
  for (const Ring& ring : polygon.rings) {
    auto& boxes = runs.rings.emplace_back();
    for (size_t i = 0; i < ring.size(); i += OutlineRuns::kRun) {
      Bounds b{ring[i].x, ring[i].y, ring[i].x, ring[i].y};
      for (size_t k = i + 1; k < std::min(ring.size(), i + OutlineRuns::kRun); ++k) {
        b.left = std::min(b.left, ring[k].x), b.right = std::max(b.right, ring[k].x);
        b.top = std::min(b.top, ring[k].y), b.bottom = std::max(b.bottom, ring[k].y);
      }
      boxes.push_back(b);
    }
  }
  return runs;
}

namespace {

/// Lines of points on the screen with the level of detail that `outline` promises.
class LineBuilder {
 public:
  LineBuilder(double scale, QPointF offset, const QRectF& visible)
      : m_scale(scale), m_offset(offset), m_visible(visible), m_clipped(!visible.isEmpty()) {
    path.setFillRule(Qt::OddEvenFill);
  }
  void add(const Ring& points, bool closed, const std::vector<Bounds>* boxes = nullptr) {
    if (points.empty()) return;
    QPointF last = at(points[0].x, points[0].y), waiting;
    int lastSides = m_clipped ? sides(last, last) : 0;
    bool waits = false;  // `waiting` lies on one side with the last point that was drawn
    path.moveTo(last);
    for (size_t i = 1; i < points.size(); ++i) {
      if (boxes && i % OutlineRuns::kRun == 0 && i + OutlineRuns::kRun <= points.size()) {  // a whole run at once
        const Bounds& b = (*boxes)[i / OutlineRuns::kRun];
        const QPointF least = at(b.left, b.top), most = at(b.right, b.bottom), from = waits ? waiting : last;
        if (near(least, from, 1) && near(most, from, 1)) {
          i += OutlineRuns::kRun - 1;
          continue;
        }
        if (const int s = m_clipped ? sides(least, most) & lastSides : 0) {
          lastSides = s;
          i += OutlineRuns::kRun - 1;
          waiting = at(points[i].x, points[i].y);
          waits = true;
          continue;
        }
      }
      const QPointF p = at(points[i].x, points[i].y);
      const bool end = !closed && i + 1 == points.size();
      if (!end && near(p, waits ? waiting : last, 1)) continue;
      if (m_clipped) {
        const int s = sides(p, p);
        if (s & lastSides) {
          lastSides &= s;
          waiting = p;
          waits = true;
          continue;
        }
        if (waits) path.lineTo(waiting);
        waits = false;
        lastSides = s;
      }
      path.lineTo(p);
      last = p;
    }
    if (waits) path.lineTo(waiting);
    if (closed) path.closeSubpath();
  }
  QPainterPath path;

 private:
  QPointF at(double x, double y) const { return {x * m_scale + m_offset.x(), y * m_scale + m_offset.y()}; }
  /// On which all that lies between the two is outside.
  int sides(QPointF least, QPointF most) const {
    return (most.x() < m_visible.left() ? 1 : 0) | (least.x() > m_visible.right() ? 2 : 0) | (most.y() < m_visible.top() ? 4 : 0) |
           (least.y() > m_visible.bottom() ? 8 : 0);
  }
  double m_scale;
  QPointF m_offset;
  QRectF m_visible;
  bool m_clipped;
};

}  // namespace

QPainterPath outline(const Polygon& polygon, double scale, QPointF offset, const QRectF& visible, const OutlineRuns& runs) {
  LineBuilder lines(scale, offset, visible);
  for (size_t r = 0; r < polygon.rings.size(); ++r)
    lines.add(polygon.rings[r], true, r < runs.rings.size() ? &runs.rings[r] : nullptr);
  return lines.path;
}

QPainterPath edges(const Polygon& polygon, std::span<const VertexRef> vertices, bool ending, const ViewTransform& view, const QRectF& visible) {
  LineBuilder lines(view.scale(), view.offset(), visible);
  for (size_t r = 0; r < polygon.rings.size(); ++r) {
    const Ring& ring = polygon.rings[r];
    const size_t n = ring.size();
    std::vector<bool> ends(n);  // the edge from there at one of the vertices
    for (const VertexRef& ref : vertices)
      if (size_t(ref.ring) == r && size_t(ref.vertex) < n) ends[size_t(ref.vertex)] = ends[(size_t(ref.vertex) + n - 1) % n] = true;
    const auto first = std::ranges::find(ends, !ending);
    if (first == ends.end()) {
      lines.add(ring, true);
      continue;
    }
    // From an edge that is not wanted once around.
    const size_t from = size_t(first - ends.begin());
    Ring line;
    for (size_t k = 1; k <= n; ++k) {
      const size_t i = (from + k) % n;
      if (ends[i] == ending) {
        if (line.empty()) line.push_back(ring[i]);
        line.push_back(ring[(i + 1) % n]);
      } else {
        lines.add(std::exchange(line, {}), false);
      }
    }
  }
  return lines.path;
}

void paintOutline(QPainter& painter, const QPainterPath& path, const QColor& color, double width) {
  painter.setBrush(Qt::NoBrush);
  const QColor dark(0, 0, 0, 110);
  if (path.elementCount() > kMostLines) {
    const int step = path.elementCount() / kMostLines | 1;  // odd, or of spikes only the feet were left
    QPainterPath fewer(path.elementAt(0));
    for (int i = step; i < path.elementCount(); i += step) {
      const auto element = path.elementAt(i);
      element.isMoveTo() ? fewer.moveTo(element) : fewer.lineTo(element);
    }
    const bool smooth = painter.testRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(QPen(color, 0));
    painter.drawPath(fewer);
    return painter.setRenderHint(QPainter::Antialiasing, smooth);
  }
  if (path.elementCount() > kMostStroked) {
    // Hair lines beside each other: stroking so many points properly takes seconds.
    const double step = 1 / painter.device()->devicePixelRatioF();
    painter.setPen(QPen(dark, 0));
    for (const QPointF& by : {QPointF(-step, -step), QPointF(step, step)}) painter.drawPath(path.translated(by));
    painter.setPen(QPen(color, 0));
    return painter.drawPath(path);
  }
  QPen rim(dark, width + 1.5);
  rim.setJoinStyle(Qt::BevelJoin);  // at this width nobody sees the difference, and it takes a third of the time
  painter.setPen(rim);
  painter.drawPath(path);
  QPen line(color, width);
  line.setJoinStyle(Qt::BevelJoin);
  painter.setPen(line);
  painter.drawPath(path);
}

void paintVertex(QPainter& painter, QPointF at, const QColor& color, bool strong) {
  const double side = strong ? 11 : 8, k = painter.device()->devicePixelRatioF();
  // On whole device pixels and without a stroke: there may be hundreds, painted anew in every frame of a drag.
  const QPointF corner(std::round((at.x() - side / 2) * k) / k, std::round((at.y() - side / 2) * k) / k);
  painter.fillRect(QRectF(corner, QSizeF(side, side)), QColor(0, 0, 0, 190));
  painter.fillRect(QRectF(corner + QPointF(1, 1), QSizeF(side - 2, side - 2)), strong ? QColor(Qt::white) : color);
}

void paintSnap(QPainter& painter, QPointF at, bool vertex) {
  painter.setBrush(Qt::NoBrush);
  for (const auto& [color, width] : {std::pair(QColor(0, 0, 0, 170), 4.0), std::pair(QColor(80, 220, 255), 2.0)}) {
    painter.setPen(QPen(color, width));
    if (vertex)
      painter.drawEllipse(at, 8, 8);
    else
      painter.drawPolygon(QPolygonF({at + QPointF(0, -8), at + QPointF(8, 0), at + QPointF(0, 8), at + QPointF(-8, 0)}));
  }
}

void paintVertices(QPainter& painter, const Polygon& polygon, const ViewTransform& view, const QColor& color, const QRectF& visible,
                   const OutlineRuns& runs) {
  std::vector<QPointF> handles;
  QPointF last(-1e9, -1e9);
  for (size_t r = 0; r < polygon.rings.size(); ++r)
    for (size_t i = 0; i < polygon.rings[r].size(); ++i) {
      if (i % OutlineRuns::kRun == 0 && r < runs.rings.size()) {
        const Bounds& b = runs.rings[r][i / OutlineRuns::kRun];
        if (!visible.intersects(QRectF(view.toScreen(Point{b.left, b.top}), view.toScreen(Point{b.right, b.bottom})).adjusted(-1, -1, 1, 1))) {
          i += OutlineRuns::kRun - 1;
          continue;
        }
      }
      const QPointF at = view.toScreen(polygon.rings[r][i]);
      if (!visible.contains(at) || near(at, last, 6)) continue;
      if (handles.size() == kMostHandles) return;
      handles.push_back(last = at);
    }
  for (const QPointF& at : handles) paintVertex(painter, at, color, false);
}

}  // namespace intarsia
