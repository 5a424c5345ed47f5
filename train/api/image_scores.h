// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <unordered_map>

#include "train/api/run_folder.h"

namespace intarsia {

/// Mean IoU of single images by key, as the run's evaluations of any split found them; empty where there is none.
std::unordered_map<std::string, double> imageScores(const RunFolder& run);

}  // namespace intarsia
