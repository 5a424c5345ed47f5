// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <chrono>
#include <memory>
#include <optional>

#include "train/data/loader.h"
#include "train/loop/device_step.h"
#include "train/loop/evaluator.h"
#include "train/loop/loss.h"
#include "train/loop/schedule.h"
#include "train/loop/trainer.h"
#include "train/loop/weights.h"

namespace intarsia {

/// Of what Torch throws: the CPU's allocator has no type of its own for it.
bool isOutOfMemory(const std::exception& error);

/// One call of train(): what it holds while it runs. Trainer thread only.
class TrainingSession {
 public:
  TrainingSession(const SampleSource& source, const TrainerOptions& options, TrainerControl& control, const TrainerEvents& events)
      : m_source(source), m_options(options), m_recipe(options.recipe), m_control(control), m_events(events) {}
  Expected<> prepare();
  Expected<TrainerResult> run();
  /// session_rate.cpp: leaves weights, optimizer, statistics and random state as they were.
  Expected<RateCurve> testRates(double limit);

 private:
  using Clock = std::chrono::steady_clock;
  enum class StepResult { done, skipped, outOfMemory };

  // session_prepare.cpp
  Expected<> checkClasses() const;
  Size chooseSize(const std::string& device) const;
  Expected<> resume(const TensorSet& from);
  TensorSet checkpoint() const;
  /// Calls f(name, member, in checkpoints since the first version) for each number that a checkpoint keeps.
  template <class Session, class F>
  static void forEachNumber(Session& s, F&& f);
  void makeLoader();
  Expected<> enterStage();         // that `spent()` lies in: its size, its frozen layers
  Expected<> makeWeights();
  Expected<> weighClasses();

  // session.cpp
  Expected<> trainEpoch();
  Expected<> step();
  void endStep(Clock::time_point start);
  StepResult compute(const Batch& batch, const Weights::Rates& rates);
  void addLoss(int64_t step, double value);
  Expected<> halveBatches();
  Expected<> rollBack();
  Loss addGradients(const torch::Tensor& images, const torch::Tensor& target, int64_t from);
  Weights::Rates ratesNow();
  void beginDecay();
  void watch(const torch::Tensor& logits, const torch::Tensor& target);
  void waitWhilePaused();
  Expected<> finishEpoch();
  bool evaluationIsDue() const;
  Expected<> evaluateNow(EpochMetrics& line);
  Expected<> saveBest(const TensorSet& weights);
  Turnstile* turnstile() const { return m_options.live && m_device == "cpu" ? &m_options.live->turnstile() : nullptr; }
  double trainedScale() const;
  std::shared_ptr<const Model> averagedModel() const;
  void publish();
  void report(TrainPhase phase);
  void notice(const std::string& text) const;
  double spent() const;            // share of the budget, 0…1
  bool stopRequested() const { return m_control.stop.load(std::memory_order_relaxed); }
  int64_t stepsPerEpoch() const { return BatchPlan::stepsPerEpoch(m_cache->count(), m_recipe.batch * m_recipe.accumulate); }
  // session_device.cpp
  void startDevice();              // queue, kernels and numbers of the device, before anything is put there
  bool makeDeviceStep();           // false: batches and steps are the host's
  Expected<> stepOnDevice();
  Expected<> askForStep(int64_t batch, const Weights::Rates& rates);
  Expected<> settle(bool all);     // what steps on the device came to, as far as it is known; `all` waits
  // session_watch.cpp
  void warnOfCollapse(const EpochMetrics& line);
  void warnOnce(bool& told, const std::string& text);
  // session_rate.cpp
  void dumpStart();
  void dumpStep(const Batch& batch, double loss);
  Expected<double> testStep(int64_t number, int64_t keep, const Weights::Rates& rates);
  int64_t epochsDone() const { return m_step / stepsPerEpoch(); }

  const SampleSource& m_source;
  const TrainerOptions& m_options;
  Recipe m_recipe;                 // size and device resolved
  TrainerControl& m_control;
  const TrainerEvents& m_events;

  // constant after prepare()
  int m_threads = 1;
  std::string m_device;
  bool m_bf16 = false;
  ModelInfo m_info;
  LossOptions m_loss;
  std::vector<RecipeStage> m_stages;
  std::unique_ptr<DeviceQueue> m_queue;                 // of a GPU; outlives what lies there
  std::shared_ptr<const DeviceKernels> m_kernels;       // null: the host makes batches and asks for each operation
  std::unique_ptr<SampleCache> m_cache;
  std::unique_ptr<Weights> m_weights;
  std::unique_ptr<Evaluator> m_evaluator;
  std::unique_ptr<BatchLoader> m_loader;                // one of these two
  std::unique_ptr<DeviceStep> m_deviceStep;

  // where training stands; saved in `last`
  int64_t m_plannedSteps = 0;      // 0: a budget of minutes
  int64_t m_finishFrom = -1;       // step at which the final decay began
  double m_finishRate = 0;         // of that step
  Plateau m_plateau;
  int64_t m_step = 0;
  double m_trainSeconds = 0, m_totalSeconds = 0;
  double m_lossSum = 0;            // since the last line of metrics
  int64_t m_lossSteps = 0, m_labelledPixels = 0;
  double m_rateFactor = 1;         // halved when numbers stopped being finite
  int m_rollBacks = 0, m_halvings = 0;
  std::optional<double> m_best;

  // not saved
  Clock::time_point m_started, m_lastSave, m_lastPublish;
  double m_secondsBefore = 0;      // of earlier segments
  double m_secondsPerStep = 0, m_evaluationSeconds = 0, m_trainSecondsAtEvaluation = 0;
  double m_lineSeconds = 0;        // training since the last line
  double m_rate = 0, m_recentLoss = 0;
  bool m_savedBest = false;
  int64_t m_rolledBackAt = 0;      // steps before that were asked for with the old weights
  int m_stage = -1;
  double m_lastLoss = 0;
  double m_firstLosses = 0;        // mean of the first five steps
  bool m_toldFlat = false, m_toldConstant = false, m_toldZero = false, m_toldSave = false;
  bool m_oneAnswer = false;        // the newest batch got one class everywhere, though it holds several
  TensorSet m_dump;
};

}  // namespace intarsia
