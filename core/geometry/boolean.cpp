// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry/boolean.h"

#define GEOS_USE_ONLY_R_API
#include <geos_c.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>

#include "core/geometry/nesting.h"

namespace intarsia {
namespace {

/// A GEOS context for one call: its errors become the reason of ours and are never printed.
class Geos {
 public:
  Geos() : m_context(GEOS_init_r()) {
    GEOSContext_setErrorMessageHandler_r(
        m_context, [](const char* text, void* self) { static_cast<Geos*>(self)->m_reason = text; }, this);
    GEOSContext_setNoticeMessageHandler_r(m_context, [](const char*, void*) {}, nullptr);
  }
  ~Geos() { GEOS_finish_r(m_context); }
  Geos(const Geos&) = delete;
  Geos& operator=(const Geos&) = delete;

  struct Destroy {
    GEOSContextHandle_t context;
    void operator()(GEOSGeometry* geometry) const { GEOSGeom_destroy_r(context, geometry); }
  };
  using Ptr = std::unique_ptr<GEOSGeometry, Destroy>;
  Ptr own(GEOSGeometry* geometry) const { return Ptr(geometry, Destroy{m_context}); }
  GEOSContextHandle_t context() const { return m_context; }

  std::unexpected<Error> error() const {
    return fail(ErrorCode::failed, INTARSIA_TEXT("The areas cannot be combined: {reason}"),
                {{"reason", m_reason.empty() ? "unknown geometry" : m_reason}});
  }

  Ptr ring(const Ring& points) const {
    const unsigned n = unsigned(points.size());
    GEOSCoordSequence* sequence = GEOSCoordSeq_create_r(m_context, n + 1, 2);
    if (!sequence) return own(nullptr);
    for (unsigned i = 0; i <= n; ++i) GEOSCoordSeq_setXY_r(m_context, sequence, i, points[i % n].x, points[i % n].y);
    return own(GEOSGeom_createLinearRing_r(m_context, sequence));
  }

  Ptr polygon(const Ring& outside, const std::vector<const Ring*>& holes) const {
    Ptr shell = ring(outside);
    if (!shell) return shell;
    std::vector<GEOSGeometry*> inner;
    for (const Ring* hole : holes)
      if (Ptr made = ring(*hole)) inner.push_back(made.release());
    return own(GEOSGeom_createPolygon_r(m_context, shell.release(), inner.data(), unsigned(inner.size())));
  }

  Ptr collect(std::vector<Ptr> parts) const {
    std::vector<GEOSGeometry*> raw;
    for (auto& part : parts) raw.push_back(part.release());
    return own(GEOSGeom_createCollection_r(m_context, GEOS_MULTIPOLYGON, raw.data(), unsigned(raw.size())));
  }

  Ptr toGeometry(const Polygon& polygon) const;
  Polygon fromGeometry(const GEOSGeometry* geometry) const;

