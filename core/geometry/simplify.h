// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/geometry/polygon.h"

namespace intarsia {

/// Ramer–Douglas–Peucker: every left-out vertex lies within `tolerance` pixels of the new border. A ring that would keep fewer than
/// three points stays as it is. Tolerance 0 removes only what lies exactly on a straight line.
Ring simplified(const Ring& ring, double tolerance);
Polygon simplified(const Polygon& polygon, double tolerance);
/// The same for an open line, drawn by hand for example: its ends stay.
Ring simplifiedLine(const Ring& line, double tolerance);

}  // namespace intarsia
