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
  int steps = 100;       // that were planned, as lr_find's num_it; fewer when time was short

  /// fastai's suggestions over the curve without its first steps/10 and its last five points; none when too little is left.
  struct Suggestions {
    double valley = 0;   // in the longest descent, at two thirds: the one to take
    double slide = 0;    // before the loss begins to change fast, seen from the end
    double minimum = 0;  // a tenth of the rate with the lowest loss
    double steep = 0;    // where the loss falls fastest over ln(rate)
  };
  std::optional<Suggestions> suggestions() const;

  std::string toJson() const;  // {"rates", "losses", "steps", "suggestions"}
  static Expected<RateCurve> fromJson(std::string_view text, const std::string& file);
};

/// The rates and the stopping rule of the test: exponential, in 100 steps as in fastai. With a limit, the steps grow as soon as it shows that
/// not all of them fit into it, so that the whole range is seen in at least 40.
class RateTest {
 public:
  static constexpr int kSteps = 100, kFewest = 40;
  static constexpr double kFirst = 1e-7, kLast = 10, kSmoothing = 0.98, kDiverged = 4;
  /// `limit`: seconds; 0 = none.
  explicit RateTest(double limit = 0) : m_limit(limit) {}
  double rate() const;  // of the next step
  /// Takes a step's loss, `seconds` after the test began; false when the curve is complete or the smoothed loss is over 4 times its best.
  bool add(double loss, RateCurve& curve, double seconds = 0);
  int done() const { return m_count; }
  int left() const { return m_left; }
  double secondsPerStep() const { return m_perStep; }  // of the first one, then without it: it warms up

 private:
  const double m_limit;
  double m_value = 0, m_best = 0, m_position = 0, m_firstSeconds = 0, m_perStep = 0;
  int m_count = 0, m_left = kSteps + 1;
  bool m_shortened = false;
};

}  // namespace intarsia
