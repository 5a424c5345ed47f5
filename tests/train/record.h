// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "train/loop/trainer.h"

namespace intarsia::test {

inline Recipe smallRecipe() {
  Recipe r;
  r.network = "unet";
  r.baseWidth = 8;
  r.depth = 2;
  r.steps = 12;
  r.batch = 4;
  r.precision = "fp32";
  r.device = "cpu";
  r.deterministic = true;
  r.seed = 7;
  return r;
}

/// Trains and keeps all that the trainer says.
struct Record {
  std::vector<EpochMetrics> lines;
  std::vector<std::string> notices;
  std::optional<TensorSet> best, last;
  std::optional<ModelInfo> info;
  std::function<void(const TrainerProgress&)> progress;
  TrainerControl control;

  Expected<TrainerResult> run(const SampleSource& source, TrainerOptions options) {
    TrainerEvents events;
    events.epoch = [&](const EpochMetrics& m) { lines.push_back(m); };
    events.notice = [&](const std::string& text) { notices.push_back(text); };
    events.saveBest = [&](const TensorSet& set) -> Expected<> { return best = set, Expected<>(); };
    events.saveLast = [&](const TensorSet& set) -> Expected<> { return last = set, Expected<>(); };
    events.described = [&](const ModelInfo& m) { info = m; };
    events.progress = progress;
    return train(source, options, control, events);
  }
};

inline TrainerOptions with(const Recipe& recipe) {
  TrainerOptions options;
  options.recipe = recipe;
  options.threads = 1;  // small work: more threads only wait for each other
  return options;
}

inline bool sameTensors(const TensorSet& a, const TensorSet& b) {
  if (a.tensors.size() != b.tensors.size()) return false;
  for (size_t i = 0; i < a.tensors.size(); ++i)
    if (a.tensors[i].name != b.tensors[i].name || a.tensors[i].bytes != b.tensors[i].bytes) return false;
  return true;
}

}  // namespace intarsia::test
