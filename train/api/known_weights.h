// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
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

  /// At download.pytorch.org, or below INTARSIA_WEIGHTS_MIRROR.
  std::string url() const;
  std::string sha256() const;  // what the name says
  uint64_t most() const { return uint64_t(megabytes * 1.1 * (1 << 20)); }  // bytes that a download may have
  bool fits(std::string_view network) const;
  /// Where it lies on this machine: in the weights folder, or in PyTorch's own (TORCH_HOME, ~/.cache/torch/hub/checkpoints).
  std::optional<std::filesystem::path> path() const;
};
/// What to know before one takes them: INTARSIA_TEXT.
extern const std::string_view kWeightsTerms;
std::span<const KnownWeights> knownWeights();
const KnownWeights* findKnownWeights(std::string_view id);

/// Where downloads go, and where one lays files on a machine without a network: INTARSIA_WEIGHTS, else intarsia/weights in the user's data
/// folder (XDG_DATA_HOME, ~/.local/share).
std::filesystem::path weightsFolder();

/// A path as it is, or the id of known weights: their file. An error says what to do.
Expected<std::filesystem::path> findWeights(const std::string& pathOrId);

}  // namespace intarsia
