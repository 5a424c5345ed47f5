// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <torch/torch.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "train/cuda/device_batches.h"
#include "train/cuda/queue.h"
#include "train/loop/loss.h"
#include "train/loop/weights.h"

namespace intarsia {

/// Training steps that the host only asks for: batch, network, loss and update follow each other on the device, on the
/// same memory each time, and what came of them is read later. Where nothing in a step varies it is recorded once and
/// replayed as a graph. On the CPU the same lines run without a graph: tests. Trainer thread, within the life of
/// `queue`.
class DeviceStep {
 public:
  struct Options {
    Recipe recipe;
    LossOptions loss;
    torch::ScalarType precision = torch::kFloat;
    int parts = 1;  // that a batch is computed in; their gradients add up
    bool graph = true;
  };
  DeviceStep(Weights& weights, std::unique_ptr<DeviceBatches> batches, const DeviceQueue& queue,
             std::shared_ptr<const DeviceKernels> kernels, Options options);
  ~DeviceStep();

  /// Asks for a step; throws what Torch throws (no memory). `batch`: whose pictures; the numbers `step` and `batch`
  /// differ in a test of rates.
  Expected<> run(int64_t step, int64_t batch, const Weights::Rates& rates);
  /// Layers began or ceased to rest: what was recorded does not hold any more.
  void forgetRecording();

  struct Outcome {
    int64_t step = 0;
    double loss = 0;         // mean over the parts in which something counted
    int64_t pixels = 0;      // that counted; 0: nothing was changed
    bool finite = true;      // else nothing was changed but statistics, which went back to their average
    bool oneAnswer = false;  // one class everywhere, though the labels hold several
  };
  /// Of the steps that are known to be done, each once and in order; `all` waits for the rest.
  std::vector<Outcome> outcomes(bool all);
  std::vector<std::string> takeNotices();
  const torch::Tensor& images() const { return m_images; }
  const torch::Tensor& target() const { return m_target; }

 private:
  struct Slot {  // of the host: written while the device still reads an earlier one
    torch::Tensor input, staging;
    QueueMark mark;
  };
  static constexpr size_t kSlots = 6;  // the host is at most so many steps ahead
  static constexpr int64_t kHistory = 64, kReadEvery = 16;
  static constexpr int kWarmUp = 3;  // steps before one is recorded

  void work();  // the device's part of a step
  void computePart(int64_t from, int64_t length, int64_t part);
  void noteAnswers(const torch::Tensor& answers, const torch::Tensor& target);
  void recordOrWork();
  void startReading();
  template <class T>
  T* at(const torch::Tensor& block, size_t offset) const;

  Weights& m_weights;
  const std::unique_ptr<DeviceBatches> m_batches;
  const DeviceQueue& m_queue;
  const std::shared_ptr<const DeviceKernels> m_kernels;
  const Options m_options;
  size_t m_stretchesAt = 0, m_layersAt = 0, m_tonesAt = 0;  // in the input block, behind the control
  std::array<Slot, kSlots> m_slots;
  size_t m_slot = 0;
  // on the device, at fixed places
  torch::Tensor m_input, m_images, m_target, m_allowed, m_losses, m_pixels, m_extremes, m_state, m_history;
  torch::Tensor m_historyHost;
  std::optional<QueueMark> m_reading;  // of the history, until its end
  int64_t m_readUntil = 0;             // number of steps that it covers
  std::vector<int64_t> m_asked;        // steps whose outcomes are not told yet, oldest first
  int64_t m_count = 0, m_told = 0;     // steps asked for, and told
  int64_t m_step = 0;                  // of the one in work
  int m_warm = 0;
  bool m_mayRecord = true;
  std::unique_ptr<Recording> m_recording;
  std::vector<std::string> m_notices;
};

}  // namespace intarsia
