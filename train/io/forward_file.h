// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>

#include "train/nets/network.h"

namespace intarsia {

/// Computes the bare network in fp32 and evaluation mode on the CPU: tensor `input` (N×C×H×W; one channel stands for three equal
/// ones; nothing is scaled or normalised) of one safetensors file → tensor `output` of another. For checks against other programs.
/// `weights`: a .pth or safetensors file with every tensor of the network and none beside them.
Expected<> forwardFile(const std::string& network, const NetworkOptions& options, const std::filesystem::path& weights,
                       const std::filesystem::path& input, const std::filesystem::path& output);

}  // namespace intarsia
