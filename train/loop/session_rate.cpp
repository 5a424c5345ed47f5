// SPDX-License-Identifier: GPL-3.0-or-later
// The learning-rate test, and the dump of the first steps.
#include <torch/torch.h>

#include <cmath>

#include "core/base/text.h"
#include "train/api/safetensors.h"
#include "train/io/tensors.h"
#include "train/loop/session.h"

namespace intarsia {

/// The first `keep` pictures of a batch.
static void shorten(Batch& batch, int64_t keep) {
  batch.images = batch.images.slice(0, 0, keep);
  batch.target = batch.target.slice(0, 0, keep);
}

/// The loss of a step with these rates, not a number where it was not finite.
Expected<double> TrainingSession::testStep(int64_t number, int64_t keep, const Weights::Rates& rates) {
  if (m_deviceStep) {
    INTARSIA_CHECK(askForStep(number, rates));
    double loss = NAN;
    for (const auto& outcome : m_deviceStep->outcomes(true)) loss = outcome.finite ? outcome.loss : NAN;
    return loss;
  }
  INTARSIA_TRY(Batch batch, m_loader->next());
  shorten(batch, keep);
  const StepResult step = compute(batch, rates);
  if (step == StepResult::outOfMemory) return fail(ErrorCode::tooLarge, INTARSIA_TEXT("There is not enough memory for training. Choose a smaller size, batch or network"));
  return step == StepResult::skipped ? NAN : m_lastLoss;
}

Expected<RateCurve> TrainingSession::testRates(double limit) {
  TensorSet before;
  m_weights->save(before);
  auto generator = at::detail::getDefaultCPUGenerator();
  const torch::Tensor randomState = generator.get_state();
  const double recentLoss = m_recentLoss, lossSum = m_lossSum, firstLosses = m_firstLosses;
  const int64_t lossSteps = m_lossSteps, labelled = m_labelledPixels;
  RateTest test(limit);
  RateCurve curve;
  Expected<> result;
  int64_t keep = int64_t(m_recipe.batch) * m_recipe.accumulate;
  const auto start = Clock::now();
  while (result && !stopRequested()) {
    TrainerProgress progress;
    progress.step = test.done();
    progress.steps = test.done() + test.left();
    progress.secondsLeft = test.left() * test.secondsPerStep();
    if (m_events.progress) m_events.progress(progress);
    // The first step warms up: it alone decides only where it is far too slow.
    const double needed = test.secondsPerStep() * RateTest::kFewest, allowed = test.done() == 1 ? 4 * limit : limit;
    if (limit > 0 && keep > 2 && !m_deviceStep && (test.done() == 1 || test.done() == 3) && needed > allowed) {
      keep = std::max<int64_t>(2, int64_t(double(keep) * allowed / needed));
      notice("The learning-rate test takes " + std::to_string(keep) + " images a step, so that it ends in about " + std::to_string(int(limit)) + " s");
    }
    Weights::Rates rates = ratesNow();
    rates.rate = test.rate();
    const auto loss = testStep(test.done(), keep, rates);
    if (!loss) result = std::unexpected(loss.error());
    else if (!test.add(*loss, curve, std::chrono::duration<double>(Clock::now() - start).count())) break;
  }
  INTARSIA_CHECK(m_weights->load(before));
  generator.set_state(randomState);
  m_recentLoss = recentLoss, m_lossSum = lossSum, m_firstLosses = firstLosses;
  m_lossSteps = lossSteps, m_labelledPixels = labelled;
  m_oneAnswer = false;
  m_loader.reset();
  m_deviceStep.reset();
  makeLoader();  // from the first batch again
  INTARSIA_CHECK(result);
  return curve;
}

void TrainingSession::dumpStart() {
  for (const auto& item : m_weights->network().named_parameters()) m_dump.tensors.push_back(toNamed("initial." + item.key(), item.value().detach().clone()));
  for (const auto& item : m_weights->network().named_buffers()) m_dump.tensors.push_back(toNamed("initial." + item.key(), item.value().clone()));
}

void TrainingSession::dumpStep(const Batch& batch, double loss) {
  if (m_step >= m_options.dumpSteps) return;
  const std::string number = std::to_string(m_step);
  m_dump.tensors.push_back(toNamed("images." + number, batch.images.to(torch::kFloat).contiguous()));
  m_dump.tensors.push_back(toNamed("targets." + number, batch.target));
  m_dump.metadata["losses"] += (m_step ? " " : "") + formatDouble(loss);
  m_dump.metadata["rates"] += (m_step ? " " : "") + formatDouble(m_rate);
  if (m_step + 1 < m_options.dumpSteps && m_step + 1 != m_plannedSteps) return;
  if (const auto written = writeTensorSet(m_options.dump, m_dump); !written) notice(written.error().message());
  m_dump = {};
}

}  // namespace intarsia
