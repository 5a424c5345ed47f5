// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/kernels/kernels.inc"
#include "train/kernels/winograd.inc"

namespace intarsia {
const Kernels& kernelsAvx512() {
  static constexpr Kernels table = makeKernels("avx512", &kWinograd);
  return table;
}
}  // namespace intarsia
