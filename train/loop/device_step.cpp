// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/loop/device_step.h"

#include <algorithm>
#include <limits>

#include "train/cuda/device_loss.h"
#include "train/nets/layers.h"

namespace intarsia {

using torch::Tensor;

namespace {
constexpr size_t aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }
}  // namespace

template <class T>
T* DeviceStep::at(const Tensor& block, size_t offset) const {
  return reinterpret_cast<T*>(block.data_ptr<uint8_t>() + offset);
}

DeviceStep::DeviceStep(Weights& weights, std::unique_ptr<DeviceBatches> batches, const DeviceQueue& queue,
                       std::shared_ptr<const DeviceKernels> kernels, Options options)
    : m_weights(weights),
      m_batches(std::move(batches)),
      m_queue(queue),
      m_kernels(std::move(kernels)),
      m_options(std::move(options)) {
  m_weights.prepareForDevice();
  m_stretchesAt = aligned(sizeof(device::StepControl));
  // Every part of the weights may become a stretch of its own when layers are frozen.
  m_layersAt = m_stretchesAt + aligned(sizeof(device::StretchControl) * m_weights.network().parameters().size());
  m_tonesAt = m_layersAt + aligned(sizeof(device::Layer) * size_t(m_batches->layers()));
  const auto bytes = int64_t(m_tonesAt + aligned(sizeof(float) * size_t(m_batches->toneNumbers())));
  const auto device = m_queue.device();
  const auto options8 = torch::TensorOptions(torch::kByte), there = options8.device(device);
  for (auto& slot : m_slots) slot.input = torch::zeros({bytes}, options8.pinned_memory(device.is_cuda()));
  m_input = torch::zeros({bytes}, there);
  const Size size = m_batches->plan().size();
  const int64_t n = m_batches->samples();
  m_images =
      torch::empty({n, 3, size.height, size.width}, there.dtype(m_options.precision), at::MemoryFormat::ChannelsLast);
  m_target = torch::empty({n, size.height, size.width}, there.dtype(torch::kLong));
  m_allowed = torch::tensor(m_options.loss.allowed, options8).to(device);
  m_losses = torch::zeros({n}, there.dtype(torch::kDouble));
  m_pixels = torch::zeros({n}, there.dtype(torch::kLong));
  m_extremes = torch::zeros({4}, there.dtype(torch::kLong));
  m_state = torch::zeros({int64_t(sizeof(device::UpdateState))}, there);
  m_history = torch::zeros({kHistory * int64_t(sizeof(device::HistoryRow))}, there);
  m_historyHost = torch::zeros(m_history.sizes(), options8.pinned_memory(device.is_cuda()));
}

DeviceStep::~DeviceStep() {
  try {
    m_queue.wait();  // for copies from memory that ends here
  } catch (const std::exception&) {
    // a device that failed has no more copies
  }
}

void DeviceStep::forgetRecording() {
  m_queue.wait();
  m_recording.reset();
  m_warm = 0;
}

Expected<> DeviceStep::run(int64_t step, int64_t batch, const Weights::Rates& rates) {
  m_step = step;
  Slot& slot = m_slots[m_slot];
  slot.mark.wait();
  auto* control = at<device::StepControl>(slot.input, 0);
  INTARSIA_CHECK(m_batches->prepare(batch, at<device::Layer>(slot.input, m_layersAt), at<float>(slot.input, m_tonesAt),
                                    slot.staging));
  m_weights.writeControl(rates, *control, at<device::StretchControl>(slot.input, m_stretchesAt));
  control->lossSeed = m_options.recipe.seed ^ 0x6c6f7661737aull;
  control->step = unsigned(step);
  control->slot = int(m_count % kHistory);
  m_input.copy_(slot.input, true);
  slot.mark = m_queue.mark();
  m_slot = (m_slot + 1) % kSlots;
  recordOrWork();
  m_asked.push_back(step);
  if (++m_count % kReadEvery == 0) startReading();
  return {};
}

/// Losses that count pixels on the host, and dropout with its own random numbers, cannot be replayed.
void DeviceStep::recordOrWork() {
  if (!m_recording && m_warm >= kWarmUp && m_mayRecord && m_options.graph && m_options.loss.fused()) {
    m_mayRecord = false;
    const auto* layered = dynamic_cast<const LayeredNetwork*>(&m_weights.network());
    if (!layered || layered->drewRandomNumbers()) {
      m_notices.emplace_back(
          INTARSIA_TEXT("This network draws random numbers in each step: its steps are not recorded as a graph"));
    } else {
      try {
        m_recording = m_queue.record([this] { work(); });
        m_mayRecord = true;
      } catch (const std::exception& error) {
        std::string why = error.what();
        why.resize(std::min(why.find('\n'), why.size()));
        m_weights.clearGradients();
        m_notices.push_back("A step could not be recorded as a graph, its operations are started one by one: " + why);
      }
    }
  }
  if (m_recording) return m_recording->replay();
  work();
  ++m_warm;
}

