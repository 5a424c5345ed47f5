// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/cuda/device_kernels.h"

#include <map>
#include <mutex>

#include "train/cuda/kernel_text.inc"  // generated: kKernelSource, kKernelHeader

namespace intarsia {

std::string kernelSource() { return kKernelSource; }
std::string kernelHeader() { return kKernelHeader; }

std::string kernelSymbol(KernelId kernel) {
  static const char* const names[] = {
#define INTARSIA_NAME(name, Arguments, body) #name "Kernel",
      INTARSIA_DEVICE_KERNELS(INTARSIA_NAME)
#undef INTARSIA_NAME
  };
  return names[size_t(kernel)];
}

Expected<std::shared_ptr<const DeviceKernels>> DeviceKernels::on(const c10::Device& device) {
  if (device.is_cpu()) return hostKernels();
  static std::mutex mutex;
  static std::map<int, Expected<std::shared_ptr<const DeviceKernels>>> known;  // by index
  const std::lock_guard lock(mutex);
  auto found = known.find(device.index());
  if (found == known.end()) found = known.emplace(device.index(), cudaKernels(device.index())).first;
  return found->second;
}

}  // namespace intarsia
