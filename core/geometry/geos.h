// SPDX-License-Identifier: GPL-3.0-or-later
// For this room's sources alone.
#pragma once
#define GEOS_USE_ONLY_R_API
#include <geos_c.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/job.h"
#include "core/geometry/polygon.h"

namespace intarsia {

/// A GEOS context for one call: its errors become the reason of ours and are never printed. One thread, on which GEOS looks after
/// the job while this lives: operations of a job that is cancelled fail soon.
class Geos {
 public:
  explicit Geos(const Job& job = {});
  ~Geos();
  Geos(const Geos&) = delete;
  Geos& operator=(const Geos&) = delete;

  struct Destroy {
    GEOSContextHandle_t context;
    void operator()(GEOSGeometry* geometry) const { GEOSGeom_destroy_r(context, geometry); }
  };
  using Ptr = std::unique_ptr<GEOSGeometry, Destroy>;
  Ptr own(GEOSGeometry* geometry) const { return Ptr(geometry, Destroy{m_context}); }
  GEOSContextHandle_t context() const { return m_context; }
  std::unexpected<Error> error() const;

  /// An open line of at least two points.
  Ptr line(const Ring& points) const;
  Ptr polygon(const Ring& outside, const std::vector<const Ring*>& holes) const;
  /// A valid area, even-odd; null on failure.
  Ptr toGeometry(const Polygon& polygon) const;
  Polygon fromGeometry(const GEOSGeometry* geometry) const;

 private:
  GEOSCoordSequence* sequence(const Ring& points, bool closed) const;
  Ptr ring(const Ring& points) const;
  Ptr collect(std::vector<Ptr> made) const;
  void append(const GEOSGeometry* line, Polygon& out) const;
  GEOSContextHandle_t m_context;
  std::string m_reason;
  Job m_job;
  const Job* m_outer;  // looked after before, on this thread
};

}  // namespace intarsia
