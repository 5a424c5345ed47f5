// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/loop/loss.h"

#include <numeric>

#include "train/kernels/kernels.h"
#include "train/kernels/share.h"
#include "train/loop/lovasz.h"

namespace intarsia {

using torch::Tensor;

LossOptions LossOptions::of(const Recipe& recipe, const ClassTable& classes, std::vector<double> weights) {
  LossOptions options;
  for (const auto& c : classes) options.allowed.push_back(!c.ignore);
  options.weights = weights.empty() ? recipe.weightList() : std::move(weights);
  options.labelSmoothing = recipe.labelSmoothing;
  options.focalGamma = recipe.focalGamma;
  options.ohemThreshold = recipe.ohemThreshold;
  options.ohemKeep = recipe.ohemKeep;
  if (recipe.loss == "ce+lovasz") options.lovasz = recipe.lovaszWeight;
  if (recipe.loss == "ce+dice" || recipe.loss == "dice") options.dice = recipe.diceWeight;
  if (recipe.loss == "dice") options.base = Base::none;
  if (recipe.loss == "focal") options.base = Base::focal;
  if (recipe.loss == "bce") options.base = Base::bce;
  if (recipe.loss == "ohem") options.base = Base::ohem;
  return options;
}

namespace {

constexpr int64_t kChunk = 4096;  // pixels: partial sums do not depend on the number of threads

/// At most `most` of the pixels that count, evenly spread with a random start in each stretch.
std::vector<int64_t> drawPixels(const int64_t* target, int64_t rows, int64_t counted, int64_t most, Random& random) {
  std::vector<int64_t> all;
  all.reserve(size_t(counted));
  for (int64_t i = 0; i < rows; ++i)
    if (target[i] >= 0) all.push_back(i);
  if (counted <= most) return all;
  std::vector<int64_t> drawn(static_cast<size_t>(most));
  const double stretch = double(counted) / double(most);
  for (int64_t k = 0; k < most; ++k)
    drawn[size_t(k)] = all[std::min(size_t((double(k) + double(random.next()) * 0x1p-32) * stretch), all.size() - 1)];
  return drawn;
}

inline float read(float x) { return x; }
inline float read(Bf16 x) { return std::bit_cast<float>(uint32_t(x.bits) << 16); }
inline void write(float& at, float x) { at = x; }
inline void write(Bf16& at, float x) { at.bits = c10::detail::round_to_nearest_even(x); }

/// Adds weight · Lovász to `gradient` and returns its value.
template <class T>
double addLovasz(const T* logits, const int64_t* target, T* gradient, int64_t rows, int64_t channels, int64_t counted, const LossOptions& options,
                 Random& random) {
  const std::vector<int64_t> drawn = drawPixels(target, rows, counted, options.lovaszPixels, random);
  const auto n = int64_t(drawn.size());
  std::vector<uint8_t> present(static_cast<size_t>(channels));
  for (const int64_t i : drawn) present[size_t(target[i])] = 1;
  std::vector<int64_t> classes;
  for (int64_t c = 0; c < channels; ++c)
    if (present[size_t(c)]) classes.push_back(c);
  // probabilities and derivatives, class by class
  std::vector<float> p(size_t(n * channels)), d(size_t(n * channels));
  const int64_t chunks = (n + kChunk - 1) / kChunk;
  shareOut(chunks, [&](int64_t chunk) {
    for (int64_t k = chunk * kChunk; k < std::min(n, (chunk + 1) * kChunk); ++k) {
      const T* z = logits + drawn[size_t(k)] * channels;
      float top = -std::numeric_limits<float>::infinity(), sum = 0;
      for (int64_t c = 0; c < channels; ++c)
        if (options.allowed[size_t(c)]) top = std::max(top, read(z[c]));
      for (int64_t c = 0; c < channels; ++c) sum += p[size_t(c * n + k)] = options.allowed[size_t(c)] ? std::exp(read(z[c]) - top) : 0;
      for (int64_t c = 0; c < channels; ++c) p[size_t(c * n + k)] /= sum;
    }
  });
  std::vector<double> values(classes.size());
  shareOut(int64_t(classes.size()), [&](int64_t k) {
    std::vector<uint64_t> scratch;
    std::vector<uint8_t> truth(static_cast<size_t>(n));
    const int64_t c = classes[size_t(k)];
    for (int64_t i = 0; i < n; ++i) truth[size_t(i)] = target[drawn[size_t(i)]] == c;
    values[size_t(k)] = lovaszOfClass(&p[size_t(c * n)], truth.data(), n, &d[size_t(c * n)], scratch);
  });
  const float weight = float(options.lovasz / double(classes.size()));
  // A pixel that was drawn twice belongs to one chunk: two threads would add to it in one order or the other.
  const auto beginOf = [&](int64_t chunk) {
    int64_t k = std::min(n, chunk * kChunk);
    while (k > 0 && k < n && drawn[size_t(k)] == drawn[size_t(k - 1)]) ++k;
    return k;
  };
  shareOut(chunks, [&](int64_t chunk) {
    for (int64_t k = beginOf(chunk), end = beginOf(chunk + 1); k < end; ++k) {
      float mean = 0;
      for (const int64_t c : classes) mean += p[size_t(c * n + k)] * d[size_t(c * n + k)];
      T* g = gradient + drawn[size_t(k)] * channels;
      for (int64_t c = 0; c < channels; ++c) write(g[c], read(g[c]) + weight * p[size_t(c * n + k)] * (d[size_t(c * n + k)] - mean));
    }
  });
  return std::accumulate(values.begin(), values.end(), 0.0) / double(classes.size());
}

template <class T>
Loss lossOnCpu(const Tensor& logits, const Tensor& target, const LossOptions& options, Random& random) {
  const Tensor z = logits.detach().contiguous(at::MemoryFormat::ChannelsLast), t = target.contiguous();
  const int64_t channels = z.size(1), rows = z.numel() / channels;
  const int64_t* truth = t.data_ptr<int64_t>();
  Loss loss;
  for (int64_t i = 0; i < rows; ++i) loss.pixels += truth[i] >= 0;
  if (loss.pixels == 0) return loss;
  loss.gradient = torch::empty_like(z);
  const auto* in = static_cast<const T*>(z.data_ptr());
  auto* out = static_cast<T*>(loss.gradient.data_ptr());
  std::vector<double> parts(size_t((rows + kChunk - 1) / kChunk));
  const auto& kernel = kernels().of<T>();
  shareOut(int64_t(parts.size()), [&](int64_t k) {
    const int64_t at = k * kChunk;
    parts[size_t(k)] = kernel.crossEntropy(in + at * channels, truth + at, out + at * channels, std::min(kChunk, rows - at), channels,
                                           options.allowed.data(), float(1 / double(loss.pixels)), float(options.labelSmoothing));
  });
  loss.value = std::accumulate(parts.begin(), parts.end(), 0.0) / double(loss.pixels);
  if (options.lovasz > 0) loss.value += options.lovasz * addLovasz(in, truth, out, rows, channels, loss.pixels, options, random);
  return loss;
}

}  // namespace

Loss segmentationLoss(const Tensor& logits, const Tensor& target, const LossOptions& options, Random random) {
  if (!logits.is_cpu() || !options.fused()) return segmentationLossByTorch(logits, target, options, random);
  if (logits.scalar_type() == torch::kBFloat16) return lossOnCpu<Bf16>(logits, target, options, random);
  return lossOnCpu<float>(logits, target, options, random);
}

}  // namespace intarsia
