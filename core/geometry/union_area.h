// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <span>

#include "core/geometry/polygon.h"

namespace intarsia {

/// Area of the union of rings, each taken by the even-odd rule, whether they cross themselves or one another; to rounding, without
/// building the union (20 µs and not milliseconds for two rings of 30 points). None for rings with more than a few thousand points
/// or crossings: there the union itself is faster.
std::optional<double> unionArea(std::span<const Ring> rings);

}  // namespace intarsia
