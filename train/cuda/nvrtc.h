// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace intarsia {

/// A library that is loaded while the program runs, for good.
class LoadedLibrary {
 public:
  /// The first of `names` that loads; null when none does, with the last reason in `why`.
  static std::unique_ptr<LoadedLibrary> first(const std::vector<std::string>& names, std::string& why);
  const std::string& name() const { return m_name; }
  template <class Function>
  Function function(const char* symbol) const {
    return reinterpret_cast<Function>(address(symbol));
  }

 private:
  LoadedLibrary(void* handle, std::string name) : m_handle(handle), m_name(std::move(name)) {}
  void* address(const char* symbol) const;
  void* m_handle;
  std::string m_name;
};

/// NVIDIA's run-time compiler: beside LibTorch (a wheel, an unpacked zip), in a toolkit, or named by INTARSIA_NVRTC.
/// Needs no GPU. Any thread.
class Nvrtc {
 public:
  static Expected<std::shared_ptr<const Nvrtc>> load();
  const std::string& file() const { return m_library->name(); }
  std::string version() const;
  /// What it can compile for: 75, 80, 90…, ascending; empty when it does not say.
  std::vector<int> architectures() const;
  /// kernels.cu for "sm_90" (a cubin) or "compute_90" (PTX).
  Expected<std::string> compile(const std::string& architecture) const;

 private:
  explicit Nvrtc(std::unique_ptr<LoadedLibrary> library) : m_library(std::move(library)) {}
  std::unique_ptr<LoadedLibrary> m_library;
};

/// compiler.compile(), kept in a file of `folder` (empty: intarsia in the user's cache) from which it comes the next
/// time: compiling takes seconds. A file that is not whole is written anew; without a place for one, nothing is kept.
Expected<std::string> compiledKernels(const Nvrtc& compiler, const std::string& architecture,
                                      std::filesystem::path folder = {});

/// Where the library with this address in it lies; empty when nobody knows.
std::filesystem::path folderOfLibrary(const void* address);

}  // namespace intarsia
