// SPDX-License-Identifier: GPL-3.0-or-later
#include <map>

#include "train/nets/resnet_encoder.h"

namespace intarsia {
namespace {

using torch::Tensor;

/// Places of ResNet's parts in fastai's body, a Sequential of torchvision's children.
std::string bodyName(const std::string& name) {
  static const std::map<std::string, std::string> places{{"conv1", "0"}, {"bn1", "1"}, {"layer1", "4"}, {"layer2", "5"}, {"layer3", "6"}, {"layer4", "7"}};
  const size_t dot = std::min(name.find('.'), name.size());
  const auto place = places.find(name.substr(0, dot));
  return place == places.end() ? std::string() : "layers.0." + place->second + name.substr(dot);
}

/// fastai's DynamicUnet: PixelShuffle with ICNR on the way up, batch norm on the skips but not in the decoder, the picture itself
/// joined at the end. fastai1/vision/models/unet.py; version 2 names some layers otherwise, has no bottleneck in the last block
/// and ends it with a ReLU.
class DynamicUNet final : public LayeredNetwork {
 public:
  DynamicUNet(bool version2, const NetworkOptions& options) : m_version2(version2), m_encoder(*this, kResNet34, bodyName) {
    const auto& widths = m_encoder.channels();
    m_middleNorm = &norm("layers.1", widths[4]);
    m_middle = pair("layers.3.", widths[4], 2 * widths[4], widths[4]);
    int in = widths[4];
    for (size_t i = 0; i < 4; ++i) {
      const std::string path = "layers." + std::to_string(4 + i) + ".";
      const int skip = widths[3 - i], joined = in / 2 + skip, out = i < 3 ? joined : joined / 2;
      UpBlock& block = m_blocks[i];
      block.up = &pixelShuffleUp(path + shuffle(), in, in / 2);
      block.skipNorm = &norm(path + "bn", skip);
      block.first = &conv(path + "conv1.0", joined, out, 3, 1, 1, true);
      block.second = &conv(path + "conv2.0", out, out, 3, 1, 1, true);
      in = out;
    }
    m_lastUp = &pixelShuffleUp(version2 ? "layers.8.0.0" : "layers.8.conv.0", in, in);
    const int crossed = in + 3, inner = version2 ? crossed : crossed / 2;
    m_cross = pair(version2 ? "layers.11.convpath." : "layers.10.layers.", crossed, inner, crossed);
    m_head = &conv(version2 ? "layers.12.0" : "layers.11.0", crossed, options.outputs, 1, 1, 0, true);
  }

  std::string encoderName(const std::string& name) const override { return bodyName(name); }

  void draw() override {
    torch::NoGradGuard noGrad;
    for (auto& item : named_parameters()) {
      Tensor& p = item.value();
      if (item.key().starts_with("layers.0.")) {
        if (p.dim() == 4) ResNetEncoder::initialise(p);
      } else if (p.dim() == 4) {
        torch::nn::init::kaiming_normal_(p);
      } else if (!item.key().ends_with("bn.weight") && item.key() != "layers.1.weight") {
        p.fill_(item.key().ends_with("bn.bias") || item.key() == "layers.1.bias" ? 1e-3 : 0);
      }
    }
    // ICNR (Aitken et al. 2017): the four parts of a channel start equal, so that nothing flickers like a chessboard.
    for (const auto* up : {m_blocks[0].up, m_blocks[1].up, m_blocks[2].up, m_blocks[3].up, m_lastUp}) {
      const Tensor& w = up->module->weight;
      Tensor k = torch::empty({w.size(0) / 4, w.size(1), 1, 1});
      torch::nn::init::kaiming_normal_(k);
      w.copy_(k.repeat_interleave(4, 0));
    }
  }

  Tensor compute(const Tensor& images) override {
    const auto found = m_encoder(images);
    Tensor x = m_middle((*m_middleNorm)(found[4], true));
    for (size_t i = 0; i < 4; ++i) {
      const UpBlock& block = m_blocks[i];
      // relu(cat(up, bn(skip))): what comes up has been through a ReLU
      x = (*block.up)(x, (*block.skipNorm)(found[3 - i], true));
      x = (*block.second)((*block.first)(x).relu_()).relu_();
    }
    x = (*m_lastUp)(x, images);
    // Version 1 adds what the second convolution's ReLU gives, version 2 puts the ReLU behind the sum.
    const Tensor inner = (*m_cross.second)((*m_cross.first)(x).relu_());
    x = m_version2 ? (inner + x).relu_() : inner.relu() + x;
    return (*m_head)(x);
  }

 private:
  struct Pair {
    const Conv *first, *second;
    Tensor operator()(const Tensor& x) const { return (*second)((*first)(x).relu_()).relu_(); }
  };
  struct UpBlock {
    const PixelShuffleUp* up;
    const Norm* skipNorm;
    const Conv *first, *second;
  };

  Pair pair(const std::string& path, int in, int inner, int out) {
    const auto* first = &conv(path + "0.0", in, inner, 3, 1, 1, true);
    return {first, &conv(path + "1.0", inner, out, 3, 1, 1, true)};
  }
  std::string shuffle() const { return m_version2 ? "shuf.0.0" : "shuf.conv.0"; }

  const bool m_version2;
  ResNetEncoder m_encoder;
  const Norm* m_middleNorm;
  Pair m_middle, m_cross;
  UpBlock m_blocks[4];
  const PixelShuffleUp* m_lastUp;
  const Conv* m_head;
};

template <bool Version2>
Expected<std::shared_ptr<Network>> make(const NetworkOptions& options) {
  return std::make_shared<DynamicUNet>(Version2, options);
}

}  // namespace

NetworkFactories dynamicUnetNet() {
  return {{{"resnet34_dynamic_unet", INTARSIA_TEXT("fastai's U-Net on ResNet-34 (course v3)"), 41'133'018, "fastai 1.0, unet_learner(…, bottle=True)",
            INTARSIA_TEXT("The network of fastai's CamVid lesson")},
           make<false>},
          {{"resnet34_dynamic_unet_v2", INTARSIA_TEXT("fastai's U-Net on ResNet-34 (fastai 2)"), 41'222'168, "fastai 2, DynamicUnet",
            INTARSIA_TEXT("As unet_learner of fastai 2 makes it")},
           make<true>}};
}

}  // namespace intarsia
