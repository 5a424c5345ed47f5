// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/loop/weights.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "train/infer/torch_model.h"
#include "train/io/tensors.h"
#include "train/kernels/share.h"

namespace intarsia {

using torch::Tensor;

/// Copies `prefix` + name for each of `into`; what is missing or has another shape is an error that names it.
static Expected<> copyState(const TensorSet& from, const std::string& prefix, const std::vector<std::pair<std::string, Tensor>>& into) {
  for (auto [name, tensor] : into) {
    const NamedTensor* found = from.find(prefix + name);
    if (!found || tensor.sizes() != at::IntArrayRef(found->shape))
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The checkpoint does not fit the recipe's network: {tensor} is missing or has another shape"),
                  {{"tensor", prefix + name}});
    tensor.copy_(toTensor(*found));
  }
  return {};
}

/// Index of the group whose list of beginnings fits `name`; the number of lists when none does.
static int groupOf(const std::string& name, const std::string& groups, int& count) {
  // fastai cuts a ResNet before layer3 and before the decoder; what has no encoder is one group.
  static const std::string kAuto = "encoder.conv1 encoder.bn1 encoder.layer1 encoder.layer2 backbone.conv1 backbone.bn1 backbone.layer1 backbone.layer2 layers.0.0 layers.0.1 "
      "layers.0.4 layers.0.5;encoder backbone layers.0";
  const std::string& list = groups == "auto" ? kAuto : groups;
  int found = -1;
  count = 0;
  for (size_t from = 0; from <= list.size();) {
    const size_t end = std::min(list.find(';', from), list.size());
    std::istringstream words(list.substr(from, end - from));
    bool any = false;
    for (std::string word; words >> word; any = true)
      if (found < 0 && name.starts_with(word)) found = count;
    count += any;
    from = end + 1;
  }
  return found < 0 ? count : found;
}

static bool isNorm(const std::shared_ptr<torch::nn::Module>& module) { return std::dynamic_pointer_cast<torch::nn::BatchNorm2dImpl>(module) != nullptr; }

Weights::Weights(std::shared_ptr<Network> network, const Recipe& recipe, bool byTorch)
    : m_network(std::move(network)),
      m_recipe(recipe),
      m_optimizer(recipe.optimizer == "sgd" ? Optimizer::sgd : recipe.optimizer == "adam" ? Optimizer::adam : recipe.optimizer == "rmsprop" ? Optimizer::rmsprop : Optimizer::adamw),
      m_byTorch(byTorch || !m_network->parameters().at(0).is_cpu()) {
  torch::NoGradGuard noGrad;
  std::set<std::string> norms;
  for (const auto& item : m_network->named_modules())
    if (isNorm(item.value())) {
      m_norms.emplace_back(item.key(), std::dynamic_pointer_cast<torch::nn::BatchNorm2dImpl>(item.value()));
      norms.insert(item.key());
    }
  for (const auto& item : m_network->named_parameters()) {
    Part part{item.value(), 0, recipe.decayAll || item.value().dim() > 1, item.key()};
    part.group = groupOf(part.name, recipe.layerGroups, m_groups);
    part.norm = norms.contains(part.name.substr(0, part.name.rfind('.')));
    m_parts.push_back(part);
  }
  ++m_groups;
  // What is updated alike lies side by side.
  std::stable_sort(m_parts.begin(), m_parts.end(), [](const Part& a, const Part& b) { return std::pair(a.group, !a.decayed) < std::pair(b.group, !b.decayed); });
  int64_t length = 0;
  for (auto& part : m_parts) {
    part.offset = length;
    length += (part.parameter.numel() + 15) / 16 * 16;
  }
  m_values = torch::zeros({length}, m_parts.at(0).parameter.options().requires_grad(false));
  for (auto& part : m_parts) {
    Tensor home = view(m_values, part);
    home.copy_(part.parameter);
    part.parameter.set_data(home);
  }
  m_momentum = torch::zeros_like(m_values);
  m_variance = m_optimizer == Optimizer::sgd ? torch::empty({0}) : torch::zeros_like(m_values);
  m_average = m_values.clone();
  for (const auto& item : m_network->named_buffers()) {
    m_buffers.emplace_back(item.key(), item.value());
    m_averageBuffers.emplace_back(item.key(), item.value().clone());
  }
}

