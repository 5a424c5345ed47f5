// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "train/engine/run_session.h"

namespace intarsia {

/// Serves one client over two descriptors until its input ends, then keeps `last` and returns within 10 s. SIGTERM and SIGINT, which
/// the caller has blocked in all threads, count as such an end. Returns the exit status.
int servePipe(int input, int output, const EngineHooks& hooks);

}  // namespace intarsia
