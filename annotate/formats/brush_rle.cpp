// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/brush_rle.h"

#include <string>

namespace intarsia {
namespace {

struct Bits {
  std::span<const uint8_t> bytes;
  size_t at = 0;
  bool ended = false;

  uint32_t take(int count) {
    uint32_t value = 0;
    for (int i = 0; i < count; ++i, ++at) {
      if (at / 8 >= bytes.size()) {
        ended = true;
        return 0;
      }
      value = value << 1 | (bytes[at / 8] >> (7 - at % 8) & 1);
    }
    return value;
  }
};

}  // namespace

Expected<std::vector<uint8_t>> decodeBrushRle(std::span<const uint8_t> bytes, size_t expected) {
  Bits bits{bytes};
  const size_t count = bits.take(32);
  const int wordSize = int(bits.take(5)) + 1;
  int sizes[4];
  for (int& size : sizes) size = int(bits.take(4)) + 1;
  if (bits.ended) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("the brush mask ends too early"));
  if (count != expected || wordSize != 8)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("the brush mask has {count} values, its image needs {expected}"),
                {{"count", std::to_string(count)}, {"expected", std::to_string(expected)}});
  std::vector<uint8_t> out;
  out.reserve(expected);
  while (out.size() < expected) {
    const bool repeated = bits.take(1);
    const size_t run = size_t(bits.take(sizes[bits.take(2)])) + 1;
    if (run > expected - out.size()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("a run of the brush mask is too long"));
    if (repeated) out.insert(out.end(), run, uint8_t(bits.take(8)));
    else
      for (size_t i = 0; i < run && !bits.ended; ++i) out.push_back(uint8_t(bits.take(8)));
    if (bits.ended) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("the brush mask ends too early"));
  }
  return out;
}

}  // namespace intarsia
