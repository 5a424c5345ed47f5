// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "annotate/formats/format.h"
#include "core/base/error.h"
#include "core/geometry/polygon.h"

namespace intarsia {

/// Forms of other programs as rings. Curves are cut so finely that they leave the true line by at most 0.02 pixels.
Ring rectangleRing(Point a, Point b);
/// Turned by `degrees` clockwise on screen about `pivot`.
Ring turned(Ring ring, Point pivot, double degrees);
/// `degrees` turns the axes clockwise. Its true area is π·radiusX·radiusY.
Ring ellipseRing(Point centre, double radiusX, double radiusY, double degrees = 0);
/// A line of that width along the points: round joints, ends cut square.
Expected<Polygon> strokePolygon(const Ring& points, double width);
/// Points of a cubic Bézier segment after `from`, up to and with `to`.
void appendCubic(Ring& ring, Point from, Point control1, Point control2, Point to);

/// Parts whose union is meant, as one even-odd polygon. Parts that neither cross nor contain one another stay exactly as they are;
/// others are united, and `changed` says so.
Polygon unionOfParts(std::vector<Ring> parts, bool& changed);
/// The area of a shape as one even-odd polygon; `changed` where overlapping parts had to be united for it. Milliseconds for such parts.
Polygon unitedPolygon(const ImportedShape& shape, bool* changed = nullptr);
/// Its area in square pixels: as the format gives it, else of the polygon or of the union of its parts.
double shapeArea(const ImportedShape& shape);

}  // namespace intarsia
