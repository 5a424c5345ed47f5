// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <torch/torch.h>

#include <vector>

#include "core/base/class_table.h"
#include "core/base/random.h"
#include "train/api/recipe.h"

namespace intarsia {

/// What a recipe asks of the loss: `base` + lovasz · Lovász-softmax + dice · soft Dice. Means are over the pixels that count.
struct LossOptions {
  enum class Base { none, crossEntropy, focal, bce, ohem };
  Base base = Base::crossEntropy;
  std::vector<uint8_t> allowed;    // per output channel: 0 = class marked ignore, takes no part
  std::vector<double> weights;     // of the classes in the base; empty = 1 each
  double labelSmoothing = 0;       // of crossEntropy
  double focalGamma = 2;           // (1 − p)^γ · −ln p, Lin et al. 2017
  double ohemThreshold = 0.7, ohemKeep = 0.0625;  // the pixels with p below the threshold, but at least this share
  double dice = 0;                 // 1 − 2Σpt / (Σp + Σt), averaged over the classes present in the batch
  double lovasz = 0;               // weight beside the base's 1; 0 = without
  int lovaszPixels = 60000;        // of a batch that the Lovász term looks at

  /// `weights`: of the classes, where the recipe takes them from the images.
  static LossOptions of(const Recipe& recipe, const ClassTable& classes, std::vector<double> weights = {});
  /// Cross-entropy with or without Lovász: what the fused loops compute.
  bool fused() const { return base == Base::crossEntropy && weights.empty() && dice == 0; }
};

struct Loss {
  double value = 0;
  int64_t pixels = 0;              // that counted
  torch::Tensor gradient;          // of `value` with respect to the logits, in their format; undefined when no pixel counted
};

/// logits N×C×H×W, target int64 N×H×W with values in [0, C) or negative (left out). No graph is built: give `gradient` to
/// logits.backward(). Lovász-softmax (Berman et al. 2018) averages over the classes present in the pixels it draws with `random`.
Loss segmentationLoss(const torch::Tensor& logits, const torch::Tensor& target, const LossOptions& options, Random random);

/// The same from Torch's own operations: for all that is not fused, for devices other than the CPU, and what the tests compare with.
Loss segmentationLossByTorch(const torch::Tensor& logits, const torch::Tensor& target, const LossOptions& options, Random random);

}  // namespace intarsia
