// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <deque>
#include <map>
#include <string>

#include "train/nets/network.h"

namespace intarsia {

/// A convolution that runs in its input's number format; weights stay fp32.
struct Conv {
  torch::nn::Conv2d module{nullptr};
  int stride = 1, padding = 0;
  torch::Tensor weight, bias;  // set by fold(): what inference uses, already in its number format

  torch::Tensor operator()(const torch::Tensor& x) const;
};

/// Convolution without bias, batch normalisation and, if wanted, an addition and ReLU.
struct ConvNorm {
  Conv conv;
  torch::nn::BatchNorm2d norm{nullptr};

  torch::Tensor operator()(const torch::Tensor& x, bool relu = true, const torch::Tensor& residual = {}) const;
};

/// 2×2 transposed convolution with stride 2, stored as such, run as 1×1 convolution + shuffle, then joined with `skip`:
/// result channels = [shuffled up, skip]; the upsampled part is cropped or padded to the skip's size.
struct UpConv {
  torch::nn::ConvTranspose2d module{nullptr};
  torch::Tensor weight, bias;  // as in Conv, in the 1×1 form

  torch::Tensor operator()(const torch::Tensor& x, const torch::Tensor& skip) const;
};

/// A network that is built of the layers above. Paths are dotted state_dict names; the order of calls is the order of the keys.
class LayeredNetwork : public Network {
 public:
  void fold(torch::ScalarType precision) override;

 protected:
  const Conv& conv(const std::string& path, int in, int out, int kernel, int stride, int padding, bool bias);
  const ConvNorm& convNorm(const std::string& convPath, const std::string& normPath, int in, int out, int kernel, int stride, int padding);
  const UpConv& upConv(const std::string& path, int in, int out);

 private:
  Module& parent(const std::string& path, std::string& leaf);
  std::map<std::string, std::shared_ptr<Module>> m_groups;  // by dotted path
  std::deque<Conv> m_convs;          // deques: references stay valid
  std::deque<ConvNorm> m_convNorms;
  std::deque<UpConv> m_upConvs;
};

}  // namespace intarsia