 private:
  void append(const GEOSGeometry* line, Polygon& out) const;
  GEOSContextHandle_t m_context;
  std::string m_reason;
};

/// Beyond this GEOS's arithmetic overflows, and no picture is so large.
constexpr double kLargest = 1e12;

Geos::Ptr Geos::toGeometry(const Polygon& source) const {
  Polygon polygon;
  for (const auto& ring : source.rings)
    if (usable(ring) && std::ranges::all_of(ring, [](Point p) { return std::abs(p.x) < kLargest && std::abs(p.y) < kLargest; }))
      polygon.rings.push_back(ring);
  const auto around = nesting(polygon);
  std::vector<Ptr> parts;
  for (size_t i = 0; i < polygon.rings.size(); ++i) {
    if (around[i].size() % 2) continue;
    std::vector<const Ring*> holes;  // directly inside: one level deeper
    for (size_t j = 0; j < polygon.rings.size(); ++j)
      if (around[j].size() == around[i].size() + 1 && std::ranges::count(around[j], int(i))) holes.push_back(&polygon.rings[j]);
    if (Ptr part = this->polygon(polygon.rings[i], holes)) parts.push_back(std::move(part));
  }
  Ptr whole = collect(std::move(parts));
  if (!whole || GEOSisValid_r(m_context, whole.get()) == 1) return whole;
  // Rings that cross: even-odd is the symmetric difference of the rings, each repaired for itself. With very many rings the repair
  // of the whole must do, as folding is quadratic.
  if (polygon.rings.size() > 200) return own(GEOSMakeValid_r(m_context, whole.get()));
  Ptr sum = own(GEOSGeom_createEmptyPolygon_r(m_context));
  for (const auto& ring : polygon.rings) {
    const Ptr single = this->polygon(ring, {});
    const Ptr valid = own(single ? GEOSMakeValid_r(m_context, single.get()) : nullptr);
    // Repair may leave lines of rings without area; only areas count.
    const Ptr areas = own(valid ? GEOSBuffer_r(m_context, valid.get(), 0, 1) : nullptr);
    if (!areas) return own(nullptr);
    sum = own(GEOSSymDifference_r(m_context, sum.get(), areas.get()));
    if (!sum) return sum;
  }
  return sum;
}

void Geos::append(const GEOSGeometry* line, Polygon& out) const {
  const GEOSCoordSequence* sequence = GEOSGeom_getCoordSeq_r(m_context, line);
  unsigned n = 0;
  if (!sequence || !GEOSCoordSeq_getSize_r(m_context, sequence, &n) || n < 4) return;
  Ring ring(n - 1);
  for (unsigned i = 0; i + 1 < n; ++i) GEOSCoordSeq_getXY_r(m_context, sequence, i, &ring[i].x, &ring[i].y);
  out.rings.push_back(std::move(ring));
}

Polygon Geos::fromGeometry(const GEOSGeometry* geometry) const {
  Polygon out;
  const int type = GEOSGeomTypeId_r(m_context, geometry);
  if (type == GEOS_POLYGON && GEOSisEmpty_r(m_context, geometry) == 0) {
    append(GEOSGetExteriorRing_r(m_context, geometry), out);
    for (int i = 0; i < GEOSGetNumInteriorRings_r(m_context, geometry); ++i)
      append(GEOSGetInteriorRingN_r(m_context, geometry, i), out);
  } else if (type == GEOS_MULTIPOLYGON || type == GEOS_GEOMETRYCOLLECTION) {
    for (int i = 0; i < GEOSGetNumGeometries_r(m_context, geometry); ++i) {
      auto part = fromGeometry(GEOSGetGeometryN_r(m_context, geometry, i));
      std::ranges::move(part.rings, std::back_inserter(out.rings));
    }
  }
  return out;  // points and lines have no area
}

using Operation = GEOSGeometry* (*)(GEOSContextHandle_t, const GEOSGeometry*, const GEOSGeometry*);
Expected<Polygon> combine(const Polygon& a, const Polygon& b, Operation operation) {
  const Geos geos;
  const auto left = geos.toGeometry(a), right = geos.toGeometry(b);
  if (!left || !right) return geos.error();
  const auto result = geos.own(operation(geos.context(), left.get(), right.get()));
  if (!result) return geos.error();
  return geos.fromGeometry(result.get());
}

}  // namespace

Expected<Polygon> united(const Polygon& a, const Polygon& b) { return combine(a, b, GEOSUnion_r); }
Expected<Polygon> subtracted(const Polygon& a, const Polygon& b) { return combine(a, b, GEOSDifference_r); }
Expected<Polygon> intersected(const Polygon& a, const Polygon& b) { return combine(a, b, GEOSIntersection_r); }

Expected<Polygon> united(std::span<const Polygon> polygons) {
  const Geos geos;
  std::vector<GEOSGeometry*> raw;
  for (const auto& polygon : polygons) {
    auto geometry = geos.toGeometry(polygon);
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

Expected<Polygon> repaired(const Polygon& polygon) {
  const Geos geos;
  const auto geometry = geos.toGeometry(polygon);
  if (!geometry) return geos.error();
  return geos.fromGeometry(geometry.get());
}

Polygon withVerticesOf(const Polygon& polygon, const Polygon& neighbour, double tolerance) {
  std::vector<Point> candidates;
  for (const auto& ring : neighbour.rings)
    for (const Point p : ring)
      if (std::isfinite(p.x) && std::isfinite(p.y)) candidates.push_back(p);
  std::ranges::sort(candidates, {}, &Point::x);
  Polygon out;
  for (const auto& ring : polygon.rings) {
    Ring noded;
    for (size_t i = 0; i < ring.size(); ++i) {
      const Point a = ring[i], b = ring[(i + 1) % ring.size()];
      noded.push_back(a);
      const double low = std::min(a.x, b.x) - tolerance, high = std::max(a.x, b.x) + tolerance;
      std::vector<Point> inner;
      for (auto it = std::ranges::lower_bound(candidates, low, {}, &Point::x); it != candidates.end() && it->x <= high; ++it)
        if (distanceToSegment(*it, a, b) <= tolerance && distanceToSegment(*it, a, a) > tolerance && distanceToSegment(*it, b, b) > tolerance)
          inner.push_back(*it);
      std::ranges::sort(inner, {}, [a](Point p) { return std::hypot(p.x - a.x, p.y - a.y); });
      inner.erase(std::unique(inner.begin(), inner.end()), inner.end());
      noded.insert(noded.end(), inner.begin(), inner.end());
    }
    out.rings.push_back(std::move(noded));
  }
  return out;
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
