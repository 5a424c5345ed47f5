// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <c10/core/Device.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "train/cuda/kernel_arguments.h"

namespace intarsia {

enum class KernelId {
#define INTARSIA_NAME(name, Arguments, body) name,
  INTARSIA_DEVICE_KERNELS(INTARSIA_NAME)
#undef INTARSIA_NAME
      count
};

/// A kernel and what it is given.
template <class Arguments>
struct KernelOf {
  KernelId id;
};

namespace kernel {
#define INTARSIA_NAME(name, Arguments, body) inline constexpr KernelOf<device::Arguments> name{KernelId::name};
INTARSIA_DEVICE_KERNELS(INTARSIA_NAME)
#undef INTARSIA_NAME
}  // namespace kernel

/// The kernels of kernels.cu for one device: on a GPU compiled by NVRTC when they are first asked for, on the CPU the
/// same text as C++. Constant; any thread.
class DeviceKernels {
 public:
  /// Fails with the reason where they cannot be compiled. Kept for the life of the process.
  static Expected<std::shared_ptr<const DeviceKernels>> on(const c10::Device& device);
  virtual ~DeviceKernels() = default;

  /// `arguments.count` threads, in the calling thread's current stream.
  template <class Arguments>
  void run(KernelOf<Arguments> kernel, const Arguments& arguments) const {
    if (arguments.count > 0) launch(kernel.id, &arguments, arguments.count);
  }

 protected:
  virtual void launch(KernelId kernel, const void* arguments, int64_t count) const = 0;
};

/// Of kernels.cu and kernel_arguments.h, as NVRTC gets them.
std::string kernelSource();
std::string kernelHeader();
std::string kernelSymbol(KernelId kernel);

std::shared_ptr<const DeviceKernels> hostKernels();
/// Needs a driver and a context of the device in the calling thread.
Expected<std::shared_ptr<const DeviceKernels>> cudaKernels(int device);

}  // namespace intarsia
