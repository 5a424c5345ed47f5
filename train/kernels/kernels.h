// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>

#include "train/kernels/winograd.h"

namespace intarsia {

/// Upper half of a float.
struct Bf16 {
  uint16_t bits;
};

/// Inner loops over channels-last pixels: `rows` pixels of `channels` numbers each, dense. T is float or Bf16; sums are floats.
/// Each works on the calling thread; ops.cpp and loss.cpp share the rows out.
template <class T>
struct PixelKernels {
  /// With d = x − origin[c]: sum[c] += Σ d, squares[c] += Σ d². An origin near the mean keeps Σ d² from drowning the variance.
  void (*sums)(const T* x, const float* origin, int64_t rows, int64_t channels, float* sum, float* squares);
  /// y = x · scale[c] + shift[c] (+ residual), then max(0, ·) if relu. `residual` may be null.
  void (*scaleShift)(const T* x, const T* residual, T* y, int64_t rows, int64_t channels, const float* scale, const float* shift, bool relu);
  /// With g = dy where y > 0 (everywhere if y is null): sum[c] += Σ g, products[c] += Σ g · (x − mean[c]).
  void (*normGradientSums)(const T* dy, const T* x, const T* y, int64_t rows, int64_t channels, const float* mean, float* sum, float* products);
  /// dx = g · a[c] + x · b[c] + d[c]; dresidual = g unless null.
  void (*normGradient)(const T* dy, const T* x, const T* y, T* dx, T* dresidual, int64_t rows, int64_t channels, const float* a, const float* b, const float* d);
  /// Softmax cross-entropy over the channels with allowed[c] != 0. target[i] < 0 is left out. `gradient` = (p − t) · weight with
  /// t = one-hot smoothed by `smoothing` over the allowed channels; 0 where left out. Returns Σ loss.
  double (*crossEntropy)(const T* logits, const int64_t* target, T* gradient, int64_t rows, int64_t channels, const uint8_t* allowed, float weight, float smoothing);
  /// out = Σ of `count` pixels.
  void (*sumOf)(const T* const* pixels, int64_t count, int64_t channels, T* out);
  /// Maxima of 2×2 pixels of two neighbouring rows, and their gradient (to the first of equal ones).
  void (*maxOf4)(const T* top, const T* bottom, T* out, int64_t width, int64_t channels);
  void (*maxOf4Gradient)(const T* g, const T* top, const T* bottom, T* dtop, T* dbottom, int64_t width, int64_t channels);
  /// A row of linear interpolation. The two source rows are `width` pixels, mixed by t; out[x] then lies at share[x] between the mixed
  /// pixels left[x] and left[x] + 1 (the last one is repeated). `scratch`: (width + 1) · padded(channels) floats.
  void (*linearRow)(const T* top, const T* bottom, float t, int64_t width, int64_t channels, const int32_t* left, const float* share, int64_t outWidth,
                    float* scratch, T* out);
  /// Its transpose for one source row: Σ of `count` gradient rows, the k-th times weights[k], spread over the row's pixels.
  /// `scratch`: (width + 1) · padded(channels) + outWidth · channels + kLinearLanes floats.
  void (*linearRowGradient)(const T* const* rows, const float* weights, int64_t count, int64_t width, int64_t channels, const int32_t* left, const float* share,
                            int64_t outWidth, float* scratch, T* out);
};

/// Channels that linearRow works on at once where there are no more than these.
constexpr int64_t kLinearLanes = 16;
constexpr int64_t padded(int64_t channels) { return channels < kLinearLanes ? kLinearLanes : channels; }

struct OptimizerStep {
  float rate, decay, beta1, beta2, epsilon;  // decay: rate × weight decay, decoupled
  float l2;                                  // weight decay that is added to the gradient
  float correction1, correction2;            // 1 − β^t
  float emaKeep;                             // ema = ema · keep + p · (1 − keep)
  float gradientScale;
};

struct Kernels {
  PixelKernels<float> f32;
  PixelKernels<Bf16> bf16;
  /// One pass: gradient in, parameters, moments and running average out. Adam where decay is 0 and l2 is not.
  void (*adamW)(float* p, const float* g, float* m, float* v, float* ema, int64_t n, const OptimizerStep& step);
  /// v = mean of g² with weight `beta2`; step g / (√v + ε), with momentum `beta1` in `m`: torch.optim.RMSprop.
  void (*rmsProp)(float* p, const float* g, float* m, float* v, float* ema, int64_t n, const OptimizerStep& step);
  /// Plain momentum (`beta1`), otherwise as above.
  void (*sgd)(float* p, const float* g, float* m, float* ema, int64_t n, const OptimizerStep& step);
  double (*squares)(const float* x, int64_t n);  // Σ x²; not finite when an element is not
  /// out = a + t · (b − a).
  void (*mix)(const float* a, const float* b, float t, float* out, int64_t n);
  /// For pixels x…x+n of a row, `width` logit pixels wide (`stride` floats apart), interpolated at scale logit pixels per pixel, the row's
  /// first of which is number `offset`:
  /// the class with the highest logit, that logit, and ln Σ e^logit.
  void (*classify)(const float* row, int width, int classes, int stride, int x, int n, float scale, float offset, uint16_t* winner, float* top, float* logSum);
  const WinogradKernels* winograd;  // null without AVX2
  const char* name;  // "avx512", "avx2", "base"

  template <class T>
  const PixelKernels<T>& of() const {
    if constexpr (sizeof(T) == 2) return bf16;
    else return f32;
  }
};

/// The best that this processor runs; INTARSIA_KERNELS=base|avx2 forces another.
const Kernels& kernels();

}  // namespace intarsia
