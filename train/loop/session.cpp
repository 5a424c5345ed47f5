// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/loop/session.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include "train/infer/torch_model.h"
#include "train/io/tensors.h"
#include "train/loop/device.h"
#include "train/loop/schedule.h"

namespace intarsia {

namespace {
constexpr int kMostHalvings = 3, kMostRollBacks = 5;
constexpr double kPublishEvery = 5, kSaveEvery = 30;     // seconds
constexpr double kEvaluationShare = 0.15;                // of the training time

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
}  // namespace

double TrainingSession::spent() const {
  if (m_plannedSteps > 0) return double(m_step) / double(m_plannedSteps);
  return m_trainSeconds / (m_recipe.minutes * 60);
}

void TrainingSession::notice(const std::string& text) const {
  if (m_events.notice) m_events.notice(text);
}

void TrainingSession::report(TrainPhase phase) {
  m_totalSeconds = m_secondsBefore + secondsSince(m_started);
  if (!m_events.progress) return;
  TrainerProgress p;
  p.phase = phase;
  p.step = m_step;
  p.seconds = m_totalSeconds;
  p.trainLoss = m_recentLoss;
  if (m_cache) {
    p.epoch = int(epochsDone()) + 1;
    p.steps = m_plannedSteps;
    if (m_plannedSteps > 0) {
      p.epochs = int((m_plannedSteps + stepsPerEpoch() - 1) / stepsPerEpoch());
      p.secondsLeft = double(m_plannedSteps - m_step) * m_secondsPerStep;
    } else {
      p.secondsLeft = std::max(0.0, m_recipe.minutes * 60 - m_trainSeconds);
      if (m_secondsPerStep > 0) p.steps = m_step + int64_t(p.secondsLeft / m_secondsPerStep);
    }
    p.epoch = std::min(p.epoch, p.epochs > 0 ? p.epochs : p.epoch);
    if (m_secondsPerStep > 0) p.imagesPerSecond = m_recipe.batch / m_secondsPerStep;
  }
  m_events.progress(p);
}

Expected<TrainerResult> TrainingSession::run() {
  while (spent() < 1 && !stopRequested()) INTARSIA_CHECK(trainEpoch());
  report(TrainPhase::saving);
  if (!m_savedBest && m_step > 0) INTARSIA_CHECK(saveBest(stateOf(*m_weights->averaged(m_info))));
  if (m_events.saveLast && m_step > 0) INTARSIA_CHECK(m_events.saveLast(checkpoint()));
  TrainerResult result;
  result.stopped = stopRequested() && spent() < 1;
  result.epochs = int(epochsDone());
  result.steps = m_step;
  result.trainingSeconds = m_trainSeconds;
  result.bestMeanIoU = m_best;
  return result;
}

Expected<> TrainingSession::trainEpoch() {
  const int64_t end = (epochsDone() + 1) * stepsPerEpoch();
  report(TrainPhase::training);
  while (m_step < end && spent() < 1 && !stopRequested()) {
    waitWhilePaused();
    if (stopRequested()) return {};
    INTARSIA_CHECK(step());
    report(TrainPhase::training);
    if (m_options.live && secondsSince(m_lastPublish) >= kPublishEvery) publish();
  }
  for (const auto& text : m_loader->takeNotices()) notice(text);
  if (stopRequested()) return {};
  return finishEpoch();
}

void TrainingSession::waitWhilePaused() {
  if (!m_control.pause) return;
  report(TrainPhase::paused);
  while (m_control.pause && !stopRequested()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  report(TrainPhase::training);
}

Expected<> TrainingSession::step() {
  const auto start = Clock::now();
  INTARSIA_TRY(const Batch batch, m_loader->next());
  m_rate = learningRateAt(m_recipe, spent()) * m_rateFactor;
  const auto inTurn = [&] {
    const Turnstile::Turn turn(m_options.live && m_device == "cpu" ? &m_options.live->turnstile() : nullptr);
    return compute(batch, m_rate);
  };
  StepResult result = inTurn();
  if (result == StepResult::outOfMemory) {
    if (m_halvings >= kMostHalvings || (m_recipe.batch >> m_halvings) < 2)
      return fail(ErrorCode::tooLarge, INTARSIA_TEXT("There is not enough memory for training, even with a smaller batch. Choose a smaller size or network"));
    ++m_halvings;
    notice("There was not enough memory: batches are computed in " + std::to_string(1 << m_halvings) + " parts from now on");
    result = inTurn();
    if (result == StepResult::outOfMemory) return {};  // the next step tries smaller parts
  }
  if (result == StepResult::skipped) {
    if (++m_rollBacks > kMostRollBacks)
      return fail(ErrorCode::failed, INTARSIA_TEXT("Training diverges: the numbers stopped being finite {n} times. Choose a lower learning rate"),
                  {{"n", std::to_string(m_rollBacks)}});
    m_rateFactor /= 2;
    m_weights->rollBack();
    notice(INTARSIA_TEXT("Numbers stopped being finite: training goes on from the averaged weights with half the learning rate"));
  }
  ++m_step;
  const double seconds = secondsSince(start);
  m_trainSeconds += seconds;
  m_lineSeconds += seconds;
  m_secondsPerStep = m_secondsPerStep > 0 ? 0.95 * m_secondsPerStep + 0.05 * seconds : seconds;
  return {};
}

TrainingSession::StepResult TrainingSession::compute(const Batch& batch, double rate) {
  const int64_t size = batch.images.size(0), parts = int64_t(1) << m_halvings, length = (size + parts - 1) / parts;
  double lossSum = 0;
  int64_t counted = 0;
  int computed = 0;
  try {
    for (int64_t from = 0; from < size; from += length) {
      const auto device = torch::Device(m_device);
      const torch::Tensor images = batch.images.slice(0, from, from + length).to(device, true), target = batch.target.slice(0, from, from + length).to(device, true);
      m_weights->network().train();
      const torch::Tensor logits = m_weights->network().forward(images);
      const Loss loss = segmentationLoss(logits, target, m_loss, Random(m_recipe.seed ^ 0x6c6f7661737aull, uint32_t(m_step), uint32_t(from)));
      if (loss.pixels == 0) continue;
      lossSum += loss.value;
      counted += loss.pixels;
      ++computed;
      if (!std::isfinite(loss.value)) break;
      logits.backward(loss.gradient);
    }
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    if (text.find("can't allocate") == std::string::npos && text.find("out of memory") == std::string::npos) throw;
    m_weights->clearGradients();
    return StepResult::outOfMemory;
  }
  m_labelledPixels += counted;
  if (computed == 0) {
    m_weights->clearGradients();
    return StepResult::done;
  }
  const double value = lossSum / computed;
  bool good = std::isfinite(value);
  if (good) {
    Weights::Rates rates{rate, m_recipe.weightDecay, m_recipe.ema, m_recipe.gradientClip, computed};
    good = m_weights->step(rates);
  } else {
    m_weights->clearGradients();
  }
  if (!good) return StepResult::skipped;
  m_lossSum += value;
  ++m_lossSteps;
  m_recentLoss = m_recentLoss == 0 ? value : 0.9 * m_recentLoss + 0.1 * value;
  return StepResult::done;
}

bool TrainingSession::evaluationIsDue() const {
  if (m_evaluator->count() == 0) return false;
  if (spent() >= 1) return true;
  if (epochsDone() % m_recipe.evaluateEvery != 0) return false;
  return m_recipe.deterministic || m_evaluationSeconds <= kEvaluationShare * (m_trainSeconds - m_trainSecondsAtEvaluation);
}

Expected<> TrainingSession::finishEpoch() {
  if (m_labelledPixels == 0 && epochsDone() >= 1)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("No pixel of the training images is labelled with a class that counts"));
  if (m_options.live) publish();
  const bool due = evaluationIsDue();
  // Sets of a few pictures have epochs of a second: their lines would say little and fill the chart.
  if (!due && m_lineSeconds < 1 && spent() < 1 && !m_recipe.deterministic) return {};
  EpochMetrics line;
  line.epoch = int(std::max<int64_t>(1, epochsDone()));
  line.step = m_step;
  line.trainLoss = m_lossSteps ? m_lossSum / double(m_lossSteps) : 0;
  line.learningRate = m_rate;
  line.imagesPerSecond = m_secondsPerStep > 0 ? m_recipe.batch / m_secondsPerStep : 0;
  m_lossSum = m_lineSeconds = 0;
  m_lossSteps = 0;
  if (due) INTARSIA_CHECK(evaluateNow(line));
  if (stopRequested() && due && !line.meanIoU) return {};
  line.seconds = m_totalSeconds = m_secondsBefore + secondsSince(m_started);
  if (m_events.epoch) m_events.epoch(line);
  if (spent() < 1 && m_events.saveLast && (m_recipe.deterministic || secondsSince(m_lastSave) >= kSaveEvery)) {
    report(TrainPhase::saving);
    INTARSIA_CHECK(m_events.saveLast(checkpoint()));
    m_lastSave = Clock::now();
  }
  return {};
}

Expected<> TrainingSession::evaluateNow(EpochMetrics& line) {
  report(TrainPhase::evaluating);
  const auto start = Clock::now();
  const size_t known = m_evaluator->notices().size();
  auto result = m_evaluator->run(*averagedModel(), m_threads, [&] {
    report(TrainPhase::evaluating);
    return stopRequested();
  });
  for (size_t i = known; i < m_evaluator->notices().size(); ++i) notice(m_evaluator->notices()[i]);
  m_evaluationSeconds = secondsSince(start);
  m_trainSecondsAtEvaluation = m_trainSeconds;
  if (!result) {
    if (result.error().code == ErrorCode::cancelled) return {};
    notice(result.error().message());  // training is worth going on without a measure
    return {};
  }
  line.valLoss = result->loss;
  line.pixelAccuracy = result->confusion.pixelAccuracy();
  line.meanIoU = result->confusion.meanIoU();
  for (int c = 0; c < m_info.classes.size(); ++c) line.classIoU.push_back(result->confusion.iou(c));
  line.best = !m_best || *line.meanIoU > *m_best;
  if (!line.best) return {};
  m_best = line.meanIoU;
  m_info.pixelAccuracy = line.pixelAccuracy;
  m_info.meanIoU = line.meanIoU;
  m_info.valLoss = line.valLoss;
  m_info.classIoU = line.classIoU;
  return saveBest(stateOf(*m_weights->averaged(m_info)));
}

Expected<> TrainingSession::saveBest(const TensorSet& weights) {
  m_savedBest = true;
  m_info.epoch = int(std::max<int64_t>(1, epochsDone()));
  m_info.step = m_step;
  if (m_events.saveBest) INTARSIA_CHECK(m_events.saveBest(weights));
  if (m_events.described) m_events.described(m_info);
  return {};
}

std::shared_ptr<const Model> TrainingSession::averagedModel() const {
  ModelInfo info = m_info;
  info.step = m_step;
  return makeTorchModel(std::move(info), m_weights->averaged(m_info), m_device, m_bf16);
}

void TrainingSession::publish() {
  m_lastPublish = Clock::now();
  m_options.live->publish(averagedModel());
  if (m_events.weights) m_events.weights(m_step);
}

}  // namespace intarsia
