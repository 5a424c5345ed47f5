// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>

#include "train/nets/layers.h"

namespace intarsia {
namespace {

/// A small network of ours for processors: full 3×3 convolutions (oneDNN and our passes work on many channels at a time, depthwise ones
/// leave them idle), a fourth of the size from the second layer on, so that nothing wide is ever computed at full size.
class FastNet final : public LayeredNetwork {
 public:
  explicit FastNet(int outputs) {
    m_stem = {&convNorm("stem.0.0", "stem.0.1", 3, 16, 3, 2, 1), &convNorm("stem.1.0", "stem.1.1", 16, kWidths[0], 3, 2, 1)};
    int in = kWidths[0];
    for (size_t s = 0; s < kWidths.size(); ++s)
      for (int b = 0; b < kBlocks[s]; ++b) {
        const std::string path = "stages." + std::to_string(s) + "." + std::to_string(b) + ".";
        const int stride = s > 0 && b == 0 ? 2 : 1, out = kWidths[s];
        Block block{&convNorm(path + "conv1", path + "bn1", in, out, 3, stride, 1), &convNorm(path + "conv2", path + "bn2", out, out, 3, 1, 1), nullptr};
        if (stride != 1 || in != out) block.shortcut = &convNorm(path + "downsample.0", path + "downsample.1", in, out, 1, stride, 0);
        m_stages[s].push_back(block);
        in = out;
      }
    m_context = &conv("context", in, in, 1, 1, 0, true);
    for (size_t i = 0; i < 3; ++i) {
      const int out = kWidths[2 - i];
      const std::string path = "up." + std::to_string(i);
      m_up[i] = &convNorm(path + ".0", path + ".1", in + out, out, 3, 1, 1);
      in = out;
    }
    m_head = &conv("head", in, outputs, 1, 1, 0, true);
  }

  void draw() override {
    torch::NoGradGuard noGrad;
    for (auto& p : parameters())
      if (p.dim() == 4) torch::nn::init::kaiming_normal_(p, 0, torch::kFanOut, torch::kReLU);
    for (const auto* c : {m_context, m_head}) c->module->bias.zero_();
  }

  torch::Tensor compute(const torch::Tensor& images) override {
    torch::Tensor x = (*m_stem[1])((*m_stem[0])(images));
    std::array<torch::Tensor, 4> found;
    for (size_t s = 0; s < 4; ++s) {
      for (const auto& block : m_stages[s]) x = block(x);
      found[s] = x;
    }
    x = x + (*m_context)(at::adaptive_avg_pool2d(x, {1, 1})).relu_();
    for (size_t i = 0; i < 3; ++i) x = (*m_up[i])(upsampleConcat(x, found[2 - i]));
    return linearTo((*m_head)(x), images.size(2), images.size(3));
  }

 private:
  static constexpr std::array<int, 4> kWidths{32, 64, 128, 192}, kBlocks{1, 2, 2, 2};
  struct Block {
    const ConvNorm *first, *second, *shortcut;
    torch::Tensor operator()(const torch::Tensor& x) const { return (*second)((*first)(x), true, shortcut ? (*shortcut)(x, false) : x); }
  };
  std::array<const ConvNorm*, 2> m_stem;
  std::array<std::vector<Block>, 4> m_stages;
  std::array<const ConvNorm*, 3> m_up;
  const Conv *m_context, *m_head;
};

}  // namespace

NetworkFactories fastNet() {
  return {{{"fast", INTARSIA_TEXT("Fast network"), 2'468'764, {},
            INTARSIA_TEXT("Small and quick: on a processor it learns from twice the pixels in half of the time"), 360 * 270},
           [](const NetworkOptions& options) -> Expected<std::shared_ptr<Network>> { return std::make_shared<FastNet>(options.outputs); }}};
}

}  // namespace intarsia
