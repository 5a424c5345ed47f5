// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry/geos.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <iterator>
#include <utility>

#include "core/geometry/nesting.h"
#include "core/geometry/noding.h"

namespace intarsia {
namespace {

thread_local const Job* t_job = nullptr;

struct Stopped : std::exception {
  const char* what() const noexcept override { return "cancelled"; }
};

/// GEOS's own request to stop is one flag for all threads. This is called by the thread that computes, and GEOS ends its operation
/// on any exception.
void stopIfCancelled() {
  if (t_job && t_job->cancelled()) throw Stopped();
}

}  // namespace

Geos::Geos(const Job& job) : m_context(GEOS_init_r()), m_job(job), m_outer(std::exchange(t_job, &m_job)) {
  static const auto before = GEOS_interruptRegisterCallback(stopIfCancelled);
  (void)before;
  GEOSContext_setErrorMessageHandler_r(
      m_context, [](const char* text, void* self) { static_cast<Geos*>(self)->m_reason = text; }, this);
  GEOSContext_setNoticeMessageHandler_r(m_context, [](const char*, void*) {}, nullptr);
}

Geos::~Geos() {
  t_job = m_outer;
  GEOS_finish_r(m_context);
}

std::unexpected<Error> Geos::error() const {
  if (auto go = m_job.check(); !go) return std::unexpected(std::move(go.error()));
  return fail(ErrorCode::failed, INTARSIA_TEXT("The areas cannot be combined: {reason}"),
              {{"reason", m_reason.empty() ? "unknown geometry" : m_reason}});
}

GEOSCoordSequence* Geos::sequence(const Ring& points, bool closed) const {
  const unsigned n = unsigned(points.size()), all = n + closed;
  GEOSCoordSequence* sequence = GEOSCoordSeq_create_r(m_context, all, 2);
  for (unsigned i = 0; sequence && i < all; ++i) GEOSCoordSeq_setXY_r(m_context, sequence, i, points[i % n].x, points[i % n].y);
  return sequence;
}

Geos::Ptr Geos::ring(const Ring& points) const {
  GEOSCoordSequence* made = sequence(points, true);
  return own(made ? GEOSGeom_createLinearRing_r(m_context, made) : nullptr);
}

Geos::Ptr Geos::line(const Ring& points) const {
  GEOSCoordSequence* made = sequence(points, false);
  return own(made ? GEOSGeom_createLineString_r(m_context, made) : nullptr);
}

Geos::Ptr Geos::polygon(const Ring& outside, const std::vector<const Ring*>& holes) const {
  Ptr shell = ring(outside);
  if (!shell) return shell;
  std::vector<GEOSGeometry*> inner;
  for (const Ring* hole : holes)
    if (Ptr made = ring(*hole)) inner.push_back(made.release());
  return own(GEOSGeom_createPolygon_r(m_context, shell.release(), inner.data(), unsigned(inner.size())));
}

Geos::Ptr Geos::collect(std::vector<Ptr> made) const {
  std::vector<GEOSGeometry*> raw;
  for (auto& part : made) raw.push_back(part.release());
  return own(GEOSGeom_createCollection_r(m_context, GEOS_MULTIPOLYGON, raw.data(), unsigned(raw.size())));
}

/// Beyond this GEOS's arithmetic overflows, and no picture is so large.
constexpr double kLargest = 1e12;

Geos::Ptr Geos::toGeometry(const Polygon& source) const {
  Polygon polygon;
  for (const auto& ring : source.rings)
    if (usable(ring) && std::ranges::all_of(ring, [](Point p) { return std::abs(p.x) < kLargest && std::abs(p.y) < kLargest; }))
      polygon.rings.push_back(ring);
  std::vector<Ptr> made;
  for (const Polygon& part : parts(polygon)) {
    std::vector<const Ring*> holes;
    for (size_t i = 1; i < part.rings.size(); ++i) holes.push_back(&part.rings[i]);
    if (Ptr one = this->polygon(part.rings[0], holes)) made.push_back(std::move(one));
  }
  Ptr whole = collect(std::move(made));
  if (!whole || GEOSisValid_r(m_context, whole.get()) == 1) return whole;
  // Rings that cross: even-odd is the symmetric difference of the rings, each repaired for itself. With very many rings the repair
  // of the whole must do, as folding is quadratic.
  if (polygon.rings.size() > 200) return own(GEOSMakeValid_r(m_context, whole.get()));
  Ptr sum = own(GEOSGeom_createEmptyPolygon_r(m_context));
  Polygon plain;
  for (const auto& ring : polygon.rings) std::ranges::move(withoutDoubledEdges(ring).rings, std::back_inserter(plain.rings));
  for (const auto& ring : plain.rings) {
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

}  // namespace intarsia
