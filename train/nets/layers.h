// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <deque>
#include <map>
#include <string>

#include "train/nets/network.h"
#include "train/nets/ops.h"

namespace intarsia {

/// A convolution as fold() leaves it for inference: weights in their number format; on the CPU made ready at the first call, for Winograd's
/// form where it fits (winograd.h), else in oneDNN's blocks, for which LibTorch has an operator that also applies ReLU.
struct FoldedConv {
  torch::Tensor weight, bias;
  int stride = 1, padding = 0, dilation = 1;

  mutable c10::IValue packed{};
  mutable bool packedRelu = false;
  mutable torch::Tensor filters{};

  bool ready() const { return weight.defined(); }
  torch::Tensor operator()(const torch::Tensor& x, bool relu) const;
};

/// Weight and bias of a convolution, transposed or not, under their usual names. LibTorch's own modules draw their weights when they are made,
/// which takes as long again for weights that are drawn otherwise or read.
struct ConvWeights final : torch::nn::Module {
  torch::Tensor weight, bias;  // out×in×H×W, transposed in×out×H×W; `bias` undefined without

  ConvWeights(at::IntArrayRef shape, int biases);
  /// PyTorch's way.
  void draw();
};

/// A convolution that runs in its input's number format; weights stay fp32.
struct Conv {
  std::shared_ptr<ConvWeights> module;
  int stride = 1, padding = 0, dilation = 1;
  FoldedConv folded;  // set by fold()

  torch::Tensor operator()(const torch::Tensor& x) const;
};

/// Convolution without bias, batch normalisation and, if wanted, an addition and ReLU. A batch norm that would see one number per
/// channel (a pooled picture alone in its batch) uses its running statistics.
struct ConvNorm {
  Conv conv;
  torch::nn::BatchNorm2d norm{nullptr};

  torch::Tensor operator()(const torch::Tensor& x, bool relu = true, const torch::Tensor& residual = {}) const;
};

/// Batch normalisation that follows no convolution directly.
struct Norm {
  torch::nn::BatchNorm2d module{nullptr};
  torch::Tensor factor, shift;  // set by fold()

  torch::Tensor operator()(const torch::Tensor& x, bool relu) const;
};

/// 2×2 transposed convolution with stride 2, stored as such, run as 1×1 convolution + shuffle, then joined with `skip` along
/// channels; the upsampled part is cropped or padded to the skip's size.
struct UpConv {
  std::shared_ptr<ConvWeights> module;
  FoldedConv folded;  // in the 1×1 form

  torch::Tensor operator()(const torch::Tensor& x, const torch::Tensor& skip, Join order) const;
};

/// 1×1 convolution, ReLU and PixelShuffle(2), joined with `skip`: [shuffled, skip].
struct PixelShuffleUp {
  std::shared_ptr<ConvWeights> module;
  FoldedConv folded;

  torch::Tensor operator()(const torch::Tensor& x, const torch::Tensor& skip) const;
};

/// Transposed convolution of any size, computed in fp32: it scales up class scores.
struct Deconv {
  std::shared_ptr<ConvWeights> module;
  int stride = 1;

  torch::Tensor operator()(const torch::Tensor& x) const;
};

/// A network that is built of the layers above. Paths are dotted state_dict names; the order of calls is the order of the keys.
class LayeredNetwork : public Network {
 public:
  /// PyTorch's defaults.
  void draw() override;
  void fold(torch::ScalarType precision) override;
  void seedDropout(uint64_t seed) override;
  /// The last forward pass drew random numbers for dropout.
  bool drewRandomNumbers() const { return m_generator.has_value(); }

  const Conv& conv(const std::string& path, int in, int out, int kernel, int stride, int padding, bool bias, int dilation = 1);
  const ConvNorm& convNorm(const std::string& convPath, const std::string& normPath, int in, int out, int kernel, int stride, int padding,
                           int dilation = 1);
  const Norm& norm(const std::string& path, int channels);
  const UpConv& upConv(const std::string& path, int in, int out);
  const PixelShuffleUp& pixelShuffleUp(const std::string& path, int in, int out);
  const Deconv& deconv(const std::string& path, int in, int out, int kernel, int stride, bool bias);
  /// In training mode numbers (or whole channels) are set to 0 with probability `p`, the others scaled by 1/(1 − p); which ones
  /// depends on seedDropout() and the order of calls alone.
  torch::Tensor dropout(const torch::Tensor& x, double p, bool channels = false);

 private:
  Module& parent(const std::string& path, std::string& leaf);
  std::shared_ptr<ConvWeights> convWeights(const std::string& path, at::IntArrayRef shape, int biases);
  std::map<std::string, std::shared_ptr<Module>> m_groups;  // by dotted path
  std::deque<Conv> m_convs;          // deques: references stay valid
  std::deque<ConvNorm> m_convNorms;
  std::deque<Norm> m_norms;
  std::deque<UpConv> m_upConvs;
  std::deque<PixelShuffleUp> m_shuffles;
  std::deque<Deconv> m_deconvs;
  uint64_t m_dropoutSeed = 0;
  std::optional<at::Generator> m_generator;  // of the device that the network last ran on
};

}  // namespace intarsia
