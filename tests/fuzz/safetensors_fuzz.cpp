// SPDX-License-Identifier: GPL-3.0-or-later
// A file of tensors: whole, or its header alone.
#include <cstdlib>
#include <vector>

#include "tests/fuzz/scratch.h"
#include "train/api/safetensors.h"

using namespace intarsia;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  if (data[0] == '{') {
    constexpr uint64_t kBytes = 1 << 20;
    if (const auto header = parseSafetensorsHeader({reinterpret_cast<const char*>(data), size}, kBytes, "fuzz"))
      for (const auto& tensor : header->tensors)
        if (tensor.begin > tensor.end || tensor.end > kBytes) std::abort();
    return 0;
  }
  const auto path = fuzz::scratch() / "fuzz.safetensors";
  fuzz::put(path, data, size);
  (void)readTensorSet(path);
  if (const auto file = SafetensorsFile::open(path))
    for (const auto& tensor : file->header().tensors) {
      std::vector<std::byte> bytes(size_t(tensor.bytes()));
      if (!file->read(tensor, bytes)) std::abort();
    }
  return 0;
}
