// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/job.h"
#include "core/base/metrics/scores.h"
#include "core/base/sample_source.h"
#include "train/infer/model.h"

namespace intarsia {

struct Evaluation {
  ConfusionMatrix confusion;   // over the source's class indices; ignored and unlabelled pixels left out
  double loss = 0;             // mean cross-entropy per labelled pixel
  int images = 0;
  Scores scores;               // only of evaluate(): boundary and picture scores take time
};

/// Measures at the labels' own size, whatever size was trained at. Blocking; on the calling thread, which it gives `threads` threads
/// (0 = as in training). No image of that split is an error.
Expected<Evaluation> evaluate(const Model& model, const SampleSource& source, Split split, const Job& job = {}, int threads = 0);

}  // namespace intarsia
