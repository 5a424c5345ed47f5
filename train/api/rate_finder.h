// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace intarsia {

/// What a test with a rising learning rate gave (Smith 2015, as fastai's lr_find): rates and smoothed losses, one per step.
struct RateCurve {
  std::vector<double> rates, losses;

  /// fastai's suggestions over the curve without its first tenth and its last five points; none when too little is left.
  struct Suggestions {
    double valley = 0;   // in the longest descent, at two thirds: the one to take
    double slide = 0;    // before the loss begins to change fast, seen from the end
    double minimum = 0;  // a tenth of the rate with the lowest loss
    double steep = 0;    // where the loss falls fastest over ln(rate)
  };
  std::optional<Suggestions> suggestions() const;

  std::string toJson() const;  // {"rates", "losses", "suggestions"}
  static Expected<RateCurve> fromJson(std::string_view text, const std::string& file);
};

/// The rates and the stopping rule of the test.
struct RateTest {
  static constexpr int kSteps = 100;
  static constexpr double kFirst = 1e-7, kLast = 10, kSmoothing = 0.98, kDiverged = 4;
  static double rateAt(int step);  // exponential
  /// Takes a step's loss; false when the curve is complete or the smoothed loss is over 4 times its best.
  bool add(double loss, RateCurve& curve);

 private:
  double m_value = 0, m_best = 0;
  int m_count = 0;
};

}  // namespace intarsia
