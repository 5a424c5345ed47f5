// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/nets/layers.h"
#include "train/nets/ops.h"

namespace intarsia {
namespace {

/// U-Net on a ResNet of basic blocks, layout and key names of segmentation_models_pytorch: encoder keys are torchvision's without `fc`.
/// https://github.com/qubvel-org/segmentation_models.pytorch, decoders/unet/decoder.py
class ResNetUNet final : public LayeredNetwork {
 public:
  ResNetUNet(std::array<int, 4> blocks, const std::vector<int>& decoder, int outputs) {
    m_stem = &convNorm("encoder.conv1", "encoder.bn1", 3, 64, 7, 2, 3);
    int in = 64;
    for (int l = 0; l < 4; ++l) {
      const int out = 64 << l;
      for (int b = 0; b < blocks[size_t(l)]; ++b) {
        const std::string path = "encoder.layer" + std::to_string(l + 1) + "." + std::to_string(b) + ".";
        const int stride = l > 0 && b == 0 ? 2 : 1;
        Block block{&convNorm(path + "conv1", path + "bn1", in, out, 3, stride, 1), &convNorm(path + "conv2", path + "bn2", out, out, 3, 1, 1), nullptr};
        if (in != out) block.shortcut = &convNorm(path + "downsample.0", path + "downsample.1", in, out, 1, stride, 0);
        m_layers[size_t(l)].push_back(block);
        in = out;
      }
    }
    const int skips[] = {256, 128, 64, 64, 0};
    for (int i = 0; i < 5; ++i) {
      const std::string path = "decoder.blocks." + std::to_string(i);
      const int out = decoder[size_t(i)];
      m_decoder.push_back({&convNorm(path + ".conv1.0", path + ".conv1.1", in + skips[i], out, 3, 1, 1),
                           &convNorm(path + ".conv2.0", path + ".conv2.1", out, out, 3, 1, 1)});
      in = out;
    }
    m_head = &conv("segmentation_head.0", in, outputs, 3, 1, 1, true);
    initialise();
  }

  torch::Tensor forward(const torch::Tensor& images) override {
    const int64_t height = images.size(2), width = images.size(3);
    std::vector<torch::Tensor> skips{(*m_stem)(images)};
    torch::Tensor x = maxPool3(skips[0]);
    for (const auto& layer : m_layers) {
      for (const auto& block : layer) x = block(x);
      skips.push_back(x);
    }
    for (int i = 0; i < 5; ++i) {
      x = i < 4 ? upsampleConcat(x, skips[size_t(3 - i)]) : upsampleTo(x, height, width);
      x = (*m_decoder[size_t(i)].second)((*m_decoder[size_t(i)].first)(x));
    }
    return (*m_head)(x);
  }

 private:
  struct Block {
    const ConvNorm *first, *second, *shortcut;
    torch::Tensor operator()(const torch::Tensor& x) const {
      return (*second)((*first)(x), true, shortcut ? (*shortcut)(x, false) : x);
    }
  };
  struct Pair {
    const ConvNorm *first, *second;
  };

  void initialise() {  // torchvision's for the encoder, smp's for decoder and head
    torch::NoGradGuard noGrad;
    for (auto& item : named_parameters()) {
      auto& p = item.value();
      if (p.dim() != 4) continue;
      if (item.key().starts_with("encoder.")) torch::nn::init::kaiming_normal_(p, 0, torch::kFanOut, torch::kReLU);
      else if (item.key().starts_with("decoder.")) torch::nn::init::kaiming_uniform_(p, 0, torch::kFanIn, torch::kReLU);
      else torch::nn::init::xavier_uniform_(p);
    }
    m_head->module->bias.zero_();
  }

  const ConvNorm* m_stem = nullptr;
  std::array<std::vector<Block>, 4> m_layers;
  std::vector<Pair> m_decoder;
  const Conv* m_head = nullptr;
};

Expected<std::shared_ptr<Network>> make(std::array<int, 4> blocks, std::vector<int> decoder, const NetworkOptions& options) {
  if (!options.decoder.empty()) decoder = options.decoder;
  if (decoder.size() != 5 || std::ranges::any_of(decoder, [](int c) { return c < 4 || c > 1024; }))
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The decoder needs five numbers of channels between 4 and 1024"));
  return std::make_shared<ResNetUNet>(blocks, decoder, options.outputs);
}

}  // namespace

NetworkFactories resnetUnetNet() {
  return {{{"resnet18_unet", INTARSIA_TEXT("U-Net on ResNet-18 (light decoder)")},
           [](const NetworkOptions& options) { return make({2, 2, 2, 2}, {128, 64, 32, 32, 16}, options); }},
          {{"resnet34_unet", INTARSIA_TEXT("U-Net on ResNet-34")},
           [](const NetworkOptions& options) { return make({3, 4, 6, 3}, {256, 128, 64, 32, 16}, options); }}};
}

}  // namespace intarsia
