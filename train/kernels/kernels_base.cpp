// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/kernels/kernels.inc"

namespace intarsia {
const Kernels& kernelsBase() {
  static constexpr Kernels table = makeKernels("base");
  return table;
}
}  // namespace intarsia
