// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "core/base/sample_source.h"
#include "train/api/engine_client.h"
#include "train/api/run_folder.h"
#include "train/loop/trainer.h"

namespace intarsia {

/// How the engine reaches pictures: the executable knows codecs, `train` does not.
struct EngineHooks {
  /// The run's snapshot or shards.
  std::function<Expected<std::shared_ptr<const SampleSource>>(const RunFolder& run, const RunFolder::Snapshot& snapshot)> open;
  std::function<Expected<Image>(const std::string& path)> readImage;
};

struct SessionOptions {
  RunFolder run{""};
  bool resume = false;
  LiveModel* live = nullptr;
  std::filesystem::path dump;  // see TrainerOptions
  int threads = 0;             // 0 = chosen
  std::string device;          // instead of the recipe's
};

/// Called on the training thread.
struct SessionEvents {
  std::function<void(const RunProgress&)> progress;  // after each step and change of phase
  std::function<void(const EpochMetrics&)> metrics;  // already in metrics.jsonl
  std::function<void(int64_t step)> weights;         // `live` holds fresher ones
  std::function<void(const std::string&)> notice;    // a sentence; lines below it are its details
};

/// One training in a run folder, on the calling thread: holds its lock, writes metrics, status, checkpoints and model.json.
/// Never throws. Without `resume` a run that has a checkpoint is refused.
Expected<TrainerResult> runSession(const SessionOptions& options, const EngineHooks& hooks, TrainerControl& control, const SessionEvents& events);

/// The learning-rate test on a run folder, which it only reads. Never throws.
Expected<RateCurve> rateSession(const RunFolder& run, double limit, const EngineHooks& hooks, TrainerControl& control, const SessionEvents& events);

/// The model of a run folder, model folder or .safetensors file.
Expected<std::shared_ptr<const Model>> loadModel(const std::filesystem::path& path, const std::string& device = "auto");

}  // namespace intarsia