void Weights::freeze(bool frozen) {
  m_restingNorms = frozen && m_recipe.frozenNorm == "eval";
  for (auto& part : m_parts) {
    part.frozen = frozen && matchesPatterns(part.name, m_recipe.freeze) && !(part.norm && m_recipe.frozenNorm == "train");
    part.parameter.set_requires_grad(!part.frozen);
  }
  if (m_gradients.defined()) m_gradients.zero_();
}

void Weights::setModes() {
  m_network->train();
  if (!m_restingNorms) return;
  for (const auto& [name, norm] : m_norms)
    if (matchesPatterns(name + ".weight", m_recipe.freeze)) norm->eval();
}

Tensor Weights::view(const Tensor& flat, const Part& part) const {
  const auto sizes = part.parameter.sizes();
  std::vector<int64_t> strides(sizes.size(), 1);
  for (int64_t i = int64_t(sizes.size()) - 2; i >= 0; --i) strides[size_t(i)] = strides[size_t(i + 1)] * sizes[size_t(i + 1)];
  if (sizes.size() == 4) strides = {sizes[1] * sizes[2] * sizes[3], 1, sizes[3] * sizes[1], sizes[1]};
  return flat.narrow(0, part.offset, part.parameter.numel()).as_strided(sizes, strides, part.offset);
}

/// Σ g² over the gradients, which it brings into the parameters' order of axes; frozen parts have none.
double Weights::gradientSquares() {
  double squares = 0;
  Tensor sum = m_byTorch ? torch::zeros({}, m_values.options()) : Tensor();
  for (auto& part : m_parts) {
    if (part.frozen) continue;
    Tensor& gradient = part.parameter.mutable_grad();
    if (!gradient.defined()) gradient = torch::zeros_like(part.parameter);
    if (gradient.strides() != part.parameter.strides() && part.parameter.dim() > 1)
      gradient = torch::empty_like(part.parameter).copy_(gradient);  // an order of axes that the flat pass cannot read
    if (sum.defined()) sum += gradient.square().sum();
    else squares += kernels().squares(gradient.data_ptr<float>(), gradient.numel());
  }
  return sum.defined() ? sum.item<double>() : squares;
}

OptimizerStep Weights::stepFor(const Part& part, OptimizerStep step, const Rates& rates) const {
  const double above = m_groups > 1 ? double(m_groups - 1 - part.group) / (m_groups - 1) : 0;
  const double rate = rates.spread > 1 ? rates.rate * std::pow(rates.spread, -above) : rates.rate;
  step.rate = float(rate);
  if (!part.decayed) return step;
  if (m_optimizer == Optimizer::adamw) step.decay = float(rate * m_recipe.weightDecay);
  else step.l2 = float(m_recipe.weightDecay);
  return step;
}

/// Counts a step; all but the gradients' scale.
OptimizerStep Weights::nextStep(const Rates& rates) {
  ++m_steps;
  OptimizerStep s{};
  s.beta1 = float(rates.momentum);
  s.beta2 = float(m_recipe.beta2);
  s.epsilon = float(m_recipe.epsilon);
  s.correction1 = float(1 - std::pow(rates.momentum, double(m_steps)));
  s.correction2 = float(1 - std::pow(m_recipe.beta2, double(m_steps)));
  s.emaKeep = float(std::min(m_recipe.ema, (1.0 + double(m_steps)) / (10.0 + double(m_steps))));
  if (m_recipe.ema == 0) s.emaKeep = 0;
  return s;
}

