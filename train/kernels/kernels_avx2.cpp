// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/kernels/kernels.inc"

namespace intarsia {
const Kernels& kernelsAvx2() {
  static constexpr Kernels table = makeKernels("avx2");
  return table;
}
}  // namespace intarsia
