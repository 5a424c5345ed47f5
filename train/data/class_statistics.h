// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "train/data/cache.h"

namespace intarsia {

/// How often each class occurs in the pictures of a cache; by class index.
struct ClassStatistics {
  std::vector<int64_t> pixels;            // of the class
  std::vector<int64_t> pixelsWith;        // counted pixels of the pictures that show the class
  std::vector<std::vector<int>> pictures; // that show it

  /// Looks at all pictures, or at 2,000 evenly spread ones. `stop` ends it early with what was seen.
  static ClassStatistics of(SampleCache& cache, const std::function<bool()>& stop = {});
  /// Median-frequency balancing (Eigen & Fergus 2015): median of frequencies / frequency; 0 for a class that does not occur.
  std::vector<double> medianFrequencyWeights() const;
  /// Classes with less than half of an equal share of the pixels; those that occur.
  std::vector<int> rare() const;
};

}  // namespace intarsia
