// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <torch/torch.h>

#include <memory>
#include <thread>
#include <vector>

#include "train/api/model_info.h"
#include "train/cuda/device_kernels.h"
#include "train/data/batch_plan.h"

namespace intarsia {

/// A layer as the kernels read it; the picture begins `place` bytes into the pictures' memory, the tone table has the
/// number `tone`.
device::Layer layerOf(const Augmentation& augmentation, Size picture, Size output, int64_t place, int tone);

/// Batches made on the device: the split's pictures lie there as bytes, each copied when a step first asks for it, and
/// a kernel changes image and labels together as sampleAugmented() does. Trainer thread.
class DeviceBatches {
 public:
  /// Null when the pictures would take more than `most` bytes. `firstStep`: where decoding ahead begins.
  static std::unique_ptr<DeviceBatches> make(SampleCache& cache, const Recipe& recipe,
                                             const ModelInfo& normalisation, torch::ScalarType precision,
                                             const torch::Device& device, int64_t most, int64_t firstStep);
  ~DeviceBatches();

  int64_t samples() const { return m_plan.batchSize(); }
  int64_t layers() const { return samples() * m_layersEach; }
  int64_t toneNumbers() const { return m_tones ? layers() * device::kToneLength : 0; }
  BatchPlan& plan() { return m_plan; }

  /// Host's part: what the kernels read for `step`, and pictures that are not there yet, through `staging` (a tensor of
  /// the caller's that lives until the copies are done; it is allocated here).
  Expected<> prepare(int64_t step, device::Layer* layers, float* tones, torch::Tensor& staging);
  /// Device's part: `layers` and `tones` lie there. images: N×3×H×W, channels-last; target: N×H×W.
  void fill(const DeviceKernels& kernels, const device::Layer* layers, const float* tones, const torch::Tensor& images,
            const torch::Tensor& target) const;

 private:
  DeviceBatches(SampleCache& cache, const Recipe& recipe, const ModelInfo& normalisation, torch::ScalarType precision,
                const torch::Device& device, int64_t firstStep);
  void bring(const PlannedLayer& layer, torch::Tensor& staging, int64_t& used);

  BatchPlan m_plan;
  const int m_layersEach;
  const bool m_tones, m_blurs;
  const torch::ScalarType m_precision;
  const torch::Device m_device;
  device::AugmentArguments m_arguments{};
  torch::Tensor m_pictures, m_canvas, m_labels;
  std::vector<uint8_t> m_there;
  std::jthread m_decoder;
};

}  // namespace intarsia
