// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "train/nets/resnet_encoder.h"

namespace intarsia {
namespace {

/// U-Net on a ResNet, layout and key names of segmentation_models_pytorch: encoder keys are torchvision's without `fc`.
/// https://github.com/qubvel-org/segmentation_models.pytorch, decoders/unet/decoder.py
class ResNetUNet final : public LayeredNetwork {
 public:
  ResNetUNet(const ResNetShape& shape, const std::vector<int>& decoder, int outputs)
      : m_encoder(*this, shape, [this](const std::string& name) { return encoderName(name); }) {
    const auto& widths = m_encoder.channels();
    int in = widths[4];
    for (size_t i = 0; i < 5; ++i) {
      const std::string path = "decoder.blocks." + std::to_string(i);
      const int out = decoder[i], skip = i < 4 ? widths[3 - i] : 0;
      m_decoder.push_back({&convNorm(path + ".conv1.0", path + ".conv1.1", in + skip, out, 3, 1, 1),
                           &convNorm(path + ".conv2.0", path + ".conv2.1", out, out, 3, 1, 1)});
      in = out;
    }
    m_head = &conv("segmentation_head.0", in, outputs, 3, 1, 1, true);
  }

  std::string encoderName(const std::string& name) const override { return "encoder." + name; }

  void draw() override {  // torchvision's for the encoder, smp's for decoder and head
    torch::NoGradGuard noGrad;
    for (auto& item : named_parameters()) {
      auto& p = item.value();
      if (p.dim() != 4) continue;
      if (item.key().starts_with("encoder.")) ResNetEncoder::initialise(p);
      else if (item.key().starts_with("decoder.")) torch::nn::init::kaiming_uniform_(p, 0, torch::kFanIn, torch::kReLU);
      else torch::nn::init::xavier_uniform_(p);
    }
    m_head->module->bias.zero_();
  }

  torch::Tensor compute(const torch::Tensor& images) override {
    const auto found = m_encoder(images);
    torch::Tensor x = found[4];
    for (size_t i = 0; i < 5; ++i) {
      x = i < 4 ? upsampleConcat(x, found[3 - i]) : upsampleTo(x, images.size(2), images.size(3));
      x = (*m_decoder[i].second)((*m_decoder[i].first)(x));
    }
    return (*m_head)(x);
  }

 private:
  struct Pair {
    const ConvNorm *first, *second;
  };

  ResNetEncoder m_encoder;
  std::vector<Pair> m_decoder;
  const Conv* m_head = nullptr;
};

Expected<std::shared_ptr<Network>> make(const ResNetShape& shape, std::vector<int> decoder, const NetworkOptions& options) {
  if (!options.decoder.empty()) decoder = options.decoder;
  if (decoder.size() != 5 || std::ranges::any_of(decoder, [](int c) { return c < 4 || c > 1024; }))
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The decoder needs five numbers of channels between 4 and 1024"));
  return std::make_shared<ResNetUNet>(shape, decoder, options.outputs);
}

constexpr std::string_view kSmp = "segmentation_models_pytorch, Unet";
const std::vector<int> kDecoder{256, 128, 64, 32, 16};

}  // namespace

NetworkFactories resnetUnetNet() {
  return {{{"resnet18_unet", INTARSIA_TEXT("U-Net on ResNet-18 (light decoder)"), 12'485'708, kSmp,
            INTARSIA_TEXT("Learns fast from few pictures, on a processor too; the decoder has half of smp's usual widths")},
           [](const NetworkOptions& options) { return make(kResNet18, {128, 64, 32, 32, 16}, options); }},
          {{"resnet34_unet", INTARSIA_TEXT("U-Net on ResNet-34"), 24'437'964, kSmp, INTARSIA_TEXT("A sound choice for most pictures")},
           [](const NetworkOptions& options) { return make(kResNet34, kDecoder, options); }},
          {{"resnet50_unet", INTARSIA_TEXT("U-Net on ResNet-50"), 32'522'700, kSmp, INTARSIA_TEXT("More capacity; for a graphics card")},
           [](const NetworkOptions& options) { return make(kResNet50, kDecoder, options); }}};
}

}  // namespace intarsia
