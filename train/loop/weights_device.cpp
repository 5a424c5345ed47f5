// SPDX-License-Identifier: GPL-3.0-or-later
// The update by the device's kernels: rates and corrections are numbers in its memory.
#include <torch/torch.h>
#include <torch/version.h>

#include "train/loop/weights.h"

namespace intarsia {

using torch::Tensor;

void Weights::prepareForDevice() {
  if (m_gradients.defined()) return;
  torch::NoGradGuard noGrad;
  m_gradients = torch::zeros_like(m_values);
  int64_t length = 0;
  for (const auto& [name, buffer] : m_buffers) length += buffer.is_floating_point() ? buffer.numel() : 0;
  m_statistics = torch::empty({length}, m_values.options());
  m_averageStatistics = torch::empty({length}, m_values.options());
  int64_t at = 0;
  for (size_t i = 0; i < m_buffers.size(); ++i) {
    Tensor& buffer = m_buffers[i].second;
    if (!buffer.is_floating_point()) continue;
    const auto moveInto = [&](const Tensor& flat, Tensor& old) {
      const Tensor home = flat.narrow(0, at, old.numel()).view(old.sizes());
      home.copy_(old);
      old.set_data(home);  // also for the module that holds it
    };
    moveInto(m_statistics, buffer);
    moveInto(m_averageStatistics, m_averageBuffers[i].second);
    at += buffer.numel();
  }
}

void Weights::writeControl(const Rates& rates, device::StepControl& control, device::StretchControl* stretches) {
  const OptimizerStep s = nextStep(rates);
  control.beta1 = s.beta1;
  control.beta2 = s.beta2;
  control.epsilon = s.epsilon;
  control.correction1 = s.correction1;
  control.correction2 = s.correction2;
  control.emaKeep = s.emaKeep;
  control.clip = float(m_recipe.gradientClip);
  for (const auto& stretch : this->stretches()) {
    const OptimizerStep own = stepFor(*stretch.first, s, rates);
    *stretches++ = {own.rate, own.decay, own.l2};
  }
}

Tensor Weights::gatherGradients() {
  torch::NoGradGuard noGrad;
  std::vector<Tensor> from, to;
  for (auto& part : m_parts) {
    if (part.frozen) continue;
    Tensor& gradient = part.parameter.mutable_grad();
    if (!gradient.defined()) {
      view(m_gradients, part).zero_();
      continue;
    }
    from.push_back(gradient);
    to.push_back(view(m_gradients, part));
  }
#if TORCH_VERSION_MAJOR >= 2
  if (!from.empty()) at::_foreach_copy_(to, from);
#else
  for (size_t i = 0; i < from.size(); ++i) to[i].copy_(from[i]);
#endif
  clearGradients();
  return m_gradients.norm();
}

void Weights::update(const DeviceKernels& kernels, const device::StepControl* control,
                     const device::StretchControl* stretch, const device::UpdateState* state) {
  device::UpdateArguments a{};
  a.control = control;
  a.state = state;
  const auto kernel = m_optimizer == Optimizer::sgd       ? kernel::sgd
                      : m_optimizer == Optimizer::rmsprop ? kernel::rmsProp
                                                          : kernel::adamW;
  for (const auto& [first, length] : stretches()) {
    const int64_t at = first->offset;
    a.count = length;
    a.values = m_values.data_ptr<float>() + at;
    a.gradients = m_gradients.data_ptr<float>() + at;
    a.momentum = m_momentum.data_ptr<float>() + at;
    a.variance = m_optimizer == Optimizer::sgd ? nullptr : m_variance.data_ptr<float>() + at;
    a.average = m_average.data_ptr<float>() + at;
    a.stretch = stretch++;
    kernels.run(first->frozen ? kernel::averageOnly : kernel, a);
  }
  a.count = m_statistics.numel();
  a.values = m_statistics.data_ptr<float>();
  a.average = m_averageStatistics.data_ptr<float>();
  kernels.run(kernel::averageBuffers, a);
}

}  // namespace intarsia
