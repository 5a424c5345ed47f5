// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/file_lock.h"
#include "core/base/job.h"
#include "core/base/label_map.h"
#include "train/api/run_folder.h"

namespace intarsia {

/// Names a map in runs/.labels.
std::string labelsHash(const LabelMap& map);
/// Held while a run is prepared; waits for others who do so.
Expected<FileLock> lockLabelMaps(const std::filesystem::path& folder, const Job& job);
/// What a replay would not find as it was: images, label maps and shards of the run that are missing or have changed, as sentences.
/// Runs from before images' hashes were kept are compared by their labels alone.
Expected<std::vector<std::string>> changedSince(const RunFolder& run, const Job& job);
/// Deletes the label maps in runs/.labels that no run names. Not while a run is being prepared elsewhere. Returns how many.
int cleanLabelMaps(const std::filesystem::path& runs);

}  // namespace intarsia
