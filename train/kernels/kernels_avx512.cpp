// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/kernels/kernels.inc"

namespace intarsia {
const Kernels& kernelsAvx512() {
  static constexpr Kernels table = makeKernels("avx512");
  return table;
}
}  // namespace intarsia
