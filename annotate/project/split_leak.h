// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/job.h"
#include "core/base/split.h"

namespace intarsia {

struct LeakImage {
  std::filesystem::path path;
  Split split = Split::none;
};

/// Why figures on validation or test images may flatter: they show what was trained on. Sentences for people; empty = nothing found.
/// Looked for: files that are equal byte by byte; frames of one video on both sides, told by names that count up in even steps
/// (0016E5_07920, 0016E5_07950 …); neighbours in a numbered series that look alike (24 pairs per series are decoded).
std::vector<std::string> splitLeaks(const std::vector<LeakImage>& images, const Job& job = {});

}  // namespace intarsia
