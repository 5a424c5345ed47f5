// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>

namespace at {
int get_num_threads();
}

namespace intarsia {

/// body(0) … body(count − 1), shared out over the calling thread's OpenMP team (torch::set_num_threads). `body` throws nothing.
/// Instead of at::parallel_for, whose one-byte thread-local makes mold 1.10 write programs that do not load.
template <class F>
void shareOut(int64_t count, F&& body) {
  const int threads = count > 1 ? at::get_num_threads() : 1;
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1)
  for (int64_t i = 0; i < count; ++i) body(i);
}

}  // namespace intarsia