void DeviceStep::work() {
  m_batches->fill(*m_kernels, at<device::Layer>(m_input, m_layersAt), at<float>(m_input, m_tonesAt), m_images,
                  m_target);
  m_weights.setModes();
  m_weights.clearGradients();
  const int64_t size = m_images.size(0), length = (size + m_options.parts - 1) / m_options.parts;
  int64_t part = 0;
  for (int64_t from = 0; from < size; from += length, ++part) computePart(from, length, part);
  const Tensor norm = m_weights.gatherGradients();
  device::DecideArguments a{};
  a.count = 1;
  a.norm = norm.data_ptr<float>();
  a.losses = m_losses.data_ptr<double>();
  a.pixels = m_pixels.data_ptr<int64_t>();
  a.extremes = m_extremes.data_ptr<int64_t>();
  a.control = at<device::StepControl>(m_input, 0);
  a.state = at<device::UpdateState>(m_state, 0);
  a.history = at<device::HistoryRow>(m_history, 0);
  a.parts = int(part);
  m_kernels->run(kernel::decide, a);
  m_weights.update(*m_kernels, a.control, at<device::StretchControl>(m_input, m_stretchesAt), a.state);
}

void DeviceStep::computePart(int64_t from, int64_t length, int64_t part) {
  Network& network = m_weights.network();
  network.seedDropout(m_options.recipe.seed ^ uint64_t(m_step) << 20 ^ uint64_t(from));
  const Tensor target = m_target.slice(0, from, from + length),
               logits = network.forward(m_images.slice(0, from, from + length));
  const Tensor second = network.takeAuxiliary().logits;
  const auto lossOf = [&](const Tensor& of) {
    if (m_options.loss.fused())
      return deviceLoss(*m_kernels, of, target, m_options.loss, m_allowed, at<device::StepControl>(m_input, 0),
                        int(from));
    const Random random(m_options.recipe.seed ^ 0x6c6f7661737aull, uint32_t(m_step), uint32_t(from));
    const Loss loss = segmentationLossByTorch(of, target, m_options.loss, random);
    DeviceLoss out;
    out.value = torch::full({}, loss.value, m_losses.options());
    out.pixels = torch::full({}, loss.pixels, m_pixels.options());
    out.gradient = loss.gradient.defined() ? loss.gradient : torch::zeros_like(of);
    out.answers = of.detach().argmax(1);
    return out;
  };
  const DeviceLoss loss = lossOf(logits);
  noteAnswers(loss.answers, target);
  m_pixels[part].copy_(loss.pixels);
  if (!second.defined() || m_options.recipe.auxiliaryWeight <= 0) {
    m_losses[part].copy_(loss.value);
    logits.backward(loss.gradient);
    return;
  }
  const DeviceLoss other = lossOf(second);
  m_losses[part].copy_(loss.value + other.value * m_options.recipe.auxiliaryWeight);
  torch::autograd::backward({logits, second}, {loss.gradient, other.gradient * m_options.recipe.auxiliaryWeight});
}

/// Whether one class is answered everywhere, of the last part.
void DeviceStep::noteAnswers(const Tensor& answers, const Tensor& target) {
  torch::NoGradGuard noGrad;
  m_extremes[0].copy_(answers.min());
  m_extremes[1].copy_(answers.max());
  m_extremes[2].copy_(target.masked_fill(target < 0, std::numeric_limits<int64_t>::max()).min());
  m_extremes[3].copy_(target.max());
}

void DeviceStep::startReading() {
  if (m_reading)
    return;  // at most kSlots steps lie between two calls and the end of the first: nothing is overwritten unread
  m_historyHost.copy_(m_history, true);
  m_reading = m_queue.mark();
  m_readUntil = m_count;
}

std::vector<DeviceStep::Outcome> DeviceStep::outcomes(bool all) {
  std::vector<Outcome> found;
  const auto take = [&] {
    const auto* rows = at<device::HistoryRow>(m_historyHost, 0);
    for (; m_told < m_readUntil; ++m_told) {
      const device::HistoryRow& row = rows[m_told % kHistory];
      found.push_back({m_asked[found.size()], row.loss, row.pixels, row.finite != 0, row.oneAnswer != 0});
    }
    m_reading.reset();
  };
  if (m_reading && all) m_reading->wait();
  if (m_reading && m_reading->reached()) take();
  if (all && m_told < m_count) {
    startReading();
    m_reading->wait();
    take();
  }
  m_asked.erase(m_asked.begin(), m_asked.begin() + std::ptrdiff_t(found.size()));
  return found;
}

std::vector<std::string> DeviceStep::takeNotices() {
  std::vector<std::string> all = m_batches->plan().takeNotices();
  all.insert(all.end(), m_notices.begin(), m_notices.end());
  m_notices.clear();
  return all;
}

}  // namespace intarsia
