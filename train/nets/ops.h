// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <torch/torch.h>

namespace intarsia {

/// Differentiable operations that the networks spend their time in besides convolutions. On the CPU, for channels-last fp32 and
/// bf16, they are fused kernels (kernels.h); elsewhere compositions of Torch's. Results agree to the number format's rounding.

/// relu(batchNorm(x) + residual); `residual` may be undefined, `relu` false. In training mode `norm`'s running statistics move.
torch::Tensor normalise(const torch::Tensor& x, torch::nn::BatchNorm2dImpl& norm, bool relu, const torch::Tensor& residual);
/// 2×2 maxima, stride 2; odd last rows and columns are dropped.
torch::Tensor maxPool2(const torch::Tensor& x);
/// Which part of a joined tensor has the first channels.
enum class Join { upFirst, skipFirst };
/// Shuffled x and skip joined along channels; x: N×4c×h×w, its quarter 2i + j is pixel (2y + i, 2x + j); cut or zero-padded (right, bottom)
/// to the skip's size.
torch::Tensor shuffleConcat(const torch::Tensor& x, const torch::Tensor& skip, Join order);
/// [nearest(x to the skip's size), skip] along channels.
torch::Tensor upsampleConcat(const torch::Tensor& x, const torch::Tensor& skip);
/// 3×3 maxima, stride 2, padding 1 (ResNet).
torch::Tensor maxPool3(const torch::Tensor& x);
/// 2×2 maxima, stride 2; odd last rows and columns have a pixel of their own.
torch::Tensor maxPool2Ceil(const torch::Tensor& x);
/// Linear between pixel centres (align_corners=False).
torch::Tensor linearTo(const torch::Tensor& x, int64_t height, int64_t width);
/// Nearest neighbour.
torch::Tensor upsampleTo(const torch::Tensor& x, int64_t height, int64_t width);

}  // namespace intarsia
