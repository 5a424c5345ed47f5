// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "train/api/recipe.h"

namespace intarsia {

/// What the schedule "plateau" has come down to: torch.optim.lr_scheduler.ReduceLROnPlateau with its defaults.
struct Plateau {
  double factor = 1, best = 0;  // best: 0 = no loss yet
  int epochs = 0;               // without a better loss
  void add(const Recipe& recipe, double loss);
};

/// Learning rate when `done` (0…1) of the stage is spent; the stage's peak and warm-up, else the recipe's. `plateau` is what the
/// schedule of that name has come down to.
double learningRateAt(const Recipe& recipe, const RecipeStage& stage, double done, double plateau = 1);
/// Momentum (Adam's β1): one-cycle moves it against the rate where momentumLow > 0.
double momentumAt(const Recipe& recipe, const RecipeStage& stage, double done);
/// From `rate` down to the end of the recipe's schedule, half a cosine.
double decayFrom(const Recipe& recipe, double rate, double done);

}  // namespace intarsia
