// SPDX-License-Identifier: GPL-3.0-or-later
// Instead of graph.cpp in an engine that was built without CUDA's headers.
#include <c10/util/Exception.h>

#include "train/cuda/queue.h"

namespace intarsia {

bool recordsGraphs() { return false; }

void* currentStream(int) { TORCH_CHECK(false, "this engine was built without CUDA's headers"); }

std::unique_ptr<Recording> recordGraph(const std::function<void()>&) {
  TORCH_CHECK(false, "this engine was built without CUDA's headers");
}

}  // namespace intarsia
