// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <torch/torch.h>

#include <vector>

#include "core/base/class_table.h"
#include "core/base/random.h"
#include "train/api/recipe.h"

namespace intarsia {

struct LossOptions {
  std::vector<uint8_t> allowed;    // per output channel: 0 = class marked ignore, takes no part
  double labelSmoothing = 0;
  double lovasz = 0;               // weight beside the cross-entropy's 1; 0 = without
  int lovaszPixels = 60000;        // of a batch that the Lovász term looks at

  static LossOptions of(const Recipe& recipe, const ClassTable& classes);
};

struct Loss {
  double value = 0;                // mean cross-entropy + lovasz · Lovász-softmax
  int64_t pixels = 0;              // that counted
  torch::Tensor gradient;          // of `value` with respect to the logits, in their format; undefined when no pixel counted
};

/// logits N×C×H×W, target int64 N×H×W with values in [0, C) or negative (left out). No graph is built: give `gradient` to
/// logits.backward(). Lovász-softmax (Berman et al. 2018) averages over the classes present in the pixels it draws with `random`.
Loss segmentationLoss(const torch::Tensor& logits, const torch::Tensor& target, const LossOptions& options, Random random);

/// The same from Torch's own operations: for devices other than the CPU, and what the tests compare with (all pixels drawn).
Loss segmentationLossByTorch(const torch::Tensor& logits, const torch::Tensor& target, const LossOptions& options, Random random);

}  // namespace intarsia
