// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "core/base/error.h"

namespace intarsia {

struct DeviceInfo {
  std::string id;     // "cpu", "cuda:0"
  std::string name;   // "CPU (bf16)", "NVIDIA H200"
  bool bf16 = false;  // fast there
};

/// What this engine can compute on, the CPU first.
std::vector<DeviceInfo> devices();
std::string torchVersion();
/// BLAS, OpenMP and oneDNN as Torch reports them, for `doctor`.
std::string torchConfiguration();
/// The CPU multiplies bf16 in hardware (avx512_bf16 or AMX); elsewhere bf16 is emulated and slow.
bool cpuHasBf16();
/// Threads that a computing thread should use: all cores, but one stays free on more than 4. INTARSIA_THREADS overrides.
int computingThreads();
/// Sets the number for the calling thread (OpenMP keeps it per thread) and, once per process, makes the allocator keep its memory.
void useThreads(int threads);

/// "auto" and "cuda" become the first CUDA device where there is one, else the CPU; a device that is not there is an error that names those that are.
Expected<std::string> chooseDevice(const std::string& wish);
/// "auto" becomes bf16 where the device is fast at it, else fp32; "tf32" is fp32 but for the products on a GPU.
bool useBf16(const std::string& wish, const std::string& device);

}  // namespace intarsia
