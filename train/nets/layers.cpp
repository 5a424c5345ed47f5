// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/nets/layers.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <cmath>

#include "train/nets/winograd.h"

namespace intarsia {

using torch::Tensor;

ConvWeights::ConvWeights(at::IntArrayRef shape, int biases) : Module("Conv") {
  weight = register_parameter("weight", torch::empty(shape));
  if (biases > 0) bias = register_parameter("bias", torch::empty({biases}));
}

void ConvWeights::draw() {
  torch::NoGradGuard noGrad;
  torch::nn::init::kaiming_uniform_(weight, std::sqrt(5.0));
  const double fanIn = double(weight.size(1) * weight.size(2) * weight.size(3));
  if (bias.defined()) bias.uniform_(-1 / std::sqrt(fanIn), 1 / std::sqrt(fanIn));
}

/// What TorchScript's freezing uses; nothing in a LibTorch without it.
static auto packedOperator(const char* name) {
  auto found = c10::Dispatcher::singleton().findSchema({name, ""});
  if (!at::hasMKLDNN()) found.reset();
  return found;
}

/// oneDNN computes bf16 with AVX-512 alone; its packed operator fails or answers nonsense elsewhere.
static bool packs(torch::ScalarType type) {
#ifdef __x86_64__
  static const bool wide = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  return type != torch::kBFloat16 || wide;
#else
  return type != torch::kBFloat16;
#endif
}

static c10::IValue call(const c10::OperatorHandle& op, torch::jit::Stack stack) {
  op.callBoxed(&stack);
  return stack.back();
}

Tensor FoldedConv::operator()(const Tensor& x, bool relu) const {
  constexpr int64_t kMostPairs = 512 * 512;  // whose filters at 36 points take 38 MB for as long as the network stays
  if (stride == 1 && dilation == 1 && weight.size(0) * weight.size(1) <= kMostPairs && !at::GradMode::is_enabled() && winogradFits(x, weight, padding)) {
    if (!filters.defined()) filters = winogradFilters(weight);
    return winogradConv(x, filters, bias, padding, relu);
  }
  static const auto pack = packedOperator("mkldnn_prepacked::conv2d_prepack"), run = packedOperator("mkldnn_prepacked::conv2d_run");
  if (!pack || !run || !x.is_cpu() || !packs(x.scalar_type()) || at::GradMode::is_enabled() || !x.is_contiguous(at::MemoryFormat::ChannelsLast)) {
    Tensor y = at::conv2d(x, weight, bias, stride, padding, dilation);
    return relu ? y.relu_() : y;
  }
  if (packed.isNone() || packedRelu != relu) {
    const auto both = [](int v) { return std::vector<int64_t>{v, v}; };
    packed = call(*pack, {weight, bias.defined() ? c10::IValue(bias) : c10::IValue(), both(stride), both(padding), both(dilation), int64_t(1), x.sizes().vec(),
                            std::string(relu ? "relu" : "none")});
    packedRelu = relu;
  }
  return call(*run, {x, packed}).toTensor();
}

Tensor Conv::operator()(const Tensor& x) const {
  if (folded.ready()) return folded(x, false);
  if (stride == 1 && dilation == 1 && at::GradMode::is_enabled() && winogradFits(x, module->weight, padding))
    return winogradConv(x, module->weight, module->bias, padding);
  const Tensor w = module->weight.to(x.scalar_type());
  const Tensor b = module->bias.defined() ? module->bias.to(x.scalar_type()) : Tensor();
  return at::conv2d(x, w, b, stride, padding, dilation);
}

Tensor ConvNorm::operator()(const Tensor& x, bool relu, const Tensor& residual) const {
  if (!conv.folded.ready()) return normalise(conv(x), *norm.ptr(), relu, residual);
  if (!residual.defined()) return conv.folded(x, relu);
  Tensor y = conv.folded(x, false).add_(residual);
  return relu ? y.relu_() : y;
}

Tensor Norm::operator()(const Tensor& x, bool relu) const {
  if (!factor.defined()) return normalise(x, *module.ptr(), relu, {});
  Tensor y = at::addcmul(shift, x, factor);
  return relu ? y.relu_() : y;
}

/// ConvTranspose2d's in×out×2×2 as the (4·out)×in×1×1 of a convolution whose result shuffleConcat puts in place: the same sums.
static Tensor shuffleWeight(const Tensor& weight) {
  return weight.permute({2, 3, 1, 0}).reshape({weight.size(1) * 4, weight.size(0), 1, 1});
}

Tensor UpConv::operator()(const Tensor& x, const Tensor& skip, Join order) const {
  if (folded.ready()) return shuffleConcat(folded(x, false), skip, order);
  const Tensor w = shuffleWeight(module->weight).to(x.scalar_type());
  const Tensor b = module->bias.repeat({4}).to(x.scalar_type());
  return shuffleConcat(at::conv2d(x, w, b), skip, order);
}

/// PixelShuffle's order (four parts of a channel side by side) as shuffleConcat's (quarter by quarter).
static Tensor quarters(const Tensor& t) {
  return t.reshape({t.size(0) / 4, 4, -1}).transpose(0, 1).reshape(t.sizes());
}

Tensor PixelShuffleUp::operator()(const Tensor& x, const Tensor& skip) const {
  if (folded.ready()) return shuffleConcat(folded(x, true), skip, Join::upFirst);
  const Tensor w = quarters(module->weight).to(x.scalar_type()), b = quarters(module->bias).to(x.scalar_type());
  return shuffleConcat(at::conv2d(x, w, b).relu_(), skip, Join::upFirst);
}

Tensor Deconv::operator()(const Tensor& x) const {
  return at::conv_transpose2d(x.to(module->weight.scalar_type()), module->weight, module->bias, stride).to(x.scalar_type());
}

torch::nn::Module& LayeredNetwork::parent(const std::string& path, std::string& leaf) {
  Module* at = this;
  size_t from = 0;
  for (size_t dot; (dot = path.find('.', from)) != std::string::npos; from = dot + 1) {
    const std::string part = path.substr(from, dot - from);
    auto& known = m_groups[path.substr(0, dot)];
    if (!known) known = at->register_module(part, std::make_shared<Module>(part));
    at = known.get();
  }
  leaf = path.substr(from);
  return *at;
}

std::shared_ptr<ConvWeights> LayeredNetwork::convWeights(const std::string& path, at::IntArrayRef shape, int biases) {
  std::string leaf;
  return parent(path, leaf).register_module(leaf, std::make_shared<ConvWeights>(shape, biases));
}

const Conv& LayeredNetwork::conv(const std::string& path, int in, int out, int kernel, int stride, int padding, bool bias, int dilation) {
  return m_convs.emplace_back(Conv{convWeights(path, {out, in, kernel, kernel}, bias ? out : 0), stride, padding, dilation, {}});
}

const ConvNorm& LayeredNetwork::convNorm(const std::string& convPath, const std::string& normPath, int in, int out, int kernel, int stride,
                                         int padding, int dilation) {
  auto module = convWeights(convPath, {out, in, kernel, kernel}, 0);
  std::string leaf;
  torch::nn::BatchNorm2d norm{torch::nn::BatchNorm2dOptions(out)};
  parent(normPath, leaf).register_module(leaf, norm.ptr());
  return m_convNorms.emplace_back(ConvNorm{{std::move(module), stride, padding, dilation, {}}, norm});
}

const Norm& LayeredNetwork::norm(const std::string& path, int channels) {
  std::string leaf;
  torch::nn::BatchNorm2d module{torch::nn::BatchNorm2dOptions(channels)};
  parent(path, leaf).register_module(leaf, module.ptr());
  return m_norms.emplace_back(Norm{module, {}, {}});
}

const UpConv& LayeredNetwork::upConv(const std::string& path, int in, int out) {
  return m_upConvs.emplace_back(UpConv{convWeights(path, {in, out, 2, 2}, out), {}});
}

const PixelShuffleUp& LayeredNetwork::pixelShuffleUp(const std::string& path, int in, int out) {
  return m_shuffles.emplace_back(PixelShuffleUp{convWeights(path, {4 * out, in, 1, 1}, 4 * out), {}});
}

const Deconv& LayeredNetwork::deconv(const std::string& path, int in, int out, int kernel, int stride, bool bias) {
  return m_deconvs.emplace_back(Deconv{convWeights(path, {in, out, kernel, kernel}, bias ? out : 0), stride});
}

void LayeredNetwork::draw() {
  for (const auto& module : modules())
    if (const auto convolution = std::dynamic_pointer_cast<ConvWeights>(module)) convolution->draw();
}

void LayeredNetwork::seedDropout(uint64_t seed) {
  m_dropoutSeed = seed;
  m_generator.reset();
}

Tensor LayeredNetwork::dropout(const Tensor& x, double p, bool channels) {
  if (!is_training() || p <= 0) return x;
  if (!m_generator || m_generator->device() != x.device()) {
    m_generator = at::globalContext().defaultGenerator(x.device()).clone();
    m_generator->set_current_seed(m_dropoutSeed);
  }
  const std::vector<int64_t> shape = channels ? std::vector<int64_t>{x.size(0), x.size(1), 1, 1} : x.sizes().vec();
  const Tensor kept = torch::empty(shape, x.options().requires_grad(false)).bernoulli_(1 - p, *m_generator);
  return x * kept.div_(1 - p);
}

void LayeredNetwork::fold(torch::ScalarType precision) {
  torch::NoGradGuard noGrad;
  eval();
  const auto prepare = [&](const Tensor& t) { return t.to(precision).contiguous(at::MemoryFormat::ChannelsLast); };
  for (auto& c : m_convs) {
    c.folded = {prepare(c.module->weight.detach()), c.module->bias.defined() ? c.module->bias.detach().to(precision) : Tensor(), c.stride, c.padding, c.dilation};
  }
  for (auto& c : m_convNorms) {
    const auto& n = *c.norm;
    const Tensor factor = n.weight * (n.running_var + n.options.eps()).rsqrt();
    c.conv.folded = {prepare(c.conv.module->weight * factor.view({-1, 1, 1, 1})), (n.bias - n.running_mean * factor).to(precision), c.conv.stride, c.conv.padding, c.conv.dilation};
  }
  for (auto& n : m_norms) {
    const Tensor factor = n.module->weight * (n.module->running_var + n.module->options.eps()).rsqrt();
    n.shift = (n.module->bias - n.module->running_mean * factor).view({1, -1, 1, 1}).to(precision);
    n.factor = factor.view({1, -1, 1, 1}).to(precision);
  }
  for (auto& u : m_upConvs) {
    u.folded = {prepare(shuffleWeight(u.module->weight)), u.module->bias.repeat({4}).to(precision)};
  }
  for (auto& u : m_shuffles) {
    u.folded = {prepare(quarters(u.module->weight)), quarters(u.module->bias).to(precision)};
  }
}

}  // namespace intarsia
