// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/loop/trainer.h"

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

Expected<TrainerResult> train(const SampleSource& source, const TrainerOptions& options, TrainerControl& control, const TrainerEvents& events) {
  try {
    TrainingSession session(source, options, control, events);
    INTARSIA_CHECK(session.prepare());
    return session.run();
  } catch (const std::exception& error) {
    return fail(ErrorCode::failed, INTARSIA_TEXT("Training failed: {reason}"), {{"reason", error.what()}});
  }
}

}  // namespace intarsia
