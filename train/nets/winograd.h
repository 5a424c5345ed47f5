// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <torch/torch.h>

namespace intarsia {

/// 3×3 convolutions with stride 1, forward and both gradients, by Winograd's F(4×4, 3×3): a third to a half of the time
/// of a plain one where the processor has no bf16. Results do not depend on the number of threads, and are off by a few
/// times a plain convolution's rounding.

/// Whether it fits: on the CPU in fp32, channels-last, channels in multiples of 16, pictures that are not tiny, and a
/// processor with AVX2 but not AVX-512 (with which it was not measured).
bool winogradFits(const torch::Tensor& x, const torch::Tensor& weight, int64_t padding);
/// x: N×C×H×W; weight: O×C×3×3; bias: O numbers or undefined; `padding` zeros on each side, at most 2. Differentiable
/// in all three.
torch::Tensor winogradConv(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                           int64_t padding);
/// For inference: the filters made ready once, and the convolution with them, which also applies ReLU.
torch::Tensor winogradFilters(const torch::Tensor& weight);
torch::Tensor winogradConv(const torch::Tensor& x, const torch::Tensor& filters, const torch::Tensor& bias,
                           int64_t padding, bool relu);

}  // namespace intarsia
