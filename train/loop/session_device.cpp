// SPDX-License-Identifier: GPL-3.0-or-later
// Training on a GPU: steps are asked for ahead, and what became of them is heard later.
#include <torch/torch.h>

#include <limits>

#include "train/loop/session.h"

namespace intarsia {

constexpr int64_t kPictureShare = 4;  // pictures take at most this part of the free memory

void TrainingSession::startDevice() {
  if (m_device == "cpu" && !m_options.asOnDevice) return;
  const torch::Device device(m_device);
  m_queue = std::make_unique<DeviceQueue>(device);
  if (device.is_cuda()) {
    auto& context = at::globalContext();
    const bool tf32 = m_bf16 || m_recipe.precision == "tf32";
    context.setBenchmarkCuDNN(!m_recipe.deterministic);  // shapes are fixed: the fastest algorithm is looked for once
    context.setDeterministicCuDNN(m_recipe.deterministic);
    context.setAllowTF32CuDNN(tf32);
    context.setAllowTF32CuBLAS(tf32);
    (void)torch::zeros({1}, device);  // the driver's context for this thread
  }
  auto kernels = DeviceKernels::on(device);
  if (kernels)
    m_kernels = *kernels;
  else
    notice(kernels.error().message() + INTARSIA_TEXT(". The processor makes the batches, and training is slower"));
}

bool TrainingSession::makeDeviceStep() {
  if (!m_kernels) return false;
  const auto precision = m_bf16 ? torch::kBFloat16 : torch::kFloat;
  const int64_t most = m_device == "cpu" ? std::numeric_limits<int64_t>::max() : freeDeviceMemory() / kPictureShare;
  auto batches =
      DeviceBatches::make(*m_cache, m_recipe, m_info, precision, torch::Device(m_device), most, m_step);
  if (!batches) {
    notice(
        INTARSIA_TEXT("The pictures would take more than a quarter of the GPU's free memory: the processor makes the "
                      "batches, and training is slower"));
    return false;
  }
  DeviceStep::Options options{m_recipe, m_loss, precision, m_recipe.accumulate << m_halvings, true};
  m_deviceStep = std::make_unique<DeviceStep>(*m_weights, std::move(batches), *m_queue, m_kernels, options);
  return true;
}

/// Where memory is short, in smaller parts from then on.
Expected<> TrainingSession::askForStep(int64_t batch, const Weights::Rates& rates) {
  for (;;) {
    try {
      if (m_options.beforeStep) m_options.beforeStep(m_step);
      return m_deviceStep->run(m_step, batch, rates);
    } catch (const std::exception& error) {
      if (!isOutOfMemory(error)) throw;
    }
    m_weights->clearGradients();
    INTARSIA_CHECK(settle(true));
    INTARSIA_CHECK(halveBatches());
    m_deviceStep.reset();
    if (!makeDeviceStep())
      return fail(ErrorCode::tooLarge,
                  INTARSIA_TEXT("There is not enough memory for training. Choose a smaller size, batch or network"));
  }
}

Expected<> TrainingSession::stepOnDevice() {
  const Weights::Rates rates = ratesNow();
  m_rate = rates.rate;
  INTARSIA_CHECK(askForStep(m_step, rates));
  INTARSIA_CHECK(settle(!m_options.dump.empty()));
  if (!m_options.dump.empty())
    dumpStep({m_deviceStep->images().to(torch::kCPU), m_deviceStep->target().to(torch::kCPU)}, m_lastLoss);
  return {};
}

Expected<> TrainingSession::settle(bool all) {
  bool bad = false;
  for (const auto& outcome : m_deviceStep->outcomes(all)) {
    m_labelledPixels += outcome.pixels;
    if ((outcome.step + 1) % stepsPerEpoch() == 0) m_oneAnswer = outcome.oneAnswer;
    if (outcome.pixels == 0) continue;
    m_lastLoss = outcome.loss;
    if (outcome.finite)
      addLoss(outcome.step, outcome.loss);
    else
      bad = bad || outcome.step >= m_rolledBackAt;
  }
  if (!bad) return {};
  m_rolledBackAt = m_step + 1;
  return rollBack();
}

}  // namespace intarsia
