// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <torch/torch.h>

#include "train/cuda/device_kernels.h"
#include "train/loop/loss.h"

namespace intarsia {

/// A loss whose numbers stay on the device.
struct DeviceLoss {
  torch::Tensor value;     // one double
  torch::Tensor pixels;    // one int64: how many counted
  torch::Tensor gradient;  // like the logits; of 0 where nothing counts
  torch::Tensor answers;   // int32 per pixel: the class with the highest logit
};

/// segmentationLoss() for options.fused(), by kernels and operations of fixed shapes: nothing waits for the host, and a
/// graph can replay it. `allowed`: a byte per channel; `control` (seed and step) lies on the device; `part` of the
/// batch: the three key what Lovász draws.
DeviceLoss deviceLoss(const DeviceKernels& kernels, const torch::Tensor& logits, const torch::Tensor& target,
                      const LossOptions& options, const torch::Tensor& allowed, const device::StepControl* control,
                      int part);

}  // namespace intarsia
