// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/nets/winograd.h"

#include <torch/csrc/jit/frontend/tracer.h>
#include <cstring>

#include "train/kernels/kernels.h"
#include "train/kernels/share.h"

namespace intarsia {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

constexpr auto kLast = at::MemoryFormat::ChannelsLast;
constexpr int64_t kGradientTiles = 192;   // of which the products for the weights' gradient are summed at once
constexpr int64_t kMostFloats = 1 << 17;  // at the points of one piece of work: about what the second cache holds
constexpr int64_t kLeastTiles = 24;       // of fewer the filters' way to their points costs more than is saved

std::unique_ptr<float[]> floats(int64_t count) { return std::make_unique_for_overwrite<float[]>(size_t(count)); }
int64_t upTo(int64_t value, int64_t step) { return (value + step - 1) / step; }

/// body(k, numbers of its own) for k < count, shared out; the numbers, `each` per thread, are allocated here, where
/// memory may run out.
template <class F>
void shareOutWith(int64_t each, int64_t count, F&& body) {
  const int64_t threads = std::min<int64_t>(count, at::get_num_threads());
  const auto scratch = floats(threads * each);
  shareOut(threads, [&](int64_t thread) {
    for (int64_t k = thread; k < count; k += threads) body(k, scratch.get() + thread * each);
  });
}

/// A channels-last picture in tiles of 4×4 pixels; those at the right and bottom may be incomplete.
struct Tiled {
  int64_t height, width, channels, across, down, count;
  explicit Tiled(const Tensor& x)
      : height(x.size(2)),
        width(x.size(3)),
        channels(x.size(1)),
        across(upTo(width, kWinogradTile)),
        down(upTo(height, kWinogradTile)),
        count(x.size(0) * across * down) {}

