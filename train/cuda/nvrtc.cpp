// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/cuda/nvrtc.h"

#include <ATen/ATen.h>
#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "train/cuda/device_kernels.h"

namespace intarsia {

namespace fs = std::filesystem;

namespace {

// nvrtc.h's functions, as far as they are used.
using Program = void*;
using Create = int (*)(Program*, const char* source, const char* name, int headers, const char* const* texts,
                       const char* const* names);
using Compile = int (*)(Program, int options, const char* const*);
using GetSize = int (*)(Program, size_t*);
using GetText = int (*)(Program, char*);
using Destroy = int (*)(Program*);
using ErrorText = const char* (*)(int);

/// libnvrtc.so.13 and the like in a folder; not its builtins.
void addFrom(const fs::path& folder, std::vector<std::string>& names) {
  std::error_code error;
  std::vector<std::string> found;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename();
    if (name.starts_with("libnvrtc") && name.find(".so") != std::string::npos &&
        name.find("builtins") == std::string::npos && name.find(".alt.") == std::string::npos)
      found.push_back(at->path());
  }
  std::sort(found.rbegin(), found.rend());
  names.insert(names.end(), found.begin(), found.end());
}

std::vector<std::string> candidates() {
  std::vector<std::string> names;
  if (const char* given = std::getenv("INTARSIA_NVRTC")) return {given};
  const fs::path torch = folderOfLibrary(reinterpret_cast<const void*>(&at::show_config));
  if (!torch.empty()) {
    addFrom(torch, names);
    std::error_code error;
    for (fs::directory_iterator at(torch / "../../nvidia", error), end; !error && at != end; at.increment(error))
      addFrom(at->path() / "lib", names);
  }
  for (const char* name : {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"})
    names.emplace_back(name);
  addFrom("/usr/local/cuda/lib64", names);
  return names;
}

}  // namespace

fs::path folderOfLibrary(const void* address) {
  Dl_info info{};
  if (!dladdr(address, &info) || !info.dli_fname) return {};
  std::error_code error;
  const fs::path real = fs::canonical(info.dli_fname, error);
  return error ? fs::path() : real.parent_path();
}

std::unique_ptr<LoadedLibrary> LoadedLibrary::first(const std::vector<std::string>& names, std::string& why) {
  for (const auto& name : names) {
    if (void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL))
      return std::unique_ptr<LoadedLibrary>(new LoadedLibrary(handle, name));
    const char* said = dlerror();
    why = said ? said : name;
  }
  return nullptr;
}

void* LoadedLibrary::address(const char* symbol) const { return dlsym(m_handle, symbol); }

Expected<std::shared_ptr<const Nvrtc>> Nvrtc::load() {
  std::string why;
  auto library = LoadedLibrary::first(candidates(), why);
  if (!library)
    return fail(ErrorCode::notFound, INTARSIA_TEXT("NVIDIA's run-time compiler (libnvrtc) cannot be loaded: {reason}"),
                {{"reason", why}});
  for (const char* symbol : {"nvrtcCreateProgram", "nvrtcCompileProgram", "nvrtcGetProgramLogSize",
                             "nvrtcGetProgramLog", "nvrtcGetPTXSize", "nvrtcGetPTX", "nvrtcGetCUBINSize",
                             "nvrtcGetCUBIN", "nvrtcDestroyProgram", "nvrtcGetErrorString", "nvrtcVersion"})
    if (!library->function<void (*)()>(symbol))
      return fail(ErrorCode::notFound,
                  INTARSIA_TEXT("{file} is no run-time compiler of CUDA 11.2 or newer: it lacks {symbol}"),
                  {{"file", library->name()}, {"symbol", symbol}});
  return std::shared_ptr<const Nvrtc>(new Nvrtc(std::move(library)));
}

std::string Nvrtc::version() const {
  int major = 0, minor = 0;
  m_library->function<int (*)(int*, int*)>("nvrtcVersion")(&major, &minor);
  return std::to_string(major) + "." + std::to_string(minor);
}

std::vector<int> Nvrtc::architectures() const {
  int count = 0;
  const auto number = m_library->function<int (*)(int*)>("nvrtcGetNumSupportedArchs");
  const auto list = m_library->function<int (*)(int*)>("nvrtcGetSupportedArchs");
  if (!number || !list || number(&count) != 0 || count <= 0) return {};
  std::vector<int> found(static_cast<size_t>(count));
  if (list(found.data()) != 0) return {};
  std::sort(found.begin(), found.end());
  return found;
}

Expected<std::string> Nvrtc::compile(const std::string& architecture) const {
  const LoadedLibrary& lib = *m_library;
  const std::string source = kernelSource(), header = kernelHeader();
  const char *const texts[] = {header.c_str()}, *const names[] = {"train/cuda/kernel_arguments.h"};
  const auto failed = [&](int code, const std::string& log) {
    return fail(ErrorCode::failed, INTARSIA_TEXT("{file} cannot compile the kernels for {device}: {reason}"),
                {{"file", lib.name()},
                 {"device", architecture},
                 {"reason", lib.function<ErrorText>("nvrtcGetErrorString")(code) + (log.empty() ? "" : "\n" + log)}});
  };
  const auto text = [&](Program program, const char* sizeOf, const char* textOf) {
    size_t size = 0;
    if (lib.function<GetSize>(sizeOf)(program, &size) != 0) return std::string();
    std::string out(size, '\0');
    if (lib.function<GetText>(textOf)(program, out.data()) != 0) out.clear();
    return out;
  };
  Program raw = nullptr;
  if (const int code = lib.function<Create>("nvrtcCreateProgram")(&raw, source.c_str(), "kernels.cu", 1, texts, names))
    return failed(code, {});
  const std::unique_ptr<void, std::function<void(void*)>> program(
      raw, [&](void* p) { lib.function<Destroy>("nvrtcDestroyProgram")(&p); });
  const std::string target = "--gpu-architecture=" + architecture;
  const char* const options[] = {target.c_str(), "--std=c++17"};
  if (const int code = lib.function<Compile>("nvrtcCompileProgram")(raw, 2, options))
    return failed(code, text(raw, "nvrtcGetProgramLogSize", "nvrtcGetProgramLog").c_str());
  const bool cubin = architecture.starts_with("sm_");
  std::string code =
      text(raw, cubin ? "nvrtcGetCUBINSize" : "nvrtcGetPTXSize", cubin ? "nvrtcGetCUBIN" : "nvrtcGetPTX");
  if (code.empty()) return failed(0, {});
  return code;
}

Expected<std::string> compiledKernels(const Nvrtc& compiler, const std::string& architecture, fs::path folder) {
  if (folder.empty()) {
    const char *cache = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
    if (cache && *cache == '/')
      folder = fs::path(cache) / "intarsia";
    else if (home && *home)
      folder = fs::path(home) / ".cache" / "intarsia";
  }
  constexpr size_t kHash = 32;  // digits before the code: of the code
  const std::string name =
      "kernels-" + architecture + "-" + contentHash(kernelSource() + kernelHeader() + compiler.version()) + ".bin";
  if (!folder.empty())
    if (const auto kept = readFile(folder / name);
        kept && kept->size() > kHash && kept->substr(0, kHash) == contentHash(std::string_view(*kept).substr(kHash)))
      return kept->substr(kHash);
  INTARSIA_TRY(std::string code, compiler.compile(architecture));
  if (folder.empty()) return code;
  std::error_code error;
  fs::create_directories(folder, error);
  (void)writeFileAtomically(folder / name, contentHash(code) + code);  // compiled again next time where that fails
  return code;
}

}  // namespace intarsia
