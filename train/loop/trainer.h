// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/base/sample_source.h"
#include "train/api/rate_finder.h"
#include "train/api/recipe.h"
#include "train/api/run_folder.h"
#include "train/infer/live_model.h"

namespace intarsia {

/// Flags that any thread sets; the trainer looks at them after every step, evaluation batch and cached picture.
struct TrainerControl {
  std::atomic<bool> stop{false};   // ends within a step; `last` (and the best so far) are written
  std::atomic<bool> finish{false}; // the rate falls to its end from now on, over a sixth of the steps done (or the rest, if less)
  std::atomic<bool> pause{false};  // rests within a step until cleared; the time budget rests too
};

enum class TrainPhase { preparing, training, evaluating, saving, paused };
std::string_view phaseName(TrainPhase phase);

struct TrainerProgress {
  TrainPhase phase = TrainPhase::preparing;
  int epoch = 0, epochs = 0;      // epochs: 0 while unknown (a budget of minutes)
  int64_t step = 0, steps = 0;    // steps: estimated for a budget of minutes
  double seconds = 0;             // since the run began, over all its segments
  double secondsLeft = 0;
  double imagesPerSecond = 0;
  double trainLoss = 0;
};

/// Called on the trainer's thread; each may be empty.
struct TrainerEvents {
  std::function<void(const TrainerProgress&)> progress;      // after each step and change of phase: filter by time
  std::function<void(const EpochMetrics&)> epoch;            // a line for metrics.jsonl
  /// The best so far by mIoU on val (without a validation image: the newest): tensors under the network's own names, EMA weights.
  std::function<Expected<>(const TensorSet&)> saveBest;
  /// All that resuming needs; after each epoch (at most every 30 s) and at the end.
  std::function<Expected<>(const TensorSet&)> saveLast;
  std::function<void(const ModelInfo&)> described;           // before the first step and with each new best: for model.json (metrics of the best)
  std::function<void(const std::string&)> notice;            // a sentence for the user
  std::function<void(int64_t step)> weights;                 // `live` holds fresher ones
};

struct TrainerOptions {
  Recipe recipe;
  std::optional<TensorSet> resume;             // what saveLast was given
  LiveModel* live = nullptr;                   // gets the EMA weights at least every 5 s and each epoch, and the turns on the CPU
  std::filesystem::path cacheFolder;           // for sets larger than half of the memory; empty = the temporary folder
  int threads = 0;                             // 0 = all cores, one left free on more than 4
  double rateSeconds = 0;                      // of findRate(): about this long; 0 = all 100 steps, however long
  int loaderThreads = 0;                       // 0 = chosen; results do not depend on it
  /// What the first steps computed with, for comparison with other programs: initial.<name>, images.N, targets.N; `losses` in the metadata.
  std::filesystem::path dump;
  int dumpSteps = 20;
  std::function<void(int64_t step)> beforeStep;  // tests: may throw what a step may throw
  bool asOnDevice = false;                     // tests: the CPU takes the steps that are meant for a GPU (device_step.h)
};

struct TrainerResult {
  bool stopped = false;            // by the flag, before the budget was spent
  int epochs = 0;
  int64_t steps = 0;
  double trainingSeconds = 0;      // without validation
  std::optional<double> bestMeanIoU;
};

/// Trains to the end of the recipe's budget on the calling thread. A budget of minutes counts training time; validation and
/// saving come on top (validation is kept below about 15 % of it). Errors are sentences; nothing is thrown.
Expected<TrainerResult> train(const SampleSource& source, const TrainerOptions& options, TrainerControl& control, const TrainerEvents& events);

/// A test with a rising rate from the recipe's beginning, on the calling thread.
Expected<RateCurve> findRate(const SampleSource& source, const TrainerOptions& options, TrainerControl& control, const TrainerEvents& events);

}  // namespace intarsia
