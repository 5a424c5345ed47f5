// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cmath>
#include <numbers>

#include "train/api/recipe.h"

namespace intarsia {

/// Learning rate when `done` (0…1) of the budget is spent. one-cycle: a line from 5 % to the peak during the warm-up, then half a
/// cosine down to a thousandth; poly: power 0.9 after the warm-up.
inline double learningRateAt(const Recipe& recipe, double done) {
  const double peak = recipe.learningRate, warmup = recipe.warmup;
  if (done < warmup) return peak * (0.05 + 0.95 * done / warmup);
  const double rest = std::min(1.0, (done - warmup) / (1 - warmup));
  if (recipe.schedule == "constant") return peak;
  if (recipe.schedule == "poly") return peak * std::pow(1 - rest, 0.9) + peak * 1e-3;
  return peak * ((1 + std::cos(std::numbers::pi * rest)) / 2 + 1e-3);
}

}  // namespace intarsia
