// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/engine/machine.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sched.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "core/base/error.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;

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
