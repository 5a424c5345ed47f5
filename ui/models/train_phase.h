// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace intarsia {

enum class TrainPhase {
  unavailable,  // no engine is installed
  idle,
  preparing,    // labels are rasterized, the engine starts
  training,
  paused,
  stopping
};

}  // namespace intarsia
