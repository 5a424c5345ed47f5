// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "train/infer/model.h"
#include "train/nets/network.h"

namespace intarsia {

/// A model of `network`, which it folds and keeps: give it a network of its own.
std::shared_ptr<const Model> makeTorchModel(ModelInfo info, std::shared_ptr<Network> network, const std::string& device, bool bf16);

/// The network that `info` names; `drawn`: see NetworkOptions.
Expected<std::shared_ptr<Network>> makeNetwork(const ModelInfo& info, bool drawn = true);

}  // namespace intarsia
