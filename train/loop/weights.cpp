// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/loop/weights.h"

#include <cmath>

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

Weights::Weights(std::shared_ptr<Network> network, bool sgd) : m_network(std::move(network)), m_sgd(sgd) {
  torch::NoGradGuard noGrad;
  int64_t length = 0;
  for (const bool decayed : {true, false}) {
    for (const auto& item : m_network->named_parameters())
      if ((item.value().dim() > 1) == decayed) {
        m_parts.push_back({item.value(), length, decayed, item.key()});
        length += (item.value().numel() + 15) / 16 * 16;
      }
    if (decayed) m_decayedLength = length;
  }
  m_values = torch::zeros({length}, m_parts.at(0).parameter.options().requires_grad(false));
  for (auto& part : m_parts) {
    Tensor home = view(m_values, part);
    home.copy_(part.parameter);
    part.parameter.set_data(home);
  }
  m_momentum = torch::zeros_like(m_values);
  m_variance = m_sgd ? torch::empty({0}) : torch::zeros_like(m_values);
  m_average = m_values.clone();
  for (const auto& item : m_network->named_buffers()) {
    m_buffers.emplace_back(item.key(), item.value());
    m_averageBuffers.emplace_back(item.key(), item.value().clone());
  }
}

Tensor Weights::view(const Tensor& flat, const Part& part) const {
  const auto sizes = part.parameter.sizes();
  std::vector<int64_t> strides(sizes.size(), 1);
  for (int64_t i = int64_t(sizes.size()) - 2; i >= 0; --i) strides[size_t(i)] = strides[size_t(i + 1)] * sizes[size_t(i + 1)];
  if (sizes.size() == 4) strides = {sizes[1] * sizes[2] * sizes[3], 1, sizes[3] * sizes[1], sizes[1]};
  return flat.narrow(0, part.offset, part.parameter.numel()).as_strided(sizes, strides, part.offset);
}

bool Weights::step(const Rates& rates) {
  torch::NoGradGuard noGrad;
  double squares = 0;
  for (auto& part : m_parts) {
    Tensor& gradient = part.parameter.mutable_grad();
    if (!gradient.defined()) gradient = torch::zeros_like(part.parameter);
    if (gradient.strides() != part.parameter.strides() && part.parameter.dim() > 1)
      gradient = torch::empty_like(part.parameter).copy_(gradient);  // an order of axes that the flat pass cannot read
    squares += gradient.is_cpu() ? kernels().squares(gradient.data_ptr<float>(), gradient.numel()) : 0;
  }
  if (!m_values.is_cpu()) {
    Tensor sum = torch::zeros({}, m_values.options());
    for (auto& part : m_parts) sum += part.parameter.grad().square().sum();
    squares = sum.item<double>();
  }
  const double norm = std::sqrt(squares) / rates.accumulated;
  const bool finite = std::isfinite(norm);
  if (finite) {
    ++m_steps;
    OptimizerStep s{};
    s.rate = float(rates.rate);
    s.beta1 = 0.9f;
    s.beta2 = 0.999f;
    s.epsilon = 1e-8f;
    s.correction1 = float(1 - std::pow(0.9, double(m_steps)));
    s.correction2 = float(1 - std::pow(0.999, double(m_steps)));
    s.emaKeep = float(std::min(rates.emaKeep, (1.0 + double(m_steps)) / (10.0 + double(m_steps))));
    s.gradientScale = float((rates.clip > 0 && norm > rates.clip ? rates.clip / norm : 1) / rates.accumulated);
    OptimizerStep decayed = s;
    decayed.decay = float(rates.rate * rates.weightDecay);
    m_values.is_cpu() ? updateCpu(decayed, s) : updateDevice(decayed, s);
    for (size_t i = 0; i < m_buffers.size(); ++i) {
      const Tensor& now = m_buffers[i].second;
      if (now.is_floating_point()) m_averageBuffers[i].second.lerp_(now, 1 - double(s.emaKeep));
      else m_averageBuffers[i].second.copy_(now);
    }
  } else {
    for (size_t i = 0; i < m_buffers.size(); ++i) m_buffers[i].second.copy_(m_averageBuffers[i].second);
  }
  clearGradients();
  return finite;
}

void Weights::updateCpu(const OptimizerStep& decayed, const OptimizerStep& plain) {
  auto *values = m_values.data_ptr<float>(), *momentum = m_momentum.data_ptr<float>(), *average = m_average.data_ptr<float>();
  auto* variance = m_sgd ? nullptr : m_variance.data_ptr<float>();
  constexpr int64_t kPiece = 65536;
  struct Piece {
    const Part* part;
    const float* gradient;
    int64_t from, length;
  };
  std::vector<Piece> pieces;
  for (const auto& part : m_parts)
    for (int64_t from = 0, n = part.parameter.numel(); from < n; from += kPiece)
      pieces.push_back({&part, part.parameter.grad().data_ptr<float>(), from, std::min(kPiece, n - from)});
  shareOut(int64_t(pieces.size()), [&](int64_t k) {
    const Piece& piece = pieces[size_t(k)];
    const int64_t at = piece.part->offset + piece.from;
    const OptimizerStep& s = piece.part->decayed ? decayed : plain;
    if (m_sgd) kernels().sgd(values + at, piece.gradient + piece.from, momentum + at, average + at, piece.length, s);
    else kernels().adamW(values + at, piece.gradient + piece.from, momentum + at, variance + at, average + at, piece.length, s);
  });
}

void Weights::updateDevice(const OptimizerStep& decayed, const OptimizerStep& plain) {
  Tensor gradient = torch::zeros_like(m_values);
  for (const auto& part : m_parts) view(gradient, part).copy_(part.parameter.grad());
  gradient *= plain.gradientScale;
  m_values.narrow(0, 0, m_decayedLength) *= 1 - decayed.decay;
  if (m_sgd) {
    m_momentum.mul_(plain.beta1).add_(gradient);
    m_values.add_(m_momentum, -plain.rate);
  } else {
    m_momentum.mul_(plain.beta1).add_(gradient, 1 - plain.beta1);
    m_variance.mul_(plain.beta2).addcmul_(gradient, gradient, 1 - plain.beta2);
    m_values.addcdiv_(m_momentum, (m_variance / plain.correction2).sqrt_().add_(plain.epsilon), -plain.rate / plain.correction1);
  }
  m_average.lerp_(m_values, 1 - plain.emaKeep);
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
  // Networks that nobody uses any more serve again: drawing fresh weights costs more than copying them.
  auto spare = std::find_if(m_spares.begin(), m_spares.end(), [](const auto& network) { return network.use_count() == 1; });
  if (spare == m_spares.end()) {
    spare = m_spares.insert(m_spares.end(), makeNetwork(info).value());
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
    if (!m_sgd) into.tensors.push_back(toNamed("variance." + part.name, view(m_variance, part)));
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
    if (!m_sgd) targets.emplace_back("variance." + part.name, view(m_variance, part));
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
