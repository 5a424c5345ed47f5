// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/loop/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace intarsia {
namespace {

/// From a to b, flat at both ends: fastai's SchedCos.
double cosine(double a, double b, double position) { return b + (a - b) * (1 + std::cos(std::numbers::pi * std::clamp(position, 0.0, 1.0))) / 2; }

double peakOf(const Recipe& recipe, const RecipeStage& stage) { return stage.rate > 0 ? stage.rate : recipe.learningRate; }
double warmupOf(const Recipe& recipe, const RecipeStage& stage) { return stage.warmup >= 0 ? stage.warmup : recipe.warmup; }

}  // namespace

double learningRateAt(const Recipe& recipe, const RecipeStage& stage, double done, double plateau) {
  const double peak = peakOf(recipe, stage), warmup = warmupOf(recipe, stage), start = peak / recipe.startDivisor, end = peak / recipe.endDivisor;
  if (done < warmup) return recipe.warmupShape == "cosine" ? cosine(start, peak, done / warmup) : start + (peak - start) * done / warmup;
  const double rest = std::min(1.0, (done - warmup) / (1 - warmup));
  if (recipe.schedule == "constant") return peak;
  if (recipe.schedule == "plateau") return peak * plateau;
  if (recipe.schedule == "poly") return end + (peak - end) * std::pow(1 - rest, recipe.power);
  if (recipe.schedule == "flat-cosine") return done < recipe.flat ? peak : cosine(peak, end, (done - recipe.flat) / (1 - recipe.flat));
  return cosine(peak, end, rest);
}

void Plateau::add(const Recipe& recipe, double loss) {
  if (best == 0 || loss < best * (1 - 1e-4)) {
    best = loss;
    epochs = 0;
  } else if (++epochs > recipe.patience) {
    factor *= recipe.plateauFactor;
    epochs = 0;
  }
}

double momentumAt(const Recipe& recipe, const RecipeStage& stage, double done) {
  if (recipe.schedule != "one-cycle" || recipe.momentumLow <= 0) return recipe.momentum;
  const double warmup = warmupOf(recipe, stage);
  if (done < warmup) return cosine(recipe.momentum, recipe.momentumLow, done / warmup);
  return cosine(recipe.momentumLow, recipe.momentum, (done - warmup) / (1 - warmup));
}

double decayFrom(const Recipe& recipe, double rate, double done) {
  return cosine(rate, std::min(rate, recipe.learningRate / recipe.endDivisor), done);
}

}  // namespace intarsia
