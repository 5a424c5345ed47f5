// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/shape_forms.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/geometry/boolean.h"
#include "core/geometry/nesting.h"
#include "core/geometry/orientation.h"
#include "core/geometry/union_area.h"

namespace intarsia {
namespace {

constexpr double kDeviation = 0.02;  // pixels

struct Box { double left, top, right, bottom; };

Box boxOf(const Ring& ring) {
  Box box{ring[0].x, ring[0].y, ring[0].x, ring[0].y};
  for (const Point p : ring) box = {std::min(box.left, p.x), std::min(box.top, p.y), std::max(box.right, p.x), std::max(box.bottom, p.y)};
  return box;
}

bool edgesCross(Point a, Point b, Point c, Point d) {
  if (std::max(a.x, b.x) < std::min(c.x, d.x) || std::max(c.x, d.x) < std::min(a.x, b.x) || std::max(a.y, b.y) < std::min(c.y, d.y) ||
      std::max(c.y, d.y) < std::min(a.y, b.y))
    return false;
  return orientation(a, b, c) * orientation(a, b, d) <= 0 && orientation(c, d, a) * orientation(c, d, b) <= 0;
}

bool apart(const Ring& a, const Ring& b) {
  const Box p = boxOf(a), q = boxOf(b);
  if (p.right <= q.left || q.right <= p.left || p.bottom <= q.top || q.bottom <= p.top) return true;
  if (a.size() * b.size() > 4'000'000) return false;
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = 0; j < b.size(); ++j)
      if (edgesCross(a[i], a[(i + 1) % a.size()], b[j], b[(j + 1) % b.size()])) return false;
  return !contains(a, b[0]) && !contains(b, a[0]);
}

}  // namespace

Ring rectangleRing(Point a, Point b) {
  const double l = std::min(a.x, b.x), r = std::max(a.x, b.x), t = std::min(a.y, b.y), d = std::max(a.y, b.y);
  return {{l, t}, {r, t}, {r, d}, {l, d}};
}

Ring turned(Ring ring, Point pivot, double degrees) {
  const double angle = degrees * std::numbers::pi / 180, c = std::cos(angle), s = std::sin(angle);
  for (Point& p : ring) {
    const double x = p.x - pivot.x, y = p.y - pivot.y;
    p = {pivot.x + x * c - y * s, pivot.y + x * s + y * c};
  }
  return ring;
}

Ring ellipseRing(Point centre, double radiusX, double radiusY, double degrees) {
  const double radius = std::max({std::abs(radiusX), std::abs(radiusY), kDeviation * 2});
  const int count = std::isfinite(radius) ? std::clamp(int(std::ceil(std::numbers::pi / std::acos(1 - kDeviation / radius) / 4)) * 4, 24, 2048) : 3;
  Ring ring;
  for (int i = 0; i < count; ++i) {
    const double angle = 2 * std::numbers::pi * i / count;
    ring.push_back({centre.x + radiusX * std::cos(angle), centre.y + radiusY * std::sin(angle)});
  }
  return degrees == 0 ? ring : turned(std::move(ring), centre, degrees);
}

Expected<Polygon> strokePolygon(const Ring& points, double width) {
  std::vector<Polygon> pieces;
  for (size_t i = 0; i + 1 < points.size(); ++i) {
    const Point a = points[i], b = points[i + 1];
    const double length = std::hypot(b.x - a.x, b.y - a.y);
    if (length > 0 && std::isfinite(length)) {
      const double nx = -(b.y - a.y) / length * width / 2, ny = (b.x - a.x) / length * width / 2;
      pieces.push_back({{{{a.x + nx, a.y + ny}, {b.x + nx, b.y + ny}, {b.x - nx, b.y - ny}, {a.x - nx, a.y - ny}}}});
    }
    if (i > 0) pieces.push_back({{ellipseRing(a, width / 2, width / 2)}});
  }
  return united(pieces);
}

void appendCubic(Ring& ring, Point from, Point c1, Point c2, Point to) {
  // The second difference bounds how far a chord leaves the curve: d·n⁻²/8 with d = 6·max|…|.
  const double bend = std::max(std::hypot(from.x - 2 * c1.x + c2.x, from.y - 2 * c1.y + c2.y), std::hypot(c1.x - 2 * c2.x + to.x, c1.y - 2 * c2.y + to.y));
  const int count = std::isfinite(bend) ? std::clamp(int(std::ceil(std::sqrt(6 * bend / 8 / kDeviation))), 1, 500) : 1;
  for (int i = 1; i <= count; ++i) {
    const double t = double(i) / count, s = 1 - t;
    ring.push_back({s * s * s * from.x + 3 * s * s * t * c1.x + 3 * s * t * t * c2.x + t * t * t * to.x,
                    s * s * s * from.y + 3 * s * s * t * c1.y + 3 * s * t * t * c2.y + t * t * t * to.y});
  }
  ring.back() = to;
}

namespace {
bool finite(const Ring& ring) {
  return ring.size() >= 3 && std::all_of(ring.begin(), ring.end(), [](Point p) { return std::isfinite(p.x) && std::isfinite(p.y); });
}

bool partsLieApart(const std::vector<Ring>& parts) {
  for (size_t i = 0; i < parts.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (finite(parts[i]) && finite(parts[j]) && !apart(parts[j], parts[i])) return false;
  return true;
}
}  // namespace

Polygon unionOfParts(std::vector<Ring> parts, bool& changed) {
  changed = !partsLieApart(parts);
  if (!changed) return {std::move(parts)};
  std::vector<Polygon> pieces;
  for (const Ring& part : parts)
    if (finite(part)) pieces.push_back({{part}});
  if (auto whole = united(pieces)) return std::move(*whole);
  changed = false;
  return {std::move(parts)};
}

Polygon unitedPolygon(const ImportedShape& shape, bool* changed) {
  bool united = false;
  Polygon polygon = shape.unite ? unionOfParts(shape.polygon.rings, united) : shape.polygon;
  if (changed) *changed = united;
  return polygon;
}

double shapeArea(const ImportedShape& shape) {
  if (shape.area) return *shape.area;
  if (!shape.unite) return area(shape.polygon);
  const auto whole = unionArea(shape.polygon.rings);
  return whole ? *whole : area(unitedPolygon(shape));
}

}  // namespace intarsia
