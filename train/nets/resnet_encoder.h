// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "train/nets/layers.h"

namespace intarsia {

struct ResNetShape {
  std::array<int, 4> blocks;
  bool bottleneck = false;
  bool dilated = false;  // layer3 and layer4 keep 1/8 of the size and are dilated by 2 and 4 (torchvision's segmentation networks)
};
inline constexpr ResNetShape kResNet18{{2, 2, 2, 2}}, kResNet34{{3, 4, 6, 3}}, kResNet50{{3, 4, 6, 3}, true}, kResNet101{{3, 4, 23, 3}, true};

/// torchvision's ResNet without its classifier, as a part of a network. `path` gives the dotted name for torchvision's
/// ("conv1", "bn1", "layer2.0.conv1" …).
class ResNetEncoder {
 public:
  ResNetEncoder(LayeredNetwork& network, const ResNetShape& shape, const std::function<std::string(const std::string&)>& path);
  /// relu(bn1(conv1)) at half the size, then the results of layer1 … layer4.
  std::array<torch::Tensor, 5> operator()(const torch::Tensor& images) const;
  const std::array<int, 5>& channels() const { return m_channels; }
  /// torchvision's initial weights: He et al., fan out.
  static void initialise(torch::Tensor& convolution) { torch::nn::init::kaiming_normal_(convolution, 0, torch::kFanOut, torch::kReLU); }

 private:
  struct Block {
    std::vector<const ConvNorm*> convolutions;
    const ConvNorm* shortcut = nullptr;
    torch::Tensor operator()(torch::Tensor x) const;
  };
  const ConvNorm* m_stem;
  std::array<std::vector<Block>, 4> m_layers;
  std::array<int, 5> m_channels;
};

}  // namespace intarsia
