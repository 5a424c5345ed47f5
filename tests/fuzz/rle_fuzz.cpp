// SPDX-License-Identifier: GPL-3.0-or-later
// Any text as compressed RLE, and any numbers as runs.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "annotate/raster/rle.h"

using namespace intarsia;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  Rle rle{{data[0], data[1]}, {}};
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto parsed = rleFromText(text);
  if (parsed && rleFromText(rleToText(*parsed)) != *parsed) std::abort();
  rle.counts = parsed ? *parsed : std::vector<uint32_t>((size - 2) / 4);
  if (!parsed && !rle.counts.empty()) std::memcpy(rle.counts.data(), data + 2, rle.counts.size() * 4);
  // Half of the inputs are cut to what fits, so that decoding is reached.
  if (data[0] & 1) {
    int64_t room = int64_t(rle.size.width) * rle.size.height;
    for (uint32_t& count : rle.counts) count = uint32_t(std::min<int64_t>(count, room)), room -= count;
    rle.counts.push_back(uint32_t(room));
  }
  (void)rleArea(rle);
  const auto mask = decodeRle(rle);
  if (mask.has_value() != checkRle(rle).has_value()) std::abort();
  if (!mask) return 0;
  if (std::count(mask->begin(), mask->end(), 1) != rleArea(rle)) std::abort();
  const Rle again = encodeRle(*mask, rle.size);
  if (decodeRle(again) != *mask || rleBounds(again) != rleBounds(rle)) std::abort();
  return 0;
}
