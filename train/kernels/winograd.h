// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>

namespace intarsia {

/// The parts of a 3×3 convolution with stride 1 by Winograd's F(4×4, 3×3) in fp32 (Lavin and Gray, Fast Algorithms for
/// Convolutional Neural Networks, 2015): 36 products for each 4×4 outputs and pair of channels instead of 144. The
/// points are 0, ±1/√2, ±√2 and ∞, with which the rounding is less than half of what it is with 0, ±1, ±2 and ∞.
///
/// Pixels are channels-last. Channels come in multiples of kWinogradPanel; their numbers at one of the 36 points lie in
/// panels of that many channels: channel c at `c / kWinogradPanel · panelStride + c % kWinogradPanel`. Strides count
/// floats. Each works on the calling thread.
struct WinogradKernels {
  /// 6×6 pixels of the input to 36 points.
  void (*input)(const float* pixels, int64_t rowStride, int64_t pixelStride, int64_t channels, float* points,
                int64_t pointStride, int64_t panelStride);
  /// 36 points to 4×4 pixels of the result, of which height × width are written; plus bias[c] (may be null), then
  /// max(0, ·) if relu.
  void (*output)(const float* points, int64_t pointStride, int64_t panelStride, int64_t channels, const float* bias,
                 bool relu, float* pixels, int64_t rowStride, int64_t pixelStride, int height, int width);
  /// The transpose of `output`: 4×4 pixels of the result's gradient to 36 points.
  void (*outputGradient)(const float* pixels, int64_t rowStride, int64_t pixelStride, int64_t channels, float* points,
                         int64_t pointStride, int64_t panelStride);
  /// Filters [out][3][3][in] at 36 points, as the right side of `product`: [36][out panels][in][panel]; one panel of them.
  void (*filter)(const float* weight, int64_t out, int64_t in, int64_t panel, float* points);
  /// The same for the gradient of the input: the filters turned by 180°, [36][in panels][out][panel]; one of the in panels.
  void (*filterTurned)(const float* weight, int64_t out, int64_t in, int64_t panel, float* points);
  /// The transpose of `filter`: points [36][out][in] to weights [out][3][3][in], for `count` filters from `from` on.
  void (*filterGradient)(const float* points, int64_t out, int64_t in, int64_t from, int64_t count, float* weight);
  /// c = a · b, or c += a · b. a: rows × steps, its number (r, k) at r · rowStride + k · stepStride; b: panels of steps
  /// × kWinogradPanel, `bPanel` apart; c: rows of kWinogradPanel numbers, its panels `cPanel` apart.
  void (*product)(const float* a, int64_t rowStride, int64_t stepStride, const float* b, int64_t bPanel, int64_t rows,
                  int64_t steps, int64_t panels, float* c, int64_t cRow, int64_t cPanel, bool add);
};

constexpr int64_t kWinogradPanel = 16;
constexpr int kWinogradPoints = 36, kWinogradTile = 4, kWinogradPatch = 6;

}  // namespace intarsia
