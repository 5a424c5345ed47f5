// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <torch/torch.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "train/data/batch_plan.h"
#include "train/infer/model.h"

namespace intarsia {

/// What the network is trained on. `target` int64 N×H×W, kIgnoreTarget where nothing counts.
struct Batch {
  torch::Tensor images;   // N×3×H×W, channels-last, normalised, in the training's number format
  torch::Tensor target;
};
inline constexpr int64_t kIgnoreTarget = -100;

/// Prepares augmented batches: ahead in threads of its own, in a ring of tensors that are allocated once; or, where the processor is what trains
/// and another thread would only take its cores away, when they are asked for, shared out over the caller's team. Batch s depends on (seed, s)
/// alone, whatever the number of threads. next() from one thread.
class BatchLoader {
 public:
  struct Options {
    Recipe recipe;                                // a batch is recipe.batch × recipe.accumulate pictures
    Size size;
    ModelInfo normalisation;
    torch::ScalarType precision = torch::kFloat;
    int threads = 1;                              // 0 = the caller's
    bool decodesAhead = false;                    // with 0: a thread of its own decodes pictures before they are wanted, for where a core is free
    int64_t firstStep = 0;
    bool pinned = false;                          // batches lie where a CUDA device copies from
  };
  BatchLoader(SampleCache& cache, Options options);
  ~BatchLoader();  // joins

  /// The batch of the next step; valid until the following call. Fails when no picture can be read or everything is unlabelled.
  Expected<Batch> next();
  /// Sentences about pictures that were left out, each once.
  std::vector<std::string> takeNotices() { return m_plan.takeNotices(); }

 private:
  void work();
  Expected<> produce(int64_t step, Batch& batch);
  Expected<> produceSample(int64_t step, int k, const std::vector<int>& order, Batch& batch);
  struct Canvas {
    std::vector<float> rgb;
    std::vector<uint16_t> labels;
  };

  const Options m_options;
  BatchPlan m_plan;
  struct Place {
    Batch batch;
    int64_t step = -1;       // the step whose batch it holds
    std::optional<Error> error;
  };
  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::vector<Place> m_ring;               // tensors: owned by the thread that fills or uses the place; the rest guarded by m_mutex
  int64_t m_nextToProduce, m_nextToUse;    // guarded by m_mutex where threads produce
  bool m_stop = false;                     // guarded by m_mutex
  std::vector<std::jthread> m_threads;
};

}  // namespace intarsia
