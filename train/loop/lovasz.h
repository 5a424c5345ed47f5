// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <vector>

namespace intarsia {

/// One class's part of the Lovász-softmax loss. `p` are the class's probabilities, `truth` 1 where a pixel is of the class.
/// Returns Σ error · Jaccard gradient and writes its derivative with respect to each p. `scratch` is reused between calls.
/// Errors are sorted with 22 bits (two counting passes).
double lovaszOfClass(const float* p, const uint8_t* truth, int64_t n, float* derivative, std::vector<uint64_t>& scratch);

}  // namespace intarsia
