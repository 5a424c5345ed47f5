// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace intarsia {

/// A published weight file. Its name ends in the first digits of its SHA-256.
struct KnownWeights {
  std::string_view id;        // "resnet34"
  std::string_view file;      // "resnet34-b627a593.pth"
  double megabytes = 0;       // 2^20 bytes, as published
  std::string_view trainedOn; // INTARSIA_TEXT
  std::string_view networks;  // ids that start from it, separated by blanks

  std::string url() const { return "https://download.pytorch.org/models/" + std::string(file); }
  std::string sha256() const;  // what the name says
};
std::span<const KnownWeights> knownWeights();
const KnownWeights* findKnownWeights(std::string_view id);

/// Where downloads go, and where one lays files on a machine without a network: INTARSIA_WEIGHTS, else intarsia/weights in the user's data
/// folder (XDG_DATA_HOME, ~/.local/share).
std::filesystem::path weightsFolder();

/// A path as it is, or the id of known weights: their file in the weights folder, or in PyTorch's own (TORCH_HOME,
/// ~/.cache/torch/hub/checkpoints). An error says what to do.
Expected<std::filesystem::path> findWeights(const std::string& pathOrId);

}  // namespace intarsia
