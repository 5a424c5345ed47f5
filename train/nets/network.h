// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <torch/torch.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "train/nets/registry.h"

namespace intarsia {

struct NetworkOptions {
  int outputs = 2;                // channels of the logits
  int baseWidth = 32, depth = 4;  // unet
  std::string upPath = "transposed";  // unet: or bilinear
  std::vector<int> decoder;       // *_unet: channels of the decoder's five blocks; empty = the network's own
  std::optional<double> dropout;  // instead of the network's own probabilities
  bool drawn = true;              // false: the convolutions' weights are to be read from somewhere and hold anything until then
};

/// What a second head says during training; `logits` is undefined where the network has none.
struct Auxiliary {
  torch::Tensor logits;  // as those of forward()
  double weight = 0;     // of its loss beside the main one's 1
};

/// A segmentation network: images N×3×H×W (normalised; fp32 or bf16, which decides the number format of the
/// activations; weights stay fp32) → logits N×C×H×W of the same size and format, any H and W: a side below leastSide()
/// is padded with its last pixels, and the result cut. state_dict names follow the reference implementation. Not thread-safe.
class Network : public torch::nn::Module {
 public:
  torch::Tensor forward(const torch::Tensor& images);
  /// The auxiliary head's answer to the last forward pass in training mode, handed out once.
  virtual Auxiliary takeAuxiliary() { return {}; }
  /// Starts the sequence of dropout's choices; give each training step a seed of its own.
  virtual void seedDropout(uint64_t) {}
  /// Our name for a tensor that torchvision's classification network of the same encoder has under `torchvisions`; empty = none.
  virtual std::string encoderName(const std::string& torchvisions) const { return torchvisions.substr(0, 0); }
  /// Initial weights from Torch's generator; new batch norms have theirs already.
  virtual void draw() = 0;
  /// Prepares evaluation: batch norm folded into the convolutions, weights in `precision`. Training afterwards is an error of the caller.
  virtual void fold(torch::ScalarType precision) = 0;

 protected:
  virtual torch::Tensor compute(const torch::Tensor& images) = 0;
  /// The shortest side that its poolings leave something of.
  virtual int64_t leastSide() const { return 1; }
};

/// With initial weights unless the options say otherwise. An unknown id or options out of range are errors.
Expected<std::shared_ptr<Network>> makeNetwork(const std::string& id, const NetworkOptions& options);

/// What a *_net.cpp gives to the generated table: one or several networks.
struct NetworkFactory {
  NetworkInfo info;
  Expected<std::shared_ptr<Network>> (*make)(const NetworkOptions& options);
};
using NetworkFactories = std::vector<NetworkFactory>;

}  // namespace intarsia
