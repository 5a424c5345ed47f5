// SPDX-License-Identifier: GPL-3.0-or-later
#include <optional>

#include "train/nets/resnet_encoder.h"

namespace intarsia {
namespace {

constexpr double kAuxWeight = 0.5;  // references/segmentation/train.py

/// torchvision's segmentation networks on a dilated ResNet, with its key names: `backbone`, `classifier`, `aux_classifier`.
/// torchvision/models/segmentation/{_utils,fcn,deeplabv3}.py
class DilatedNetwork : public LayeredNetwork {
 public:
  torch::Tensor compute(const torch::Tensor& images) final {
    const auto found = m_encoder(images);
    const int64_t height = images.size(2), width = images.size(3);
    if (is_training()) m_auxiliary = linearTo((*m_aux)(*this, found[3]), height, width);
    return linearTo(classify(found[4]), height, width);
  }
  std::string encoderName(const std::string& name) const final { return "backbone." + name; }
  void draw() final {
    torch::NoGradGuard noGrad;
    for (const auto& item : named_modules()) {
      const auto convolution = std::dynamic_pointer_cast<ConvWeights>(item.value());
      if (!convolution) continue;
      if (item.key().starts_with("backbone.")) ResNetEncoder::initialise(convolution->weight);
      else convolution->draw();
    }
  }
  Auxiliary takeAuxiliary() final { return {std::exchange(m_auxiliary, {}), kAuxWeight}; }

 protected:
  /// Convolution to a quarter of the channels, dropout, class scores.
  struct FcnHead {
    const ConvNorm* first;
    const Conv* last;
    double drop;
    FcnHead(LayeredNetwork& network, const std::string& path, int in, const NetworkOptions& options)
        : first(&network.convNorm(path + ".0", path + ".1", in, in / 4, 3, 1, 1)),
          last(&network.conv(path + ".4", in / 4, options.outputs, 1, 1, 0, true)),
          drop(options.dropout.value_or(0.1)) {}
    torch::Tensor operator()(LayeredNetwork& network, const torch::Tensor& x) const { return (*last)(network.dropout((*first)(x), drop)); }
  };

  explicit DilatedNetwork(ResNetShape shape) : m_encoder(*this, dilated(shape), [this](const std::string& name) { return encoderName(name); }) {}
  /// After the classifier: the order of the keys.
  void addAuxiliary(const NetworkOptions& options) { m_aux.emplace(*this, "aux_classifier", m_encoder.channels()[3], options); }
  int features() const { return m_encoder.channels()[4]; }
  virtual torch::Tensor classify(const torch::Tensor& x) = 0;

 private:
  static ResNetShape dilated(ResNetShape shape) {
    shape.dilated = true;
    return shape;
  }
  ResNetEncoder m_encoder;
  std::optional<FcnHead> m_aux;
  torch::Tensor m_auxiliary;  // of the last forward pass in training mode
};

class Fcn final : public DilatedNetwork {
 public:
  Fcn(const ResNetShape& shape, const NetworkOptions& options) : DilatedNetwork(shape), m_head(*this, "classifier", features(), options) {
    addAuxiliary(options);
  }

 private:
  torch::Tensor classify(const torch::Tensor& x) override { return m_head(*this, x); }
  FcnHead m_head;
};

/// Atrous spatial pyramid pooling: Chen et al. 2017, https://arxiv.org/abs/1706.05587
class DeepLab final : public DilatedNetwork {
 public:
  DeepLab(const ResNetShape& shape, const NetworkOptions& options) : DilatedNetwork(shape), m_drop(options.dropout.value_or(0.5)) {
    constexpr int kWidth = 256;
    const std::string path = "classifier.0.convs.";
    m_branches.push_back(&convNorm(path + "0.0", path + "0.1", features(), kWidth, 1, 1, 0));
    for (int i = 1; i <= 3; ++i) {
      const std::string at = path + std::to_string(i);
      m_branches.push_back(&convNorm(at + ".0", at + ".1", features(), kWidth, 3, 1, 12 * i, 12 * i));
    }
    m_pooled = &convNorm(path + "4.1", path + "4.2", features(), kWidth, 1, 1, 0);
    m_project = &convNorm("classifier.0.project.0", "classifier.0.project.1", 5 * kWidth, kWidth, 1, 1, 0);
    m_last = &convNorm("classifier.1", "classifier.2", kWidth, kWidth, 3, 1, 1);
    m_scores = &conv("classifier.4", kWidth, options.outputs, 1, 1, 0, true);
    addAuxiliary(options);
  }

 private:
  torch::Tensor classify(const torch::Tensor& x) override {
    std::vector<torch::Tensor> parts;
    for (const auto* branch : m_branches) parts.push_back((*branch)(x));
    parts.push_back((*m_pooled)(at::adaptive_avg_pool2d(x, {1, 1})).expand_as(parts[0]));  // one number everywhere: what upsampling it gives
    return (*m_scores)((*m_last)(dropout((*m_project)(at::cat(parts, 1)), m_drop)));
  }
  double m_drop;
  std::vector<const ConvNorm*> m_branches;
  const ConvNorm *m_pooled, *m_project, *m_last;
  const Conv* m_scores;
};

template <class Net, const ResNetShape& Shape>
Expected<std::shared_ptr<Network>> make(const NetworkOptions& options) {
  return std::make_shared<Net>(Shape, options);
}

constexpr std::string_view kTorchvision = "torchvision.models.segmentation";

}  // namespace

NetworkFactories torchvisionNet() {
  return {{{"deeplabv3_resnet50", INTARSIA_TEXT("DeepLabV3 on ResNet-50"), 41'999'448, kTorchvision,
            INTARSIA_TEXT("Context of several sizes at 1/8 of the picture; for a graphics card; batches of at least 2")},
           make<DeepLab, kResNet50>},
          {{"deeplabv3_resnet101", INTARSIA_TEXT("DeepLabV3 on ResNet-101"), 60'991'576, kTorchvision,
            INTARSIA_TEXT("The largest of the list; for a graphics card; batches of at least 2")},
           make<DeepLab, kResNet101>},
          {{"fcn_resnet50", INTARSIA_TEXT("FCN on ResNet-50"), 35'315'288, kTorchvision, INTARSIA_TEXT("A plain head on features at 1/8 of the picture")},
           make<Fcn, kResNet50>},
          {{"fcn_resnet101", INTARSIA_TEXT("FCN on ResNet-101"), 54'307'416, kTorchvision, INTARSIA_TEXT("As fcn_resnet50, with more layers")},
           make<Fcn, kResNet101>}};
}

}  // namespace intarsia
