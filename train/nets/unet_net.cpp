// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/nets/layers.h"

namespace intarsia {
namespace {

/// The practical U-Net: padded convolutions with batch norm, transposed convolutions upwards (Ronneberger et al. 2015 with the changes
/// that everyone makes). Key names as in milesial/Pytorch-UNet; base 64, depth 4 has 31.04 M parameters.
class UNet final : public LayeredNetwork {
 public:
  explicit UNet(const NetworkOptions& options) : m_depth(options.depth) {
    const auto pair = [&](const std::string& path, int in, int out) {
      m_pairs.push_back({&convNorm(path + ".0", path + ".1", in, out, 3, 1, 1), &convNorm(path + ".3", path + ".4", out, out, 3, 1, 1)});
    };
    pair("inc.double_conv", 3, options.baseWidth);
    for (int level = 1; level <= m_depth; ++level)
      pair("down" + std::to_string(level) + ".maxpool_conv.1.double_conv", options.baseWidth << (level - 1), options.baseWidth << level);
    for (int i = 1; i <= m_depth; ++i) {
      const int out = options.baseWidth << (m_depth - i);
      m_ups.push_back(&upConv("up" + std::to_string(i) + ".up", 2 * out, out));
      pair("up" + std::to_string(i) + ".conv.double_conv", 2 * out, out);
    }
    m_head = &conv("outc.conv", options.baseWidth, options.outputs, 1, 1, 0, true);
  }

  torch::Tensor forward(const torch::Tensor& images) override {
    std::vector<torch::Tensor> skips;
    torch::Tensor x = m_pairs[0](images);
    for (int level = 1; level <= m_depth; ++level) {
      skips.push_back(x);
      x = m_pairs[size_t(level)](maxPool2(x));
    }
    for (int i = 1; i <= m_depth; ++i) x = m_pairs[size_t(m_depth + i)]((*m_ups[size_t(i - 1)])(x, skips[size_t(m_depth - i)], Join::skipFirst));
    return (*m_head)(x);
  }

 private:
  struct Pair {
    const ConvNorm *first, *second;
    torch::Tensor operator()(const torch::Tensor& x) const { return (*second)((*first)(x)); }
  };
  int m_depth;
  std::vector<Pair> m_pairs;
  std::vector<const UpConv*> m_ups;
  const Conv* m_head = nullptr;
};

}  // namespace

NetworkFactories unetNet() {
  return {{{"unet", INTARSIA_TEXT("U-Net"), 7'763'404, "milesial/Pytorch-UNet", INTARSIA_TEXT("Ronneberger's with padding and batch norm; base width 64 is the usual one with 31 M parameters")},
           [](const NetworkOptions& options) -> Expected<std::shared_ptr<Network>> {
             if (options.baseWidth < 4 || options.baseWidth > 512)
               return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The U-Net's base width must lie between 4 and 512"));
             if (options.depth < 1 || options.depth > 7)
               return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The U-Net's depth must lie between 1 and 7"));
             return std::make_shared<UNet>(options);
           }}};
}

}  // namespace intarsia
