// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry/boolean.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <string_view>

#include "core/geometry/geos.h"
#include "core/geometry/nesting.h"

namespace intarsia {
namespace {

using Operation = GEOSGeometry* (*)(GEOSContextHandle_t, const GEOSGeometry*, const GEOSGeometry*);
Expected<Polygon> combine(const Polygon& a, const Polygon& b, Operation operation, const Job& job) {
  const Geos geos(job);
  const auto left = geos.toGeometry(a), right = geos.toGeometry(b);
  if (!left || !right) return geos.error();
  const auto result = geos.own(operation(geos.context(), left.get(), right.get()));
  if (!result) return geos.error();
  return geos.fromGeometry(result.get());
}

}  // namespace

Expected<Polygon> united(const Polygon& a, const Polygon& b, const Job& job) { return combine(a, b, GEOSUnion_r, job); }
Expected<Polygon> subtracted(const Polygon& a, const Polygon& b, const Job& job) { return combine(a, b, GEOSDifference_r, job); }
Expected<Polygon> intersected(const Polygon& a, const Polygon& b, const Job& job) { return combine(a, b, GEOSIntersection_r, job); }

Expected<Polygon> united(std::span<const Polygon> polygons, const Job& job) {
  const Geos geos(job);
  std::vector<GEOSGeometry*> raw;
  for (const auto& polygon : polygons) {
    auto geometry = job.cancelled() ? geos.own(nullptr) : geos.toGeometry(polygon);
    if (!geometry) {
      for (auto* g : raw) GEOSGeom_destroy_r(geos.context(), g);
      return geos.error();
    }
    raw.push_back(geometry.release());
  }
  const auto all = geos.own(GEOSGeom_createCollection_r(geos.context(), GEOS_GEOMETRYCOLLECTION, raw.data(), unsigned(raw.size())));
  const auto result = geos.own(all ? GEOSUnaryUnion_r(geos.context(), all.get()) : nullptr);
  if (!result) return geos.error();
  return geos.fromGeometry(result.get());
}

Expected<Polygon> repaired(const Polygon& polygon, const Job& job) {
  const Geos geos(job);
  const auto geometry = geos.toGeometry(polygon);
  if (!geometry) return geos.error();
  return geos.fromGeometry(geometry.get());
}

Expected<std::vector<Polygon>> sliced(const Polygon& polygon, const Ring& line, const Job& job) {
  const Geos geos(job);
  const auto whole = geos.toGeometry(polygon);
  if (line.size() < 2 || !std::ranges::all_of(line, [](Point p) { return std::isfinite(p.x) && std::isfinite(p.y); }))
    return std::vector{polygon};
  const auto cut = geos.line(line);
  const auto border = geos.own(whole && cut ? GEOSBoundary_r(geos.context(), whole.get()) : nullptr);
  const auto noded = geos.own(border ? GEOSUnion_r(geos.context(), border.get(), cut.get()) : nullptr);
  const GEOSGeometry* lines = noded.get();
  const auto faces = geos.own(noded ? GEOSPolygonize_r(geos.context(), &lines, 1) : nullptr);
  if (!faces) return geos.error();

  // Faces of the area (not of its holes), by the part that they are of.
  const std::vector<Polygon> before = parts(geos.fromGeometry(whole.get()));
  std::vector<std::vector<Polygon>> of(before.size());
  for (int i = 0; i < GEOSGetNumGeometries_r(geos.context(), faces.get()); ++i) {
    const GEOSGeometry* face = GEOSGetGeometryN_r(geos.context(), faces.get(), i);
    const auto inner = geos.own(GEOSPointOnSurface_r(geos.context(), face));
    Point p;
    if (!inner || !GEOSGeomGetX_r(geos.context(), inner.get(), &p.x) || !GEOSGeomGetY_r(geos.context(), inner.get(), &p.y)) continue;
    for (size_t k = 0; k < before.size(); ++k)
      if (contains(before[k], p)) of[k].push_back(geos.fromGeometry(face));
  }
  std::vector<Polygon> pieces;
  Polygon uncut;
  for (size_t k = 0; k < before.size(); ++k)
    if (of[k].size() > 1)
      std::ranges::move(of[k], std::back_inserter(pieces));
    else
      uncut.rings.insert(uncut.rings.end(), before[k].rings.begin(), before[k].rings.end());
  if (pieces.empty()) return std::vector{polygon};
  std::ranges::stable_sort(pieces, std::greater{}, [](const Polygon& piece) { return area(piece); });
  pieces.front().rings.insert(pieces.front().rings.end(), uncut.rings.begin(), uncut.rings.end());
  return pieces;
}

std::optional<Point> selfIntersection(const Ring& ring) {
  if (!usable(ring)) return std::nullopt;
  const Geos geos;
  const auto polygon = geos.polygon(ring, {});
  if (!polygon) return std::nullopt;
  char* reason = nullptr;
  GEOSGeometry* location = nullptr;
  const char valid = GEOSisValidDetail_r(geos.context(), polygon.get(), GEOSVALID_ALLOW_SELFTOUCHING_RING_FORMING_HOLE, &reason, &location);
  const auto place = geos.own(location);
  const bool crossing = valid == 0 && reason && std::string_view(reason).contains("Self-intersection");
  GEOSFree_r(geos.context(), reason);
  if (!crossing || !place) return std::nullopt;
  Point p;
  GEOSGeomGetX_r(geos.context(), place.get(), &p.x);
  GEOSGeomGetY_r(geos.context(), place.get(), &p.y);
  return p;
}

}  // namespace intarsia
