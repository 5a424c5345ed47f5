// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "annotate/project/project.h"
#include "core/base/job.h"
#include "train/api/rate_finder.h"
#include "train/api/run_folder.h"

namespace intarsia {

/// What the window needs from the place where annotate meets train; the program's main gives it. Each may be called on a worker
/// thread. An empty function is not offered.
struct AppServices {
  std::function<Expected<RunFolder>(Project&, const std::string& name, const Recipe&, std::vector<std::string>& notes, const Job&)> prepareRun;
  std::function<std::string(const std::filesystem::path& runs)> freeRunName;
  /// A learning-rate test with the labels as they are now; an empty engine = the first that is found. Leaves no run behind.
  std::function<Expected<RateCurve>(Project&, const Recipe&, const std::filesystem::path& engine, const Job&)> findRate;

  struct Exported {
    int files = 0;
    std::vector<std::string> skipped;  // sentences
  };
  /// The network's answers for all images.
  std::function<Expected<Exported>(const Project&, const RunFolder&, const std::filesystem::path& out, const Job&)> exportPredictions;
  /// safetensors, TorchScript, model.json and a Python example.
  std::function<Expected<Exported>(const RunFolder&, const std::filesystem::path& out, const Job&)> exportModel;
};

}  // namespace intarsia
