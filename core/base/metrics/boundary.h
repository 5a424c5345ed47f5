// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <vector>

#include "core/base/label_map.h"

namespace intarsia {

/// Boundary F1 of one picture (Csurka et al. 2013, as MATLAB's bfscore), per class: precision is the share of the answer's boundary
/// pixels that lie within `tolerance` pixels of the truth's, recall the converse. A pixel is on a class's boundary when one of its four
/// neighbours that count is of another class. Pixels whose truth is kUnlabelled do not count, in either map. None for a class
/// without a boundary in both maps; 0 when only one of them has one.
std::vector<std::optional<double>> boundaryF1(const LabelMap& truth, const LabelMap& predicted, int classes, double tolerance);

/// 0.75 % of the picture's diagonal, MATLAB's default.
double boundaryTolerance(Size size);

}  // namespace intarsia
