// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/geometry/polygon.h"

namespace intarsia {

/// Sign of (b − a) × (c − a), exact for all finite coordinates: > 0 when a, b, c turn clockwise on screen (y downwards), 0 when collinear.
int orientation(Point a, Point b, Point c);

}  // namespace intarsia
