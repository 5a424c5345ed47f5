// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/nets/resnet_encoder.h"

namespace intarsia {

ResNetEncoder::ResNetEncoder(LayeredNetwork& network, const ResNetShape& shape, const std::function<std::string(const std::string&)>& path) {
  const auto add = [&](const std::string& conv, const std::string& norm, int in, int out, int kernel, int stride, int dilation) {
    return &network.convNorm(path(conv), path(norm), in, out, kernel, stride, kernel == 7 ? 3 : kernel / 2 * dilation, dilation);
  };
  m_stem = add("conv1", "bn1", 3, 64, 7, 2, 1);
  m_channels[0] = 64;
  int in = 64, dilation = 1;
  for (int l = 0; l < 4; ++l) {
    const int width = 64 << l, out = width * (shape.bottleneck ? 4 : 1);
    const bool dilate = shape.dilated && l >= 2;
    for (int b = 0; b < shape.blocks[size_t(l)]; ++b) {
      const std::string at = "layer" + std::to_string(l + 1) + "." + std::to_string(b) + ".";
      const int stride = l > 0 && b == 0 && !dilate ? 2 : 1;  // the first block of a dilated layer has its predecessor's dilation
      Block block;
      if (shape.bottleneck)
        block.convolutions = {add(at + "conv1", at + "bn1", in, width, 1, 1, 1), add(at + "conv2", at + "bn2", width, width, 3, stride, dilation),
                              add(at + "conv3", at + "bn3", width, out, 1, 1, 1)};
      else
        block.convolutions = {add(at + "conv1", at + "bn1", in, out, 3, stride, 1), add(at + "conv2", at + "bn2", out, out, 3, 1, 1)};
      if (in != out || stride != 1) block.shortcut = add(at + "downsample.0", at + "downsample.1", in, out, 1, stride, 1);
      m_layers[size_t(l)].push_back(block);
      in = out;
      if (dilate && b == 0) dilation *= 2;
    }
    m_channels[size_t(l + 1)] = out;
  }
}

torch::Tensor ResNetEncoder::Block::operator()(torch::Tensor x) const {
  const torch::Tensor beside = shortcut ? (*shortcut)(x, false) : x;
  for (size_t i = 0; i + 1 < convolutions.size(); ++i) x = (*convolutions[i])(x);
  return (*convolutions.back())(x, true, beside);
}

std::array<torch::Tensor, 5> ResNetEncoder::operator()(const torch::Tensor& images) const {
  std::array<torch::Tensor, 5> found{(*m_stem)(images)};
  torch::Tensor x = maxPool3(found[0]);
  for (size_t l = 0; l < 4; ++l) {
    for (const auto& block : m_layers[l]) x = block(x);
    found[l + 1] = x;
  }
  return found;
}

}  // namespace intarsia