  struct Place {
    int64_t image, y, x;
  };
  Place at(int64_t tile) const {
    return {tile / (across * down), tile / across % down * kWinogradTile, tile % across * kWinogradTile};
  }
};

/// Calls body(first number, floats per row) with size × size pixels whose upper left one is (y, x) of an image; outside
/// it they are 0.
template <class F>
void withPatch(const float* images, const Tiled& of, int64_t image, int64_t y, int64_t x, int size, float* scratch,
               F&& body) {
  const int64_t row = of.width * of.channels;
  const float* from = images + image * of.height * row;
  if (y >= 0 && x >= 0 && y + size <= of.height && x + size <= of.width)
    return body(from + y * row + x * of.channels, row);
  const int64_t left = std::max<int64_t>(0, -x), right = std::clamp<int64_t>(of.width - x, left, size);
  for (int64_t i = 0; i < size; ++i) {
    float* to = scratch + i * size * of.channels;
    std::fill_n(to, size * of.channels, 0.f);
    if (y + i >= 0 && y + i < of.height)
      std::copy_n(from + (y + i) * row + (x + left) * of.channels, (right - left) * of.channels,
                  to + left * of.channels);
  }
  body(scratch, size * of.channels);
}

/// The filters at 36 points; `turned` for the gradient of the input.
Tensor filters(const Tensor& weight, bool turned) {
  const int64_t out = weight.size(0), in = weight.size(1);
  const Tensor points = torch::empty({kWinogradPoints, out, in}, weight.options().requires_grad(false));
  const float* from = weight.data_ptr<float>();
  float* to = points.data_ptr<float>();
  const auto run = turned ? kernels().winograd->filterTurned : kernels().winograd->filter;
  shareOut((turned ? in : out) / kWinogradPanel, [&](int64_t panel) { run(from, out, in, panel, to); });
  return points;
}

/// The convolution itself; `filters` at their points, `bias` may be null.
Tensor convolve(const Tensor& x, const Tensor& filters, int64_t outputs, int64_t padding, const float* bias,
                bool relu) {
  const Tensor y =
      torch::empty({x.size(0), outputs, x.size(2) + 2 * padding - 2, x.size(3) + 2 * padding - 2}, x.options(), kLast);
  const Tiled in(x), out(y);
  const int64_t channels = in.channels, each = upTo(out.count, at::get_num_threads());
  const int64_t fit = std::max<int64_t>(12, kMostFloats / (kWinogradPoints * (channels + outputs)) / 6 * 6),
                tiles = std::min(fit, upTo(each, 6) * 6);
  const auto& run = *kernels().winograd;
  const float *from = x.data_ptr<float>(), *points = filters.data_ptr<float>();
  float* to = y.data_ptr<float>();
  const int64_t scratch = kWinogradPoints * (tiles * (channels + outputs) + channels);
  shareOutWith(scratch, upTo(out.count, tiles), [&](int64_t piece, float* left) {
    const int64_t first = piece * tiles, n = std::min(tiles, out.count - first);
    const int64_t leftPoint = n * channels, productPoint = n * outputs;
    float *products = left + kWinogradPoints * leftPoint, *patch = products + kWinogradPoints * productPoint;
    for (int64_t t = 0; t < n; ++t) {
      const auto place = out.at(first + t);
      withPatch(from, in, place.image, place.y - padding, place.x - padding, kWinogradPatch, patch,
                [&](const float* pixels, int64_t row) {
                  run.input(pixels, row, channels, channels, left + t * channels, leftPoint, kWinogradPanel);
                });
    }
    for (int64_t p = 0; p < kWinogradPoints; ++p)
      run.product(left + p * leftPoint, channels, 1, points + p * channels * outputs, channels * kWinogradPanel, n,
                  channels, outputs / kWinogradPanel, products + p * productPoint, outputs, kWinogradPanel, false);
    for (int64_t t = 0; t < n; ++t) {
      const auto [image, top, side] = out.at(first + t);
      run.output(products + t * outputs, productPoint, kWinogradPanel, outputs, bias, relu,
                 to + ((image * out.height + top) * out.width + side) * outputs, out.width * outputs, outputs,
                 int(std::min<int64_t>(kWinogradTile, out.height - top)),
                 int(std::min<int64_t>(kWinogradTile, out.width - side)));
    }
  });
  return y;
}

/// The gradient of the weights: tiles by tiles at the points of both sides, their products summed over the tiles.
Tensor weightGradient(const Tensor& x, const Tensor& dy, const Tensor& weight, int64_t padding) {
  const Tiled in(x), out(dy);
  const int64_t channels = in.channels, outputs = out.channels, perPoint = channels * outputs;
  const int64_t leftPoint = kGradientTiles * outputs, rightPoint = kGradientTiles * channels;
  const auto left = floats(kWinogradPoints * leftPoint), right = floats(kWinogradPoints * rightPoint),
             sums = floats(kWinogradPoints * perPoint);
  const auto& run = *kernels().winograd;
  const float *images = x.data_ptr<float>(), *gradients = dy.data_ptr<float>();
  const int64_t rows = std::min<int64_t>(outputs, 48), pieces = upTo(outputs, rows);
  for (int64_t first = 0; first < out.count; first += kGradientTiles) {
    const int64_t n = std::min(kGradientTiles, out.count - first), panel = n * kWinogradPanel;
    constexpr int64_t kTogether = 8;
    shareOutWith(kWinogradPoints * std::max(channels, outputs), upTo(n, kTogether), [&](int64_t k, float* patch) {
      for (int64_t t = k * kTogether; t < std::min(n, (k + 1) * kTogether); ++t) {
        const auto place = out.at(first + t);
        withPatch(
            gradients, out, place.image, place.y, place.x, kWinogradTile, patch, [&](const float* pixels, int64_t row) {
              run.outputGradient(pixels, row, outputs, outputs, left.get() + t * outputs, leftPoint, kWinogradPanel);
            });
        withPatch(images, in, place.image, place.y - padding, place.x - padding, kWinogradPatch, patch,
                  [&](const float* pixels, int64_t row) {
                    run.input(pixels, row, channels, channels, right.get() + t * kWinogradPanel, rightPoint, panel);
                  });
      }
    });
    shareOut(kWinogradPoints * pieces, [&](int64_t k) {
      const int64_t p = k / pieces, row = k % pieces * rows;
      run.product(left.get() + p * leftPoint + row, 1, outputs, right.get() + p * rightPoint, panel,
                  std::min(rows, outputs - row), n, channels / kWinogradPanel,
                  sums.get() + p * perPoint + row * channels, channels, kWinogradPanel, first > 0);
    });
  }
  const Tensor gradient = torch::empty(weight.sizes(), weight.options(), kLast);
  float* to = gradient.data_ptr<float>();
  shareOut(outputs / kWinogradPanel, [&](int64_t k) {
    run.filterGradient(sums.get(), outputs, channels, k * kWinogradPanel, kWinogradPanel, to);
  });
  return gradient;
}

struct WinogradConv : torch::autograd::Function<WinogradConv> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const Tensor& bias,
                        int64_t padding) {
    context->save_for_backward({x, weight});
    context->saved_data["padding"] = padding;
    context->saved_data["biased"] = bias.numel() > 0;
    return convolve(x, filters(weight, false), weight.size(0), padding, bias.numel() ? bias.data_ptr<float>() : nullptr,
                    false);
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], dy = gradients[0].contiguous(kLast);
    const int64_t padding = context->saved_data["padding"].toInt();
    return {
        x.requires_grad() ? convolve(dy, filters(weight, true), weight.size(1), 2 - padding, nullptr, false) : Tensor(),
        weight.requires_grad() ? weightGradient(x, dy, weight, padding) : Tensor(),
        context->saved_data["biased"].toBool() ? dy.sum({0, 2, 3}) : Tensor(), Tensor()};
  }
};

}  // namespace

bool winogradFits(const Tensor& x, const Tensor& weight, int64_t padding) {
  return kernels().winograd && padding <= 2 && x.is_cpu() && !torch::jit::tracer::isTracing() &&
         x.scalar_type() == torch::kFloat && weight.scalar_type() == torch::kFloat && x.is_contiguous(kLast) &&
         Tiled(x).count >= kLeastTiles && weight.is_contiguous(kLast) && weight.size(2) == 3 && weight.size(3) == 3 &&
         weight.size(0) % kWinogradPanel == 0 && weight.size(1) % kWinogradPanel == 0 && weight.size(1) == x.size(1);
}

Tensor winogradConv(const Tensor& x, const Tensor& weight, const Tensor& bias, int64_t padding) {
  return WinogradConv::apply(x, weight, bias.defined() ? bias : torch::empty({0}), padding);
}

Tensor winogradFilters(const Tensor& weight) { return filters(weight, false); }

Tensor winogradConv(const Tensor& x, const Tensor& filters, const Tensor& bias, int64_t padding, bool relu) {
  return convolve(x, filters, filters.size(1), padding, bias.defined() ? bias.data_ptr<float>() : nullptr, relu);
}

}  // namespace intarsia