bool Weights::step(const Rates& rates) {
  torch::NoGradGuard noGrad;
  const double norm = std::sqrt(gradientSquares()) / rates.accumulated;
  const bool finite = std::isfinite(norm);
  if (finite) {
    OptimizerStep s = nextStep(rates);
    const double clip = m_recipe.gradientClip;
    s.gradientScale = float((clip > 0 && norm > clip ? clip / (norm + 1e-6) : 1) / rates.accumulated);
    m_byTorch ? updateDevice(s, rates) : updateCpu(s, rates);
    updateBuffers(double(s.emaKeep));
  } else {
    for (size_t i = 0; i < m_buffers.size(); ++i) m_buffers[i].second.copy_(m_averageBuffers[i].second);
  }
  clearGradients();
  return finite;
}

void Weights::updateBuffers(double keep) {
  for (size_t i = 0; i < m_buffers.size(); ++i) {
    const Tensor& now = m_buffers[i].second;
    if (now.is_floating_point()) m_averageBuffers[i].second.lerp_(now, 1 - keep);
    else m_averageBuffers[i].second.copy_(now);
  }
}

void Weights::updateCpu(const OptimizerStep& step, const Rates& rates) {
  auto *values = m_values.data_ptr<float>(), *momentum = m_momentum.data_ptr<float>(), *average = m_average.data_ptr<float>();
  auto* variance = m_optimizer == Optimizer::sgd ? nullptr : m_variance.data_ptr<float>();
  constexpr int64_t kPiece = 65536;
  struct Piece {
    const Part* part;
    const float* gradient;
    int64_t from, length;
    OptimizerStep step;
  };
  std::vector<Piece> pieces;
  for (const auto& part : m_parts) {
    if (part.frozen) {
      m_average.narrow(0, part.offset, part.parameter.numel()).lerp_(m_values.narrow(0, part.offset, part.parameter.numel()), 1 - double(step.emaKeep));
      continue;
    }
    const OptimizerStep own = stepFor(part, step, rates);
    for (int64_t from = 0, n = part.parameter.numel(); from < n; from += kPiece)
      pieces.push_back({&part, part.parameter.grad().data_ptr<float>(), from, std::min(kPiece, n - from), own});
  }
  shareOut(int64_t(pieces.size()), [&](int64_t k) {
    const Piece& piece = pieces[size_t(k)];
    const int64_t at = piece.part->offset + piece.from;
    const OptimizerStep& s = piece.step;
    const float* g = piece.gradient + piece.from;
    if (m_optimizer == Optimizer::sgd) kernels().sgd(values + at, g, momentum + at, average + at, piece.length, s);
    else if (m_optimizer == Optimizer::rmsprop) kernels().rmsProp(values + at, g, momentum + at, variance + at, average + at, piece.length, s);
    else kernels().adamW(values + at, g, momentum + at, variance + at, average + at, piece.length, s);
  });
}

std::vector<Weights::Stretch> Weights::stretches() const {
  std::vector<Stretch> all;
  for (size_t i = 0, end = 0; i < m_parts.size(); i = end) {
    const Part& first = m_parts[i];
    for (end = i + 1; end < m_parts.size(); ++end)
      if (const Part& p = m_parts[end]; p.group != first.group || p.decayed != first.decayed || p.frozen != first.frozen) break;
    all.push_back({&first, (end < m_parts.size() ? m_parts[end].offset : m_values.size(0)) - first.offset});
  }
  return all;
}

