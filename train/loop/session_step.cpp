// SPDX-License-Identifier: GPL-3.0-or-later
// One step: its rates, its gradients, and what happens when memory or numbers fail.
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <new>

#include "train/loop/session.h"

namespace intarsia {

namespace {
constexpr int kMostHalvings = 3, kMostRollBacks = 5;

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
}  // namespace

bool isOutOfMemory(const std::exception& error) {
  const std::string text = error.what();
  return dynamic_cast<const std::bad_alloc*>(&error) || text.find("can't allocate") != std::string::npos || text.find("out of memory") != std::string::npos;
}

/// The final decay: from the rate of now to the end of the schedule, over a sixth of the steps done, at least an epoch, at most what is left.
void TrainingSession::beginDecay() {
  const int64_t length = std::max(stepsPerEpoch(), m_step / 6);
  const double secondsLeft = m_recipe.minutes * 60 - m_trainSeconds;
  const int64_t left = m_plannedSteps > 0 ? m_plannedSteps - m_step : m_secondsPerStep > 0 ? int64_t(secondsLeft / m_secondsPerStep) : length;
  m_finishFrom = m_step;
  m_finishRate = m_rate;
  m_plannedSteps = m_step + std::max<int64_t>(1, std::min(length, left));
  notice("The learning rate falls to its end over " + std::to_string(m_plannedSteps - m_step) + " more steps");
}

Weights::Rates TrainingSession::ratesNow() {
  const RecipeStage& stage = m_stages[size_t(m_stage)];
  double all = 0, before = 0;
  for (size_t i = 0; i < m_stages.size(); ++i) all += m_stages[i].share, before += int(i) < m_stage ? m_stages[i].share : 0;
  const double done = (spent() - before / all) / (stage.share / all);
  Weights::Rates rates;
  if (m_finishFrom >= 0) {
    rates.rate = decayFrom(m_recipe, m_finishRate, double(m_step - m_finishFrom) / double(m_plannedSteps - m_finishFrom));
    rates.momentum = m_recipe.momentum;
  } else {
    rates.rate = learningRateAt(m_recipe, stage, done, m_plateau.factor) * m_rateFactor;
    rates.momentum = momentumAt(m_recipe, stage, done);
  }
  rates.spread = stage.spread > 0 ? stage.spread : m_recipe.rateSpread;
  return rates;
}

Expected<> TrainingSession::step() {
  const auto start = Clock::now();
  if (m_control.finish && m_finishFrom < 0 && m_step > 0) beginDecay();
  if (m_finishFrom < 0) INTARSIA_CHECK(enterStage());
  if (m_deviceStep) {
    INTARSIA_CHECK(stepOnDevice());
    endStep(start);
    return {};
  }
  INTARSIA_TRY(const Batch batch, m_loader->next());
  const Weights::Rates rates = ratesNow();
  m_rate = rates.rate;
  const auto inTurn = [&] {
    const Turnstile::Turn turn(turnstile());
    return compute(batch, rates);
  };
  StepResult result = inTurn();
  while (result == StepResult::outOfMemory) {
    INTARSIA_CHECK(halveBatches());
    result = inTurn();
  }
  if (result == StepResult::skipped) INTARSIA_CHECK(rollBack());
  if (!m_options.dump.empty()) dumpStep(batch, m_lastLoss);
  endStep(start);
  return {};
}

void TrainingSession::endStep(Clock::time_point start) {
  ++m_step;
  const double seconds = secondsSince(start);
  m_trainSeconds += seconds;
  m_lineSeconds += seconds;
  m_secondsPerStep = m_secondsPerStep > 0 ? 0.95 * m_secondsPerStep + 0.05 * seconds : seconds;
}

Expected<> TrainingSession::halveBatches() {
  if (m_halvings >= kMostHalvings || (m_recipe.batch >> m_halvings) < 2)
    return fail(ErrorCode::tooLarge, INTARSIA_TEXT("There is not enough memory for training, even with a smaller batch. Choose a smaller size or network"));
  ++m_halvings;
  notice("There was not enough memory: batches are computed in " + std::to_string(m_recipe.accumulate << m_halvings) + " parts from now on");
  return {};
}

Expected<> TrainingSession::rollBack() {
  if (++m_rollBacks > kMostRollBacks)
    return fail(ErrorCode::failed, INTARSIA_TEXT("Training diverges: the numbers stopped being finite {n} times. Choose a lower learning rate"),
                {{"n", std::to_string(m_rollBacks)}});
  m_rateFactor /= 2;
  m_weights->rollBack();
  notice(INTARSIA_TEXT("Numbers stopped being finite: training goes on from the averaged weights with half the learning rate"));
  return {};
}

void TrainingSession::addLoss(int64_t step, double value) {
  m_lossSum += value;
  ++m_lossSteps;
  if (step < 5) m_firstLosses += value / 5;
  m_recentLoss = m_recentLoss == 0 ? value : 0.9 * m_recentLoss + 0.1 * value;
}

/// Loss and gradients of a part of a batch.
Loss TrainingSession::addGradients(const torch::Tensor& images, const torch::Tensor& target, int64_t from) {
  Network& network = m_weights->network();
  network.seedDropout(m_recipe.seed ^ uint64_t(m_step) << 20 ^ uint64_t(from));
  const torch::Tensor logits = network.forward(images);
  const torch::Tensor second = network.takeAuxiliary().logits;
  const Random random(m_recipe.seed ^ 0x6c6f7661737aull, uint32_t(m_step), uint32_t(from));
  Loss loss = segmentationLoss(logits, target, m_loss, random);
  if (loss.pixels == 0 || !std::isfinite(loss.value)) return loss;
  if ((m_step + 1) % stepsPerEpoch() == 0) watch(logits, target);
  if (!second.defined() || m_recipe.auxiliaryWeight <= 0) {
    logits.backward(loss.gradient);
    return loss;
  }
  const Loss other = segmentationLoss(second, target, m_loss, random);
  loss.value += m_recipe.auxiliaryWeight * other.value;
  torch::autograd::backward({logits, second}, {loss.gradient, other.gradient * m_recipe.auxiliaryWeight});
  return loss;
}

TrainingSession::StepResult TrainingSession::compute(const Batch& batch, const Weights::Rates& rates) {
  const int64_t size = batch.images.size(0), parts = int64_t(m_recipe.accumulate) << m_halvings, length = (size + parts - 1) / parts;
  double lossSum = 0;
  int64_t counted = 0;
  int computed = 0;
  m_weights->setModes();
  try {
    for (int64_t from = 0; from < size; from += length) {
      if (m_options.beforeStep) m_options.beforeStep(m_step);
      const auto device = torch::Device(m_device);
      const torch::Tensor images = batch.images.slice(0, from, from + length).to(device, true), target = batch.target.slice(0, from, from + length).to(device, true);
      const Loss loss = addGradients(images, target, from);
      if (loss.pixels == 0) continue;
      lossSum += loss.value;
      counted += loss.pixels;
      ++computed;
      if (!std::isfinite(loss.value)) break;
    }
  } catch (const std::bad_alloc&) {
    m_weights->clearGradients();
    return StepResult::outOfMemory;
  } catch (const c10::Error& error) {
    if (!isOutOfMemory(error)) throw;
    m_weights->clearGradients();
    return StepResult::outOfMemory;
  }
  m_labelledPixels += counted;
  if (computed == 0) {
    m_weights->clearGradients();
    return StepResult::done;
  }
  const double value = m_lastLoss = lossSum / computed;
  bool good = std::isfinite(value);
  if (good) {
    Weights::Rates own = rates;
    own.accumulated = computed;
    good = m_weights->step(own);
  } else {
    m_weights->clearGradients();
  }
  if (!good) return StepResult::skipped;
  addLoss(m_step, value);
  return StepResult::done;
}

}  // namespace intarsia
