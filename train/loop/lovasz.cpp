// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/loop/lovasz.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace intarsia {

double lovaszOfClass(const float* p, const uint8_t* truth, int64_t n, float* derivative, std::vector<uint64_t>& scratch) {
  constexpr int kBits = 11;
  constexpr uint32_t kBins = 1u << kBits, kTop = (1u << 2 * kBits) - 1;
  scratch.resize(size_t(2 * n));
  uint64_t *items = scratch.data(), *sorted = items + n;
  std::array<std::array<uint32_t, kBins + 1>, 2> starts{};
  int64_t positives = 0;
  for (int64_t i = 0; i < n; ++i) {
    const float error = truth[i] ? 1 - p[i] : p[i];
    const auto key = kTop - uint32_t(std::clamp(error, 0.f, 1.f) * float(kTop));  // ascending keys = descending errors
    items[i] = uint64_t(key) << 32 | uint64_t(i);
    ++starts[0][(key & (kBins - 1)) + 1];
    ++starts[1][(key >> kBits) + 1];
    positives += truth[i];
  }
  for (int pass = 0; pass < 2; ++pass) {
    auto& start = starts[size_t(pass)];
    for (uint32_t b = 0; b < kBins; ++b) start[b + 1] += start[b];
    for (int64_t i = 0; i < n; ++i) sorted[start[items[i] >> (32 + pass * kBits) & (kBins - 1)]++] = items[i];
    std::swap(items, sorted);
  }
  double loss = 0, before = 0;
  int64_t hits = 0;
  for (int64_t k = 0; k < n; ++k) {
    const auto i = uint32_t(items[k]);
    hits += truth[i];
    const double jaccard = 1 - double(positives - hits) / double(positives + (k + 1 - hits));
    const double step = jaccard - before;
    before = jaccard;
    loss += step * (truth[i] ? 1 - p[i] : p[i]);
    derivative[i] = float(truth[i] ? -step : step);
  }
  return loss;
}

}  // namespace intarsia
