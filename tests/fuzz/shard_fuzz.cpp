// SPDX-License-Identifier: GPL-3.0-or-later
// A packed data set: the whole file, or its manifest alone.
#include <cstdlib>

#include "tests/fuzz/scratch.h"
#include "train/api/shard.h"

using namespace intarsia;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (data[0] == '{') {
    if (const auto manifest = parseShardManifest(text, 1 << 20, "fuzz"))
      for (const auto& entry : manifest->entries)
        if (entry.imageOffset >= 1 << 20 || entry.labelOffset >= 1 << 20 || entry.imageSize.empty()) std::abort();
    return 0;
  }
  const auto path = fuzz::scratch() / "fuzz.shard";
  fuzz::put(path, data, size);
  const auto shard = ShardReader::open(path);
  if (!shard) return 0;
  for (int i = 0; i < int((*shard)->manifest().entries.size()); ++i) {
    (void)(*shard)->imageBytes(i);
    (void)(*shard)->sample(i);
  }
  return 0;
}
