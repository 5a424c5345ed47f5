// SPDX-License-Identifier: GPL-3.0-or-later
// A training picture of 360 × 270 as it is augmented, one thread: turned and scaled alone, and with a tone, blur and noise.
#include <benchmark/benchmark.h>

#include "train/api/augment.h"

namespace {

using namespace intarsia;

void augment(benchmark::State& state, double blur, double noise, double gamma) {
  const Size size{360, 270};
  std::vector<uint8_t> rgb(size_t(size.width) * size_t(size.height) * 3);
  std::vector<uint16_t> labels(rgb.size() / 3, 1), drawnLabels(labels.size());
  std::vector<float> drawn(rgb.size());
  Random random(3);
  for (auto& value : rgb) value = uint8_t(random.next());
  Recipe recipe;
  recipe.gamma = gamma;
  Augmentation a = Augmentation::draw(recipe, size, size, Random(1));
  a.blur = blur, a.noise = noise;
  for (auto _ : state) {
    sampleAugmented({size, rgb.data(), labels.data()}, a, size, drawn.data(), drawnLabels.data());
    benchmark::DoNotOptimize(drawn.data());
  }
}

BENCHMARK_CAPTURE(augment, plain, 0, 0, 0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(augment, tone, 0, 0, 0.3)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(augment, blur, 0.8, 0, 0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(augment, wideBlur, 2, 0, 0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(augment, noise, 0, 4, 0)->Unit(benchmark::kMillisecond);

}  // namespace
