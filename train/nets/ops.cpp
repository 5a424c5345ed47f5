// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/nets/ops.h"

namespace intarsia {

using torch::Tensor;

Tensor normalise(const Tensor& x, torch::nn::BatchNorm2dImpl& norm, bool relu, const Tensor& residual) {
  Tensor y = norm.forward(x);
  if (residual.defined()) y = y + residual;
  return relu ? y.relu() : y;
}

Tensor maxPool2(const Tensor& x) { return at::max_pool2d(x, 2); }

Tensor maxPool3(const Tensor& x) { return at::max_pool2d(x, 3, 2, 1); }

Tensor shuffleConcat(const Tensor& x, const Tensor& skip) {
  Tensor up = at::pixel_shuffle(x, 2);
  const int64_t right = skip.size(3) - up.size(3), bottom = skip.size(2) - up.size(2);
  if (right || bottom) up = at::constant_pad_nd(up, {0, right, 0, bottom});
  return at::cat({up, skip}, 1);
}

Tensor upsampleConcat(const Tensor& x, const Tensor& skip) { return at::cat({upsampleTo(x, skip.size(2), skip.size(3)), skip}, 1); }

Tensor upsampleTo(const Tensor& x, int64_t height, int64_t width) {
  return x.size(2) == height && x.size(3) == width ? x : at::upsample_nearest2d(x, {height, width});
}

}  // namespace intarsia
