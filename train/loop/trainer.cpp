// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/loop/trainer.h"

#include <algorithm>

#include "train/loop/session.h"

namespace intarsia {

std::string_view phaseName(TrainPhase phase) {
  switch (phase) {
    case TrainPhase::preparing: return INTARSIA_TEXT("preparing");
    case TrainPhase::training: return INTARSIA_TEXT("training");
    case TrainPhase::evaluating: return INTARSIA_TEXT("evaluating");
    case TrainPhase::saving: return INTARSIA_TEXT("saving");
    default: return INTARSIA_TEXT("paused");
  }
}

/// `work` on a prepared session; what libraries throw becomes a sentence.
template <class Result, class F>
static Expected<Result> inSession(const SampleSource& source, const TrainerOptions& options, TrainerControl& control, const TrainerEvents& events, F work) {
  try {
    TrainingSession session(source, options, control, events);
    INTARSIA_CHECK(session.prepare());
    return work(session);
  } catch (const std::exception& error) {
    std::string why = error.what();
    why.resize(std::min(why.find('\n'), why.size()));  // Torch adds a stack
    return fail(ErrorCode::failed, INTARSIA_TEXT("Training failed: {reason}"), {{"reason", why}});
  }
}

Expected<TrainerResult> train(const SampleSource& source, const TrainerOptions& options, TrainerControl& control, const TrainerEvents& events) {
  return inSession<TrainerResult>(source, options, control, events, [](TrainingSession& session) { return session.run(); });
}

Expected<RateCurve> findRate(const SampleSource& source, const TrainerOptions& options, TrainerControl& control, const TrainerEvents& events) {
  TrainerOptions plain = options;
  plain.recipe.findRate = false;
  return inSession<RateCurve>(source, plain, control, events, [&](TrainingSession& session) { return session.testRates(options.rateSeconds); });
}

}  // namespace intarsia
