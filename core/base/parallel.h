// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>

#include "core/base/job.h"

namespace intarsia {

/// Calls body(i) for i in 0…count-1 on up to `threads` threads (0 = one per core) and waits. The first error stops the rest and is returned.
Expected<> parallelFor(int count, const std::function<Expected<>(int)>& body, const Job& job = {}, int threads = 0);
/// The same on one thread per core, and reports how many are done as `what`.
Expected<> parallelFor(int count, std::string_view what, const std::function<Expected<>(int)>& body, const Job& job);

}  // namespace intarsia
