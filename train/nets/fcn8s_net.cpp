// SPDX-License-Identifier: GPL-3.0-or-later
#include <limits>
#include <map>

#include "train/nets/layers.h"

namespace intarsia {
namespace {

using torch::Tensor;

constexpr int kVgg16[] = {2, 2, 3, 3, 3}, kVgg19[] = {2, 2, 4, 4, 4};  // convolutions between poolings
constexpr int kWidths[] = {64, 128, 256, 512, 512};

/// He et al.: what convolutions before a ReLU start from without a weight file.
void drawHe(const Conv& conv) { torch::nn::init::kaiming_normal_(conv.module->weight, 0, torch::kFanIn, torch::kReLU); }

/// VGG's convolutions, and no bias anywhere in `network`.
void drawBody(const torch::nn::Module& network, const std::vector<const Conv*> (&blocks)[5]) {
  for (auto& item : network.named_parameters())
    if (item.value().dim() == 1) item.value().zero_();
  for (const auto& block : blocks)
    for (const auto* c : block) drawHe(*c);
}

/// torchvision's names of VGG's fully connected layers, here convolutions.
std::string denseName(const std::string& name, const char* first, const char* second) {
  for (const auto& [theirs, ours] : {std::pair("classifier.0.", first), std::pair("classifier.3.", second)})
    if (name.starts_with(theirs)) return ours + name.substr(std::string_view(theirs).size() - 1);
  return {};
}

/// height × width of x from (at, at), negative where it ends before x does, so that a traced graph holds for any multiple of 32.
Tensor cut(const Tensor& x, int64_t at, const Tensor& like) {
  const auto end = [&](int64_t axis) {
    const int64_t behind = at + like.size(axis) - x.size(axis);
    return behind < 0 ? behind : std::numeric_limits<int64_t>::max();
  };
  return x.slice(2, at, end(2)).slice(3, at, end(3));
}

/// FCN-8s of Long, Shelhamer and Darrell (2015) with the key names of wkentaro/pytorch-fcn, FCN8s: 100 pixels of padding, skips
/// cut to size, bilinear upsampling to start from.
class Fcn8s final : public LayeredNetwork {
 public:
  Fcn8s(const int (&blocks)[5], const NetworkOptions& options) : m_drop(options.dropout.value_or(0.5)) {
    int in = 3, features = 0;
    for (int b = 0; b < 5; ++b)
      for (int i = 0; i < blocks[b]; ++i, in = kWidths[b]) {
        const std::string name = "conv" + std::to_string(b + 1) + "_" + std::to_string(i + 1);
        m_blocks[b].push_back(&conv(name, in, kWidths[b], 3, 1, b + i == 0 ? 100 : 1, true));
        m_features["features." + std::to_string(2 * features++ + b) + "."] = name + ".";
      }
    m_fc6 = &conv("fc6", 512, 4096, 7, 1, 0, true);
    m_fc7 = &conv("fc7", 4096, 4096, 1, 1, 0, true);
    const int n = options.outputs;
    m_score = &conv("score_fr", 4096, n, 1, 1, 0, true);
    m_score3 = &conv("score_pool3", 256, n, 1, 1, 0, true);
    m_score4 = &conv("score_pool4", 512, n, 1, 1, 0, true);
    m_up2 = &deconv("upscore2", n, n, 4, 2, false);
    m_up8 = &deconv("upscore8", n, n, 16, 8, false);
    m_up4 = &deconv("upscore_pool4", n, n, 4, 2, false);
  }

  void draw() override {
    torch::NoGradGuard noGrad;
    drawBody(*this, m_blocks);
    for (const auto* c : {m_fc6, m_fc7}) drawHe(*c);
    for (auto* score : {m_score, m_score3, m_score4}) score->module->weight.zero_();
    for (auto* up : {m_up2, m_up4, m_up8}) setBilinear(up->module->weight);
  }

  std::string encoderName(const std::string& name) const override {
    const size_t end = name.rfind('.') + 1;
    const auto found = m_features.find(name.substr(0, end));
    return found != m_features.end() ? found->second + name.substr(end) : denseName(name, "fc6", "fc7");
  }

  Tensor compute(const Tensor& images) override {
    Tensor x = images, pools[5];
    for (int b = 0; b < 5; ++b) {
      for (const auto* c : m_blocks[b]) x = (*c)(x).relu_();
      x = pools[b] = maxPool2Ceil(x);
    }
    x = dropout((*m_fc6)(x).relu_(), m_drop, true);
    x = dropout((*m_fc7)(x).relu_(), m_drop, true);
    x = (*m_up2)((*m_score)(x));
    x = (*m_up4)(x + cut((*m_score4)(pools[3]), 5, x));
    x = (*m_up8)(x + cut((*m_score3)(pools[2]), 9, x));
    return cut(x, 31, images).contiguous();
  }

 private:
  static void setBilinear(const Tensor& weight) {
    const int64_t size = weight.size(2), factor = (size + 1) / 2;
    const double centre = size % 2 ? double(factor - 1) : double(factor) - 0.5;
    const Tensor line = 1 - (torch::arange(size, torch::kDouble) - centre).abs() / double(factor);
    weight.zero_();
    for (int64_t c = 0; c < weight.size(0); ++c) weight[c][c].copy_(torch::outer(line, line));
  }

