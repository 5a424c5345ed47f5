// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a weight file; first byte odd: the rest as a bare pickle.
#include <cstdlib>

#include "core/base/text.h"
#include "train/api/pickle.h"
#include "train/api/weight_file.h"

using namespace intarsia;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::span bytes(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  if (data[0] & 1) {
    const auto pickle = readPickle(bytes, "fuzz");
    if (pickle && (pickle->bytes > bytes.size() || pickle->root >= pickle->values.size())) std::abort();
    return 0;
  }
  const auto list = readWeightList(bytes, "fuzz");
  if (!list) {
    if (!validUtf8(list.error().message())) std::abort();
    return 0;
  }
  for (const auto& tensor : list->tensors)
    if (readTensor(list->numbers(bytes), tensor).bytes.size() > list->numbers(bytes).size()) std::abort();
  return 0;
}
