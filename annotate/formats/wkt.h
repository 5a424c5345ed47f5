// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/geometry/polygon.h"

namespace intarsia {

/// POLYGON and MULTIPOLYGON in well-known text: each polygon with its holes as further rings. POINT, LINESTRING and EMPTY give none.
Expected<std::vector<Polygon>> parseWkt(std::string_view text);

}  // namespace intarsia
