// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/data/class_statistics.h"

#include <algorithm>
#include <numeric>

namespace intarsia {

ClassStatistics ClassStatistics::of(SampleCache& cache, const std::function<bool()>& stop) {
  constexpr int kMost = 2000;
  const int classes = cache.classes();
  const auto n = size_t(classes);
  ClassStatistics out{std::vector<int64_t>(n), std::vector<int64_t>(n), std::vector<std::vector<int>>(n)};
  const int step = std::max(1, cache.count() / kMost);
  for (int i = 0; i < cache.count(); i += step) {
    if (stop && stop()) break;
    const auto picture = cache.picture(i);
    if (!picture) continue;  // the loader tells
    std::vector<int64_t> counts(n);
    const size_t pixels = size_t(picture->size.width) * size_t(picture->size.height);
    for (size_t p = 0; p < pixels; ++p)
      if (picture->labels[p] < classes) ++counts[picture->labels[p]];
    const int64_t all = std::accumulate(counts.begin(), counts.end(), int64_t(0));
    for (size_t c = 0; c < n; ++c) {
      if (counts[c] == 0) continue;
      out.pixels[c] += counts[c];
      out.pixelsWith[c] += all;
      out.pictures[c].push_back(i);
    }
  }
  return out;
}

std::vector<double> ClassStatistics::medianFrequencyWeights() const {
  std::vector<double> frequencies;
  for (size_t c = 0; c < pixels.size(); ++c)
    if (pixels[c] > 0) frequencies.push_back(double(pixels[c]) / double(pixelsWith[c]));
  std::vector<double> weights(pixels.size());
  if (frequencies.empty()) return weights;
  std::sort(frequencies.begin(), frequencies.end());
  const size_t half = frequencies.size() / 2;
  const double median = frequencies.size() % 2 ? frequencies[half] : (frequencies[half - 1] + frequencies[half]) / 2;
  for (size_t c = 0; c < pixels.size(); ++c)
    if (pixels[c] > 0) weights[c] = median * double(pixelsWith[c]) / double(pixels[c]);
  return weights;
}

std::vector<int> ClassStatistics::rare() const {
  const int64_t all = std::accumulate(pixels.begin(), pixels.end(), int64_t(0));
  const auto present = std::count_if(pixels.begin(), pixels.end(), [](int64_t n) { return n > 0; });
  std::vector<int> out;
  for (size_t c = 0; c < pixels.size(); ++c)
    if (pixels[c] > 0 && pixels[c] * present * 2 < all) out.push_back(int(c));
  return out;
}

}  // namespace intarsia
