// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/loop/session.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include "train/infer/torch_model.h"
#include "train/io/tensors.h"
#include "train/loop/device.h"

namespace intarsia {

namespace {
constexpr double kPublishEvery = 5, kSaveEvery = 30;     // seconds
constexpr double kEvaluationShare = 0.15;                // of the training time

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
}  // namespace

double TrainingSession::spent() const {
  if (m_finishFrom >= 0) return double(m_step) / double(m_plannedSteps);
  if (m_plannedSteps > 0) return double(m_step) / double(m_plannedSteps);
  return m_trainSeconds / (m_recipe.minutes * 60);
}

void TrainingSession::notice(const std::string& text) const {
  if (m_events.notice) m_events.notice(text);
}

void TrainingSession::report(TrainPhase phase) {
  m_totalSeconds = m_secondsBefore + secondsSince(m_started);
  if (m_options.live) m_options.live->setBusy(phase != TrainPhase::paused && m_device == "cpu");
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
    if (m_secondsPerStep > 0) p.imagesPerSecond = m_recipe.batch * m_recipe.accumulate / m_secondsPerStep;
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
    if (stopRequested()) break;
    INTARSIA_CHECK(step());
    report(TrainPhase::training);
    if (m_options.live && secondsSince(m_lastPublish) >= kPublishEvery) publish();
  }
  if (m_deviceStep) {  // the time that the device still needs for what it was asked for is the training's
    const auto start = Clock::now();
    INTARSIA_CHECK(settle(true));
    m_trainSeconds += secondsSince(start);
    m_lineSeconds += secondsSince(start);
  }
  for (const auto& text : m_deviceStep ? m_deviceStep->takeNotices() : m_loader->takeNotices()) notice(text);
  if (stopRequested()) return {};
  return finishEpoch();
}

void TrainingSession::waitWhilePaused() {
  if (!m_control.pause) return;
  report(TrainPhase::paused);
  while (m_control.pause && !stopRequested()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  report(TrainPhase::training);
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
  line.imagesPerSecond = m_secondsPerStep > 0 ? m_recipe.batch * m_recipe.accumulate / m_secondsPerStep : 0;
  m_lossSum = m_lineSeconds = 0;
  m_lossSteps = 0;
  if (due) INTARSIA_CHECK(evaluateNow(line));
  if (stopRequested() && due && !line.meanIoU) return {};
  line.seconds = m_totalSeconds = m_secondsBefore + secondsSince(m_started);
  if (m_events.epoch) m_events.epoch(line);
  warnOfCollapse(line);
  if (m_recipe.schedule == "plateau") m_plateau.add(m_recipe, line.valLoss.value_or(line.trainLoss));
  if (spent() < 1 && m_events.saveLast && (m_recipe.deterministic || secondsSince(m_lastSave) >= kSaveEvery)) {
    report(TrainPhase::saving);
    // A checkpoint that cannot be written (a full disk) leaves the one before; training goes on and tries again.
    if (const auto saved = m_events.saveLast(checkpoint()); !saved) warnOnce(m_toldSave, saved.error().message());
    else m_toldSave = false;
    m_lastSave = Clock::now();
  }
  return {};
}

Expected<> TrainingSession::evaluateNow(EpochMetrics& line) {
  report(TrainPhase::evaluating);
  const auto start = Clock::now();
  const size_t known = m_evaluator->notices().size();
  const auto model = averagedModel();
  const auto measurement = model->measurement(m_options.asOnDevice);
  auto result = m_evaluator->run(*model, m_threads, [&] {
    report(TrainPhase::evaluating);
    return stopRequested();
  }, {}, turnstile(), measurement.get());
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
  int answers = 0, truths = 0;
  for (int c = 0; c < m_info.classes.size(); ++c) {
    answers += result->confusion.precision(c).has_value();
    truths += result->confusion.recall(c).has_value();
  }
  m_oneAnswer = answers == 1 && truths > 1;
  line.best = !m_best || *line.meanIoU > *m_best;
  if (!line.best) return {};
  const ModelInfo before = m_info;
  m_info.pixelAccuracy = line.pixelAccuracy;
  m_info.meanIoU = line.meanIoU;
  m_info.valLoss = line.valLoss;
  m_info.classIoU = line.classIoU;
  if (const auto saved = saveBest(stateOf(*m_weights->averaged(m_info))); !saved) {
    warnOnce(m_toldSave, saved.error().message());
    m_info = before;
    line.best = false;
    return {};
  }
  m_best = line.meanIoU;
  return {};
}

Expected<> TrainingSession::saveBest(const TensorSet& weights) {
  m_info.epoch = int(std::max<int64_t>(1, epochsDone()));
  m_info.step = m_step;
  m_info.scale = trainedScale();
  if (m_events.saveBest) INTARSIA_CHECK(m_events.saveBest(weights));
  m_savedBest = true;
  if (m_events.described) m_events.described(m_info);
  return {};
}

/// Of the largest picture that was seen so far. A shard's pictures may have been reduced before.
double TrainingSession::trainedScale() const {
  if (!m_source.atOwnSize()) return 0;
  const double training = m_cache->leastScale() * m_recipe.size.width / m_cache->size().width, validation = m_evaluator->leastScale();
  return training > 0 && validation > 0 ? std::min(training, validation) : std::max(training, validation);
}

std::shared_ptr<const Model> TrainingSession::averagedModel() const {
  ModelInfo info = m_info;
  info.step = m_step;
  info.scale = trainedScale();
  return makeTorchModel(std::move(info), m_weights->averaged(m_info), m_device, m_bf16);
}

void TrainingSession::publish() {
  m_lastPublish = Clock::now();
  m_options.live->publish(averagedModel());
  if (m_events.weights) m_events.weights(m_step);
}

}  // namespace intarsia
