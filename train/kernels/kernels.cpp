// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/kernels/kernels.h"

#include <cstdlib>
#include <string_view>

namespace intarsia {

const Kernels& kernelsBase();
#ifdef __x86_64__
const Kernels& kernelsAvx2();
const Kernels& kernelsAvx512();
#endif

static const Kernels& choose() {
#ifdef __x86_64__
  const char* forced = std::getenv("INTARSIA_KERNELS");
  const std::string_view limit = forced ? forced : "";
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512dq");
  if (wide && limit.empty()) return kernelsAvx512();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && limit != "base") return kernelsAvx2();
#endif
  return kernelsBase();
}

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

}  // namespace intarsia
