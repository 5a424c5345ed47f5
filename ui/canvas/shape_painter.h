// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QColor>
#include <QPainter>
#include <QPainterPath>

#include <span>
#include <vector>

#include "annotate/edit/edit.h"
#include "ui/canvas/view_transform.h"

namespace intarsia {

/// Shapes with more points are painted and hit by runs of their points: what lies beside a picture's part costs next to nothing.
constexpr size_t kLargeShape = 3000;
size_t pointCount(const Polygon& polygon);

/// The box of each run of points of each ring, with the first point of the run after it.
struct OutlineRuns {
  static constexpr size_t kRun = 64;
  std::vector<std::vector<Bounds>> rings;  // empty = none were made
};
OutlineRuns runsOf(const Polygon& polygon);

/// Outline of a polygon on the screen; points closer than a pixel to the last one are left out (level of detail), and so are
/// points that lie with their neighbours on one side of `visible` (screen), where it is given: inside it nothing changes.
QPainterPath outline(const Polygon& polygon, const ViewTransform& view, const QRectF& visible = {});
/// The same with screen = image × scale + offset.
QPainterPath outline(const Polygon& polygon, double scale, QPointF offset, const QRectF& visible = {}, const OutlineRuns& runs = {});
/// Of its edges only those that end at one of `vertices` (whatever shape they name), or only the others; likewise.
QPainterPath edges(const Polygon& polygon, std::span<const VertexRef> vertices, bool ending, const ViewTransform& view,
                   const QRectF& visible = {});

/// A thin line in the class's colour with a contrasting rim, legible over any image.
void paintOutline(QPainter& painter, const QPainterPath& path, const QColor& color, double width = 1.5);

/// Square handles on the vertices, unless they would lie closer than the eye can tell apart; none where those in `visible` (screen)
/// are too many.
void paintVertices(QPainter& painter, const Polygon& polygon, const ViewTransform& view, const QColor& color, const QRectF& visible,
                   const OutlineRuns& runs = {});
/// Where a point snaps to: a ring around a vertex, a diamond on an edge.
void paintSnap(QPainter& painter, QPointF at, bool vertex);
void paintVertex(QPainter& painter, QPointF at, const QColor& color, bool strong);

}  // namespace intarsia
