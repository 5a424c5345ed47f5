// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/engine/machine.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sched.h>
#include <torch/torch.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "core/base/error.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;

/// Model names of the GPUs as the driver lists them; LibTorch's own call needs CUDA's headers.
std::vector<std::string> gpuNames() {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at("/proc/driver/nvidia/gpus", error), end; !error && at != end; at.increment(error)) {
    std::ifstream file(at->path() / "information");
    for (std::string line; std::getline(file, line);)
      if (line.starts_with("Model:")) names.emplace_back(trim(std::string_view(line).substr(6)));
  }
  return names;
}

std::string fileName(const std::string& path) { return fs::path(path).filename().string(); }

}  // namespace

std::vector<std::string> instructionSets() {
  std::vector<std::string> found;
#ifdef __x86_64__
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
    const bool amx = (d >> 22 & 1) && (d >> 24 & 1);
    if (b >> 5 & 1) found.push_back("avx2");
    if (b >> 16 & 1) found.push_back("avx512f");
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1)) found.push_back("avx512_bf16");
    if (amx) found.push_back("amx_bf16");
  }
#endif
  return found;
}

std::vector<Device> listDevices() {
  const auto sets = instructionSets();
  const bool bf16 = std::any_of(sets.begin(), sets.end(), [](const auto& s) { return s.ends_with("bf16"); });
  std::vector<Device> devices{{"cpu", bf16 ? "CPU (bf16)" : "CPU"}};
  const int gpus = torch::cuda::is_available() ? int(torch::cuda::device_count()) : 0;
  const auto names = gpuNames();
  for (int i = 0; i < gpus; ++i)
    devices.push_back({fmt::format("cuda:{}", i), size_t(i) < names.size() ? names[size_t(i)] : "CUDA"});
  return devices;
}

std::string blasLibrary() {
  Dl_info info{};
  void* sgemm = ::dlsym(RTLD_DEFAULT, "sgemm_");
  if (!sgemm || !::dladdr(sgemm, &info) || !info.dli_fname) return {};
  std::error_code error;
  const fs::path real = fs::canonical(info.dli_fname, error);
  return error ? info.dli_fname : real.string();
}

std::optional<std::string> blasWarning() {
  const std::string library = blasLibrary();
  // Debian's reference BLAS lies in …/blas/libblas.so.3; OpenBLAS, BLIS, ATLAS and MKL have files and folders of their own names.
  if (!fileName(library).starts_with("libblas.so") || fs::path(library).parent_path().filename() != "blas") return std::nullopt;
  return fmt::format(INTARSIA_TEXT("Training will be several times slower than it could be: it uses the reference BLAS ({}). Install libopenblas0-openmp"), library);
}

std::vector<std::string> computeLibraries() {
  std::set<std::string> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const size_t slash = line.find('/');
    if (slash == std::string::npos) continue;
    const std::string path = line.substr(slash), name = fileName(path);
    for (const char* part : {"blas", "lapack", "libgomp", "libomp", "libiomp", "mkl", "libblis", "libatlas", "dnnl"})
      if (name.find(part) != std::string::npos) found.insert(path);
  }
  return {found.begin(), found.end()};
}

int coreCount() {
  cpu_set_t set;
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

}  // namespace intarsia
