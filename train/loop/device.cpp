// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/loop/device.h"

#include <malloc.h>
#include <omp.h>
#include <torch/torch.h>
#include <torch/version.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "core/base/text.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace intarsia {

bool cpuHasBf16() {
#ifdef __x86_64__
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 1, &a, &b, &c, &d)) return false;
  const bool avx512bf16 = a >> 5 & 1;
  return avx512bf16 && __builtin_cpu_supports("avx512f");
#else
  return false;
#endif
}

/// Models as NVIDIA's driver lists them: Torch's own call needs CUDA's headers.
static std::vector<std::string> gpuNames() {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc/driver/nvidia/gpus", error), end; !error && at != end; at.increment(error)) {
    std::ifstream file(at->path() / "information");
    for (std::string line; std::getline(file, line);)
      if (line.starts_with("Model:")) names.emplace_back(trim(std::string_view(line).substr(6)));
  }
  return names;
}

std::vector<DeviceInfo> devices() {
  std::vector<DeviceInfo> list{{"cpu", cpuHasBf16() ? "CPU (bf16)" : "CPU", cpuHasBf16()}};
  try {
    const auto names = gpuNames();
    for (int i = 0; i < int(torch::cuda::device_count()); ++i)
      list.push_back({"cuda:" + std::to_string(i), size_t(i) < names.size() ? names[size_t(i)] : "CUDA device " + std::to_string(i), true});
  } catch (const std::exception&) {
    // a broken driver: the CPU remains
  }
  return list;
}

std::string torchVersion() { return TORCH_VERSION; }

std::string torchConfiguration() { return at::show_config() + "\n" + at::get_parallel_info(); }

int computingThreads() {
  if (const char* wish = std::getenv("INTARSIA_THREADS"))
    if (const auto n = parseInt(wish); n && *n > 0 && *n <= 1024) return int(*n);
  const int cores = std::max(1, int(std::thread::hardware_concurrency()));
  return cores > 4 ? cores - 1 : cores;
}

void useThreads(int threads) {
  static std::once_flag once;
  std::call_once(once, [] {
    // Activations are allocated and freed every step: without this each goes through mmap and is cleared page by page.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, -1);
    mallopt(M_TOP_PAD, 64 << 20);
  });
  if (threads <= 0) threads = computingThreads();
  // torch::set_num_threads() would also start a pool of another library's, which computes nothing here and whose threads wait for work by
  // turning in circles, 50 ms at each call. MKL wants to be told.
  (void)at::get_num_threads();  // sets a number of its own at its first call in a thread
  if (!at::hasMKL()) omp_set_num_threads(threads);
  if (at::hasMKL() || at::get_num_threads() != threads) torch::set_num_threads(threads);
}

Expected<std::string> chooseDevice(const std::string& wish) {
  const auto known = devices();
  if (wish.empty() || wish == "auto") return known.size() > 1 ? known[1].id : known[0].id;
  std::string ids;
  for (const auto& device : known) {
    if (device.id == wish || (wish == "cuda" && device.id == "cuda:0")) return device.id;
    ids += (ids.empty() ? "" : ", ") + device.id;
  }
  return fail(ErrorCode::notFound, INTARSIA_TEXT("There is no device {device}; this engine has {known}"), {{"device", wish}, {"known", ids}});
}

bool useBf16(const std::string& wish, const std::string& device) {
  if (wish == "bf16") return true;
  if (wish == "fp32" || wish == "tf32") return false;
  return device == "cpu" ? cpuHasBf16() : true;
}

}  // namespace intarsia
