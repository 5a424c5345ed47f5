// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <torch/torch.h>

#include "core/base/image.h"
#include "core/base/label_map.h"
#include "core/base/metrics/confusion_matrix.h"
#include "train/api/model_info.h"

namespace intarsia {

/// Sums of a measurement that stay on the device until they are read. One thread.
class DeviceMeasure {
 public:
  /// Room for the logits at the labels' size, in bytes; larger pictures take the host's way.
  static constexpr int64_t kMostBytes = int64_t(1) << 31;

  DeviceMeasure(const ModelInfo& info, const torch::Device& device);
  bool takes(const LabelMap& labels) const {
    return int64_t(labels.width()) * labels.height() * m_classes * 8 <= kMostBytes;
  }
  /// addToConfusion() of one picture: `logits` 1×C×h×w on the device; kUnlabelled is left out.
  void add(const torch::Tensor& logits, const LabelMap& labels);
  /// Waits; adds what was counted.
  void read(ConfusionMatrix& confusion, double& loss) const;

 private:
  const int64_t m_classes;
  const torch::Device m_device;
  torch::Tensor m_bars;    // added to logits: a class marked ignore never wins
  torch::Tensor m_counts;  // C² and one for what is left out
  torch::Tensor m_loss;
};

}  // namespace intarsia