  double m_drop;
  std::map<std::string, std::string> m_features;  // torchvision's names → ours
  std::vector<const Conv*> m_blocks[5];
  const Conv *m_fc6, *m_fc7, *m_score, *m_score3, *m_score4;
  const Deconv *m_up2, *m_up8, *m_up4;
};

/// FCN-8s as the TensorFlow tutorials build it (shekkizh/FCN.tensorflow): VGG with average pooling up to conv5_3 without its ReLU,
/// scores scaled up to pool4's and pool3's own channels and added to them. Body named as torchvision's `features`, the rest as
/// its variables. TensorFlow's SAME padding.
class Fcn8sTensorflow final : public LayeredNetwork {
 public:
  Fcn8sTensorflow(const int (&blocks)[5], const NetworkOptions& options) : m_drop(options.dropout.value_or(0.15)) {
    int in = 3, at = 0;
    for (int b = 0; b < 5; ++b, ++at)
      for (int i = 0; i < (b == 4 ? 3 : blocks[b]); ++i, in = kWidths[b], at += 2)
        m_blocks[b].push_back(&conv("features." + std::to_string(at), in, kWidths[b], 3, 1, 1, true));
    m_conv6 = &conv("conv6", 512, 4096, 7, 1, 3, true);
    m_conv7 = &conv("conv7", 4096, 4096, 1, 1, 0, true);
    m_conv8 = &conv("conv8", 4096, options.outputs, 1, 1, 0, true);
    m_up1 = &deconv("conv_t1", options.outputs, 512, 4, 2, true);
    m_up2 = &deconv("conv_t2", 512, 256, 4, 2, true);
    m_up3 = &deconv("conv_t3", 256, options.outputs, 16, 8, true);
  }

  void draw() override {
    torch::NoGradGuard noGrad;
    drawBody(*this, m_blocks);
    for (const auto* c : {m_conv6, m_conv7, m_conv8}) c->module->weight.normal_(0, 0.02).clamp_(-0.04, 0.04);
    for (const auto* up : {m_up1, m_up2, m_up3}) up->module->weight.normal_(0, 0.02).clamp_(-0.04, 0.04);
  }

  std::string encoderName(const std::string& name) const override {
    return name.starts_with("features.") ? name : denseName(name, "conv6", "conv7");
  }

  Tensor compute(const Tensor& images) override {
    Tensor x = images, pools[4];
    for (int b = 0; b < 4; ++b) {
      for (const auto* c : m_blocks[b]) x = (*c)(x).relu_();
      x = pools[b] = at::avg_pool2d(x, 2, 2, 0, /*ceil_mode=*/true, /*count_include_pad=*/false);
    }
    x = (*m_blocks[4][1])((*m_blocks[4][0])(x).relu_()).relu_();
    x = maxPool2Ceil((*m_blocks[4][2])(x));
    x = dropout((*m_conv6)(x).relu_(), m_drop);
    x = dropout((*m_conv7)(x).relu_(), m_drop);
    x = same(*m_up1, (*m_conv8)(x), pools[3]) + pools[3];
    x = same(*m_up2, x, pools[2]) + pools[2];
    return same(*m_up3, x, images).contiguous();
  }

 private:
  /// The part of a transposed convolution that TensorFlow's SAME keeps for the size of `like`.
  static Tensor same(const Deconv& up, const Tensor& x, const Tensor& like) {
    const Tensor all = up(x);
    const int64_t top = (all.size(2) - like.size(2)) / 2, left = (all.size(3) - like.size(3)) / 2;
    const auto end = [](int64_t after) { return after > 0 ? -after : std::numeric_limits<int64_t>::max(); };
    return all.slice(2, top, end(all.size(2) - like.size(2) - top)).slice(3, left, end(all.size(3) - like.size(3) - left));
  }

  double m_drop;
  std::vector<const Conv*> m_blocks[5];
  const Conv *m_conv6, *m_conv7, *m_conv8;
  const Deconv *m_up1, *m_up2, *m_up3;
};

template <class Net, const int (&Blocks)[5]>
Expected<std::shared_ptr<Network>> make(const NetworkOptions& options) {
  return std::make_shared<Net>(Blocks, options);
}

constexpr std::string_view kLong = "wkentaro/pytorch-fcn, FCN8s", kTutorial = "shekkizh/FCN.tensorflow";

}  // namespace

NetworkFactories fcn8sNet() {
  return {{{"fcn8s_vgg16", INTARSIA_TEXT("FCN-8s on VGG-16"), 134'360'420, kLong, INTARSIA_TEXT("Long's network; wants VGG's weights and a graphics card")},
           make<Fcn8s, kVgg16>},
          {{"fcn8s_vgg19", INTARSIA_TEXT("FCN-8s on VGG-19"), 139'670'116, kLong, INTARSIA_TEXT("As fcn8s_vgg16, with three layers more")},
           make<Fcn8s, kVgg19>},
          {{"fcn8s_vgg16_tf", INTARSIA_TEXT("FCN-8s on VGG-16, TensorFlow tutorial"), 137'292'376, kTutorial,
            INTARSIA_TEXT("The tutorials' variant: average pooling, skips of full width")},
           make<Fcn8sTensorflow, kVgg16>},
          {{"fcn8s_vgg19_tf", INTARSIA_TEXT("FCN-8s on VGG-19, TensorFlow tutorial"), 140'242'264, kTutorial,
            INTARSIA_TEXT("The tutorials' variant: average pooling, skips of full width")},
           make<Fcn8sTensorflow, kVgg19>}};
}

}  // namespace intarsia
