// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/cuda/device_loss.h"

namespace intarsia {

using torch::Tensor;

namespace {

template <class T>
T* data(const Tensor& t) {
  return static_cast<T*>(t.data_ptr());
}

/// Adds weight · Lovász to `loss`. Sorting and running sums are Torch's.
void addLovasz(const DeviceKernels& kernels, const Tensor& logits, const Tensor& target, const LossOptions& options,
               const Tensor& allowed, const device::StepControl* control, int part, const Tensor& counts,
               DeviceLoss& loss) {
  const int64_t channels = logits.size(1), rows = target.numel(), drawn = std::min<int64_t>(options.lovaszPixels, rows);
  const auto floats = logits.options().dtype(torch::kFloat);
  const Tensor upTo = counts.cumsum(0, torch::kInt), index = torch::empty({drawn}, floats.dtype(torch::kInt));
  const Tensor shares = torch::empty({channels, drawn}, floats), errors = torch::empty_like(shares),
               derivatives = torch::empty_like(shares), parts = torch::empty_like(shares);
  device::LovaszArguments a{};
  a.rows = rows;
  a.drawn = drawn;
  a.logits = logits.data_ptr();
  a.gradient = loss.gradient.data_ptr();
  a.target = target.data_ptr<int64_t>();
  a.allowed = data<uint8_t>(allowed);
  a.upTo = data<int>(upTo);
  a.index = data<int>(index);
  a.shares = data<float>(shares), a.errors = data<float>(errors), a.derivatives = data<float>(derivatives),
  a.parts = data<float>(parts);
  a.control = control;
  a.channels = int(channels);
  a.part = part;
  a.weight = float(options.lovasz);
  const bool half = logits.scalar_type() == torch::kBFloat16;
  a.count = drawn;
  kernels.run(kernel::drawPixels, a);
  kernels.run(half ? kernel::lovaszErrorsHalf : kernel::lovaszErrorsFloat, a);
  const auto [sorted, order] = errors.sort(1, true);
  Tensor hits = torch::empty({channels, drawn}, floats.dtype(torch::kInt));
  a.sorted = data<float>(sorted);
  a.order = order.data_ptr<int64_t>();
  a.hits = data<int>(hits);
  a.count = channels * drawn;
  kernels.run(kernel::lovaszHits, a);
  hits = hits.cumsum(1, torch::kInt);
  a.hits = data<int>(hits);
  kernels.run(kernel::lovaszSteps, a);
  const Tensor present = (hits.select(1, drawn - 1) > 0).sum().clamp_min(1);
  a.present = present.data_ptr<int64_t>();
  a.count = drawn;
  kernels.run(half ? kernel::addLovaszHalf : kernel::addLovaszFloat, a);
  loss.value = loss.value + parts.sum(torch::kDouble) * options.lovasz / present;
}

}  // namespace

DeviceLoss deviceLoss(const DeviceKernels& kernels, const Tensor& logits, const Tensor& target,
                      const LossOptions& options, const Tensor& allowed, const device::StepControl* control, int part) {
  torch::NoGradGuard noGrad;
  const Tensor z = logits.detach().contiguous(at::MemoryFormat::ChannelsLast), t = target.contiguous(),
               counts = t.reshape({-1}) >= 0;
  const auto options32 = z.options().dtype(torch::kFloat);
  DeviceLoss loss;
  loss.pixels = counts.sum();
  loss.gradient = torch::empty_like(z);
  loss.answers = torch::empty({t.numel()}, options32.dtype(torch::kInt));
  const Tensor losses = torch::empty({t.numel()}, options32), some = loss.pixels.clamp_min(1);
  device::PixelLossArguments a{};
  a.count = t.numel();
  a.logits = z.data_ptr();
  a.target = t.data_ptr<int64_t>();
  a.gradient = loss.gradient.data_ptr();
  a.losses = data<float>(losses);
  a.answers = data<int>(loss.answers);
  a.allowed = data<uint8_t>(allowed);
  a.pixels = some.data_ptr<int64_t>();
  a.channels = int(z.size(1));
  a.smoothing = float(options.labelSmoothing);
  const bool half = z.scalar_type() == torch::kBFloat16;
  kernels.run(half ? kernel::pixelLossHalf : kernel::pixelLossFloat, a);
  loss.value = losses.sum(torch::kDouble) / some;
  if (options.lovasz > 0) addLovasz(kernels, z, t, options, allowed, control, part, counts, loss);
  return loss;
}

}  // namespace intarsia
