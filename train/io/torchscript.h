// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "core/base/error.h"
#include "train/nets/network.h"

namespace intarsia {

/// The network as TorchScript (what `torch.jit.load` opens): N×3×H×W normalised floats → N×C×H×W logits, H and W multiples of 32.
/// `network` is in evaluation mode, on the CPU, in fp32. The result is run at three sizes and compared before it is handed out.
Expected<std::string> toTorchScript(Network& network);

}  // namespace intarsia
