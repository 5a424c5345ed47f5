// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "train/nets/registry.h"

namespace intarsia {

struct NetworkOptions {
  int outputs = 2;                // channels of the logits
  int baseWidth = 32, depth = 4;  // unet
  std::vector<int> decoder;       // *_unet: channels of the decoder's five blocks; empty = the network's own
};

/// A segmentation network: images N×3×H×W (normalised; fp32 or bf16, which decides the number format of the
/// activations; weights stay fp32) → logits N×C×H×W of the same size and format, any H and W.
/// state_dict names follow the reference implementation. Not thread-safe.
class Network : public torch::nn::Module {
 public:
  virtual torch::Tensor forward(const torch::Tensor& images) = 0;
  /// Prepares evaluation: batch norm folded into the convolutions, weights in `precision`. Training afterwards is an error of the caller.
  virtual void fold(torch::ScalarType precision) = 0;
};

/// Freshly initialised from Torch's generator. An unknown id or options out of range are errors.
Expected<std::shared_ptr<Network>> makeNetwork(const std::string& id, const NetworkOptions& options);

/// What a *_net.cpp gives to the generated table: one or several networks.
struct NetworkFactory {
  NetworkInfo info;
  Expected<std::shared_ptr<Network>> (*make)(const NetworkOptions& options);
};
using NetworkFactories = std::vector<NetworkFactory>;

}  // namespace intarsia
