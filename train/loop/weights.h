// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <torch/torch.h>

#include <string>
#include <vector>

#include "train/api/model_info.h"
#include "train/api/recipe.h"
#include "train/api/tensor.h"
#include "train/cuda/device_kernels.h"
#include "train/kernels/kernels.h"
#include "train/nets/network.h"

namespace intarsia {

/// The trainer's numbers: parameters, moments and running average, each in one flat memory (decayed ones first), so that one pass
/// updates all. The network's parameters become views of it, channels-last where they have four dimensions. Optimizer, layer groups and
/// frozen layers are the recipe's. Trainer thread only.
class Weights {
 public:
  /// `byTorch`: the update is made of Torch's operations on the CPU too, as on a device without kernels of ours.
  Weights(std::shared_ptr<Network> network, const Recipe& recipe, bool byTorch = false);

  struct Rates {
    double rate = 0;       // of the last layer group
    double spread = 1;     // the first group's is rate / spread
    double momentum = 0.9; // or β1
    int accumulated = 1;   // gradients are the sum of this many parts' means
  };
  /// Whether the layers that the recipe's `freeze` names rest from here on.
  void freeze(bool frozen);
  /// Training mode, but for the batch norms that rest.
  void setModes();
  /// Applies the gradients and clears them. False, and nothing is changed but the buffers (taken back to their average), when a gradient is not finite.
  bool step(const Rates& rates);
  /// Takes the parameters back to their running average and forgets the moments.
  void rollBack();

  Network& network() { return *m_network; }
  int64_t steps() const { return m_steps; }
  void clearGradients();
  /// The averaged weights in a network of its own, of the kind that `info` names.
  std::shared_ptr<Network> averaged(const ModelInfo& info) const;

  void save(TensorSet& into) const;   // net.*, ema.*, momentum.*, variance.*
  Expected<> load(const TensorSet& from);

  // weights_device.cpp: the update in parts that a recorded graph can replay; nothing in it waits for the host.
  /// Once, before the first such update: statistics of batch norms get a flat memory, too.
  void prepareForDevice();
  int stretchCount() const { return int(stretches().size()); }
  /// Counts a step and writes what it needs; both lie on the host.
  void writeControl(const Rates& rates, device::StepControl& control, device::StretchControl* stretches);
  /// Takes the gradients into one memory and clears them; returns their norm, one float.
  torch::Tensor gatherGradients();
  /// Where all three lie on the device.
  void update(const DeviceKernels& kernels, const device::StepControl* control, const device::StretchControl* stretches, const device::UpdateState* state);

 private:
  struct Part {
    torch::Tensor parameter;
    int64_t offset = 0;
    bool decayed = false;
    std::string name;
    int group = 0;
    bool norm = false, frozen = false;
  };
  enum class Optimizer { adamw, adam, sgd, rmsprop };
  /// Neighbouring parts that are updated alike.
  struct Stretch {
    const Part* first;
    int64_t length;
  };
  std::vector<Stretch> stretches() const;
  OptimizerStep nextStep(const Rates& rates);
  torch::Tensor view(const torch::Tensor& flat, const Part& part) const;
  double gradientSquares();
  /// What one part's update takes; the rest of `step` is the same for all.
  OptimizerStep stepFor(const Part& part, OptimizerStep step, const Rates& rates) const;
  void updateCpu(const OptimizerStep& step, const Rates& rates);
  void updateDevice(const OptimizerStep& step, const Rates& rates);
  void updateBuffers(double keep);

  std::shared_ptr<Network> m_network;
  const Recipe m_recipe;
  const Optimizer m_optimizer;
  const bool m_byTorch;
  std::vector<Part> m_parts;
  int m_groups = 1;
  std::vector<std::pair<std::string, std::shared_ptr<torch::nn::BatchNorm2dImpl>>> m_norms;
  bool m_restingNorms = false;
  torch::Tensor m_values, m_momentum, m_variance, m_average;
  std::vector<std::pair<std::string, torch::Tensor>> m_buffers, m_averageBuffers;
  torch::Tensor m_gradients, m_statistics, m_averageStatistics;  // of prepareForDevice()
  int64_t m_steps = 0;
  mutable std::vector<std::shared_ptr<Network>> m_spares;  // for averaged()
};

}  // namespace intarsia
