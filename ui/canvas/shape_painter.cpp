// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/shape_painter.h"

namespace intarsia {
namespace {
constexpr int kMostStroked = 1500;  // path elements
constexpr int kMaxHandles = 3000;

bool near(QPointF a, QPointF b, double distance) {
  return std::abs(a.x() - b.x()) < distance && std::abs(a.y() - b.y()) < distance;
}
}  // namespace

QPainterPath outline(const Polygon& polygon, const ViewTransform& view, const QRectF& visible) {
  return outline(polygon, view.scale(), view.offset(), visible);
}

QPainterPath outline(const Polygon& polygon, double scale, QPointF offset, const QRectF& visible) {
  QPainterPath path;
  path.setFillRule(Qt::OddEvenFill);
  const bool clipped = !visible.isEmpty();
  const auto sides = [&](QPointF p) {
    return (p.x() < visible.left() ? 1 : 0) | (p.x() > visible.right() ? 2 : 0) | (p.y() < visible.top() ? 4 : 0) | (p.y() > visible.bottom() ? 8 : 0);
  };
  for (const Ring& ring : polygon.rings) {
    if (ring.empty()) continue;
    const auto at = [&](const Point& p) { return QPointF(p.x * scale + offset.x(), p.y * scale + offset.y()); };
    QPointF last = at(ring.front()), waiting;
    int lastSides = clipped ? sides(last) : 0;
    bool waits = false;  // `waiting` lies on one side with the last point that was drawn
    path.moveTo(last);
    for (size_t i = 1; i < ring.size(); ++i) {
      const QPointF p = at(ring[i]);
      if (near(p, waits ? waiting : last, 1)) continue;
      if (clipped) {
        const int s = sides(p);
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
    path.closeSubpath();
  }
  return path;
}

void paintOutline(QPainter& painter, const QPainterPath& path, const QColor& color, double width) {
  painter.setBrush(Qt::NoBrush);
  const QColor dark(0, 0, 0, 110);
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
  const double r = strong ? 5 : 3.5;
  painter.setPen(QPen(QColor(0, 0, 0, 190), 1));
  painter.setBrush(strong ? QColor(Qt::white) : color);
  painter.drawRect(QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r));
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

void paintVertices(QPainter& painter, const Polygon& polygon, const ViewTransform& view, const QColor& color) {
  const QRectF visible = painter.viewport().adjusted(-8, -8, 8, 8);
  int count = 0;
  QPointF last(-1e9, -1e9);
  for (const Ring& ring : polygon.rings)
    for (const Point& p : ring) {
      const QPointF at = view.toScreen(p);
      if (!visible.contains(at) || near(at, last, 6)) continue;
      if (++count > kMaxHandles) return;
      last = at;
      paintVertex(painter, at, color, false);
    }
}

}  // namespace intarsia