/// Few operations over long stretches of alike parts: each costs a launch.
void Weights::updateDevice(const OptimizerStep& step, const Rates& rates) {
  Tensor gradients = torch::zeros_like(m_values);
  for (const auto& part : m_parts)
    if (!part.frozen) view(gradients, part).copy_(part.parameter.grad());
  gradients *= step.gradientScale;
  for (const auto& [part, length] : stretches()) {
    const Part& first = *part;
    if (first.frozen) continue;
    const auto stretch = [&, n = length](const Tensor& all) { return all.narrow(0, first.offset, n); };
    const OptimizerStep s = stepFor(first, step, rates);
    Tensor p = stretch(m_values), m = stretch(m_momentum), g = stretch(gradients);
    if (s.l2 != 0) g.add_(p, s.l2);
    if (s.decay != 0) p.mul_(1 - s.decay);
    if (m_optimizer == Optimizer::sgd) {
      m.mul_(s.beta1).add_(g);
      p.add_(m, -s.rate);
      continue;
    }
    Tensor v = stretch(m_variance);
    v.mul_(s.beta2).addcmul_(g, g, 1 - s.beta2);
    if (m_optimizer == Optimizer::rmsprop) {
      m.mul_(s.beta1).addcdiv_(g, v.sqrt().add_(s.epsilon));
      p.add_(m, -s.rate);
    } else {
      m.mul_(s.beta1).add_(g, 1 - s.beta1);
      p.addcdiv_(m, (v / s.correction2).sqrt_().add_(s.epsilon), -s.rate / s.correction1);
    }
  }
  m_average.lerp_(m_values, 1 - step.emaKeep);
}

void Weights::rollBack() {
  torch::NoGradGuard noGrad;
  m_values.copy_(m_average);
  m_momentum.zero_();
  m_variance.zero_();
  for (size_t i = 0; i < m_buffers.size(); ++i) m_buffers[i].second.copy_(m_averageBuffers[i].second);
}

void Weights::clearGradients() {
  for (auto& part : m_parts) part.parameter.mutable_grad() = Tensor();
}

std::shared_ptr<Network> Weights::averaged(const ModelInfo& info) const {
  torch::NoGradGuard noGrad;
  // Networks that nobody uses any more serve again.
  auto spare = std::find_if(m_spares.begin(), m_spares.end(), [](const auto& network) { return network.use_count() == 1; });
  if (spare == m_spares.end()) {
    spare = m_spares.insert(m_spares.end(), makeNetwork(info, false).value());
    (*spare)->to(m_values.device());
  }
  const std::shared_ptr<Network> other = *spare;
  auto parameters = other->named_parameters();
  for (const auto& part : m_parts) parameters[part.name].copy_(view(m_average, part));
  auto buffers = other->named_buffers();
  for (const auto& [name, tensor] : m_averageBuffers) buffers[name].copy_(tensor);
  return other;
}

void Weights::save(TensorSet& into) const {
  for (const auto& part : m_parts) {
    into.tensors.push_back(toNamed("net." + part.name, view(m_values, part)));
    into.tensors.push_back(toNamed("ema." + part.name, view(m_average, part)));
    into.tensors.push_back(toNamed("momentum." + part.name, view(m_momentum, part)));
    if (m_optimizer != Optimizer::sgd) into.tensors.push_back(toNamed("variance." + part.name, view(m_variance, part)));
  }
  for (const auto& [name, tensor] : m_buffers) into.tensors.push_back(toNamed("net." + name, tensor));
  for (const auto& [name, tensor] : m_averageBuffers) into.tensors.push_back(toNamed("ema." + name, tensor));
  into.metadata["optimizerSteps"] = std::to_string(m_steps);
}

Expected<> Weights::load(const TensorSet& from) {
  torch::NoGradGuard noGrad;
  std::vector<std::pair<std::string, Tensor>> targets;
  for (const auto& part : m_parts) {
    targets.emplace_back("net." + part.name, view(m_values, part));
    targets.emplace_back("ema." + part.name, view(m_average, part));
    targets.emplace_back("momentum." + part.name, view(m_momentum, part));
    if (m_optimizer != Optimizer::sgd) targets.emplace_back("variance." + part.name, view(m_variance, part));
  }
  for (const auto& [name, tensor] : m_buffers) targets.emplace_back("net." + name, tensor);
  for (const auto& [name, tensor] : m_averageBuffers) targets.emplace_back("ema." + name, tensor);
  INTARSIA_CHECK(copyState(from, "", targets));
  const auto steps = from.metadata.find("optimizerSteps");
  if (steps == from.metadata.end()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The checkpoint does not say how many steps it has seen"));
  m_steps = std::atoll(steps->second.c_str());
  return {};
}

}  // namespace intarsia
