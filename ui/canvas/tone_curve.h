// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/image.h"

namespace intarsia {

/// How the picture is shown, not what it is: labels, training and export never see it.
struct Adjustments {
  int brightness = 0;   // −100 … 100 percent of the range
  int contrast = 0;     // −100 … 100; 100 = a step
  double gamma = 1;     // 0.1 … 5; above 1 brightens the middle
  bool stretch = false; // from the 0.1 to the 99.9 percentile of the picture; 16-bit pictures always are
  bool operator==(const Adjustments&) const = default;
  bool neutral() const { return *this == Adjustments{}; }
};

/// From stored samples to screen values: 256 entries for 8 bits, 65,536 for 16.
using ToneCurve = std::vector<uint8_t>;

/// Where 0.1 % and 99.9 % of the samples lie, over all channels.
struct ToneRange {
  int low = 0, high = 255;
};
ToneRange toneRange(const Image& image);

ToneCurve toneCurve(const Adjustments& adjustments, int bits, ToneRange range);

}  // namespace intarsia
