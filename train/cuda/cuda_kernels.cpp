// SPDX-License-Identifier: GPL-3.0-or-later
// The kernels on a GPU, through NVIDIA's driver. Its functions are declared here: no header or library of a toolkit is
// needed.
#include <c10/util/Exception.h>

#include <array>
#include <string>

#include "train/cuda/device_kernels.h"
#include "train/cuda/nvrtc.h"
#include "train/cuda/queue.h"

namespace intarsia {
namespace {

// cuda.h's functions and numbers, as far as they are used.
using GetDevice = int (*)(int*);
using GetAttribute = int (*)(int*, int attribute, int device);
using LoadModule = int (*)(void** module, const void* image);
using GetFunction = int (*)(void** function, void* module, const char* name);
using Launch = int (*)(void* function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,
                       unsigned blockZ, unsigned sharedBytes, void* stream, void** parameters, void** extra);
using ErrorString = int (*)(int, const char**);
using MemoryInfo = int (*)(size_t* free, size_t* total);
constexpr int kCapabilityMajor = 75, kCapabilityMinor = 76;

const LoadedLibrary* driver(std::string& why) {
  static std::string reason;
  static const auto library = LoadedLibrary::first({"libcuda.so.1", "libcuda.so"}, reason);
  why = reason;
  return library.get();
}

std::string textOf(const LoadedLibrary& lib, int code) {
  const char* text = nullptr;
  const auto get = lib.function<ErrorString>("cuGetErrorString");
  return get && get(code, &text) == 0 && text ? text : "error " + std::to_string(code);
}

class CudaKernels final : public DeviceKernels {
 public:
  using Functions = std::array<void*, size_t(KernelId::count)>;
  CudaKernels(const LoadedLibrary& lib, int device, Functions functions)
      : m_lib(lib), m_launch(lib.function<Launch>("cuLaunchKernel")), m_device(device), m_functions(functions) {}

 private:
  void launch(KernelId kernel, const void* arguments, int64_t count) const override {
    constexpr int64_t kThreads = 256;
    void* parameters[] = {const_cast<void*>(arguments)};
    const int code = m_launch(m_functions[size_t(kernel)], unsigned((count + kThreads - 1) / kThreads), 1, 1,
                              unsigned(kThreads), 1, 1, 0, currentStream(m_device), parameters, nullptr);
    TORCH_CHECK(code == 0, "the kernel ", kernelSymbol(kernel), " cannot run: ", textOf(m_lib, code));
  }

  const LoadedLibrary& m_lib;
  const Launch m_launch;
  const int m_device;
  const Functions m_functions;
};

}  // namespace

Expected<std::shared_ptr<const DeviceKernels>> cudaKernels(int device) {
  const auto failed = [](const std::string& why) {
    return fail(ErrorCode::failed, INTARSIA_TEXT("The GPU's own kernels cannot be used: {reason}"), {{"reason", why}});
  };
  if (!recordsGraphs()) return failed("this engine was built without CUDA's headers");
  std::string why;
  const LoadedLibrary* lib = driver(why);
  if (!lib) return failed(why);
  INTARSIA_TRY(const auto compiler, Nvrtc::load());
  int number = 0, major = 0, minor = 0;
  const auto attribute = lib->function<GetAttribute>("cuDeviceGetAttribute");
  if (const int code = lib->function<GetDevice>("cuCtxGetDevice")(&number)) return failed(textOf(*lib, code));
  if (attribute(&major, kCapabilityMajor, number) != 0 || attribute(&minor, kCapabilityMinor, number) != 0)
    return failed("its generation is unknown");
  const int own = major * 10 + minor;
  // A compiler older than the GPU writes PTX for the newest that it knows, which the driver translates.
  int newest = 0;
  bool known = false;
  for (const int a : compiler->architectures()) {
    if (a <= own) newest = a;
    known = known || a == own;
  }
  INTARSIA_TRY(const std::string code,
               compiledKernels(*compiler, known || newest == 0 ? "sm_" + std::to_string(own)
                                                               : "compute_" + std::to_string(newest)));
  void* module = nullptr;
  if (const int error = lib->function<LoadModule>("cuModuleLoadData")(&module, code.c_str()))
    return failed(textOf(*lib, error));
  CudaKernels::Functions functions{};
  for (size_t i = 0; i < functions.size(); ++i)
    if (const int error =
            lib->function<GetFunction>("cuModuleGetFunction")(&functions[i], module, kernelSymbol(KernelId(i)).c_str()))
      return failed(kernelSymbol(KernelId(i)) + ": " + textOf(*lib, error));
  return std::make_shared<const CudaKernels>(*lib, device, functions);
}

int64_t freeDeviceMemory() {
  std::string why;
  size_t free = 0, total = 0;
  const LoadedLibrary* lib = driver(why);
  const auto info = lib ? lib->function<MemoryInfo>("cuMemGetInfo_v2") : nullptr;
  return info && info(&free, &total) == 0 ? int64_t(free) : 0;
}

}  // namespace intarsia
