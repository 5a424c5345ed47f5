// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/nets/layers.h"

namespace intarsia {
namespace {

/// The practical U-Net: padded convolutions with batch norm, transposed convolutions upwards (Ronneberger et al. 2015 with the changes
/// that everyone makes). Key names as in milesial/Pytorch-UNet; base 64, depth 4 has 31.04 M parameters.
class UNet final : public LayeredNetwork {
 public:
  explicit UNet(const NetworkOptions& options) : m_depth(options.depth) {
    const bool bilinear = options.upPath == "bilinear";
    const auto pair = [&](const std::string& path, int in, int inner, int out) {
      m_pairs.push_back({&convNorm(path + ".0", path + ".1", in, inner, 3, 1, 1), &convNorm(path + ".3", path + ".4", inner, out, 3, 1, 1)});
    };
    const auto width = [&](int level) { return options.baseWidth << level; };
    pair("inc.double_conv", 3, width(0), width(0));
    for (int level = 1; level <= m_depth; ++level) {
      const int out = width(level) / (bilinear && level == m_depth ? 2 : 1);
      pair("down" + std::to_string(level) + ".maxpool_conv.1.double_conv", width(level - 1), out, out);
    }
    for (int i = 1; i <= m_depth; ++i) {
      const int in = width(m_depth - i + 1), out = in / 2;
      if (!bilinear) m_ups.push_back(&upConv("up" + std::to_string(i) + ".up", in, out));
      // What is interpolated keeps its channels: the pair halves them, but the last one, for which there is nothing to halve.
      pair("up" + std::to_string(i) + ".conv.double_conv", in, out, bilinear && i < m_depth ? out / 2 : out);
    }
    m_head = &conv("outc.conv", options.baseWidth, options.outputs, 1, 1, 0, true);
  }

  torch::Tensor compute(const torch::Tensor& images) override {
    std::vector<torch::Tensor> skips;
    torch::Tensor x = m_pairs[0](images);
    for (int level = 1; level <= m_depth; ++level) {
      skips.push_back(x);
      x = m_pairs[size_t(level)](maxPool2(x));
    }
    for (int i = 1; i <= m_depth; ++i) {
      const torch::Tensor& skip = skips[size_t(m_depth - i)];
      x = m_pairs[size_t(m_depth + i)](m_ups.empty() ? interpolated(x, skip) : (*m_ups[size_t(i - 1)])(x, skip, Join::skipFirst));
    }
    return (*m_head)(x);
  }

  int64_t leastSide() const override { return int64_t(1) << m_depth; }

 private:
  struct Pair {
    const ConvNorm *first, *second;
    torch::Tensor operator()(const torch::Tensor& x) const { return (*second)((*first)(x)); }
  };
  /// Twice as large between the corners' centres, padded to the skip's size.
  static torch::Tensor interpolated(const torch::Tensor& x, const torch::Tensor& skip) {
    torch::Tensor up = at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, /*align_corners=*/true);
    const int64_t right = skip.size(3) - up.size(3), bottom = skip.size(2) - up.size(2);
    if (right || bottom) up = at::constant_pad_nd(up, {0, right, 0, bottom});
    return at::cat({skip, up}, 1);
  }

  int m_depth;
  std::vector<Pair> m_pairs;
  std::vector<const UpConv*> m_ups;  // empty: interpolation
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
             if (options.upPath != "transposed" && options.upPath != "bilinear")
               return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The U-Net's up-path is transposed or bilinear"));
             return std::make_shared<UNet>(options);
           }}};
}

}  // namespace intarsia
