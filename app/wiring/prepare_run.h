// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>

#include "annotate/project/project.h"
#include "core/base/job.h"
#include "train/api/recipe.h"
#include "train/api/run_folder.h"

namespace intarsia {

/// The one place that wires annotate to train: rasterizes the project's labels as they are now into the run's snapshot
/// (runs/.labels/<hash>.png; unchanged annotations are reused) and writes run.json and labels.json.
/// Errors: nothing labelled, one class only, an image that is missing. `notes` gets what the user should know (no
/// validation image yet).
Expected<RunFolder> prepareRun(Project& project, const std::string& name, const Recipe& recipe,
                               std::vector<std::string>& notes, const Job& job);

/// "run-1", "run-2", … the first that is free.
std::string freeRunName(const std::filesystem::path& runs);

}  // namespace intarsia
