// SPDX-License-Identifier: GPL-3.0-or-later
// The device's kernels as C++: a loop over the numbers of their threads.
#include <algorithm>
#include <cmath>

#include "train/cuda/device_kernels.h"
#include "train/cuda/kernels.cu"
#include "train/kernels/share.h"

namespace intarsia {
namespace {

using Range = void (*)(const void* arguments, int64_t from, int64_t to);

constexpr Range kRanges[] = {
#define INTARSIA_RANGE(name, Arguments, body)                                                     \
  [](const void* arguments, int64_t from, int64_t to) {                                           \
    using namespace device;                                                                       \
    for (Int64 i = from; i < to; ++i) body(*static_cast<const device::Arguments*>(arguments), i); \
  },
    INTARSIA_DEVICE_KERNELS(INTARSIA_RANGE)
#undef INTARSIA_RANGE
};

class HostKernels final : public DeviceKernels {
  void launch(KernelId kernel, const void* arguments, int64_t count) const override {
    constexpr int64_t kPiece = 4096;
    shareOut((count + kPiece - 1) / kPiece,
             [&](int64_t k) { kRanges[size_t(kernel)](arguments, k * kPiece, std::min(count, (k + 1) * kPiece)); });
  }
};

}  // namespace

std::shared_ptr<const DeviceKernels> hostKernels() {
  static const auto one = std::make_shared<const HostKernels>();
  return one;
}

}  // namespace intarsia
