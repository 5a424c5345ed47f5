// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "core/base/error.h"
#include "core/base/job.h"
#include "core/geometry/polygon.h"

namespace intarsia {

/// Boolean operations on areas (even-odd within each operand). Operands that cross themselves are repaired first; rings without
/// area vanish. The result's rings are: an outside, its holes, the next outside … Any thread.
Expected<Polygon> united(std::span<const Polygon> polygons, const Job& job = {});
Expected<Polygon> united(const Polygon& a, const Polygon& b, const Job& job = {});
Expected<Polygon> subtracted(const Polygon& a, const Polygon& b, const Job& job = {});
Expected<Polygon> intersected(const Polygon& a, const Polygon& b, const Job& job = {});
/// The same area as valid, non-crossing rings.
Expected<Polygon> repaired(const Polygon& polygon, const Job& job = {});

/// What `line` (open, two points or more) cuts the polygon into, the largest piece first. Parts that it does not cut stay with that
/// piece; if it cuts nothing, the polygon as it is comes back alone.
Expected<std::vector<Polygon>> sliced(const Polygon& polygon, const Ring& line, const Job& job = {});

/// A point where the ring crosses itself; touching itself at a point is no crossing.
std::optional<Point> selfIntersection(const Ring& ring);

}  // namespace intarsia
