// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/error.h"

namespace intarsia {

/// Label Studio's brush masks (thi.ng rle-pack): a big-endian bit stream of 32 bits word count, 5 bits word size - 1, four times 4 bits
/// run size - 1; then blocks of 1 bit flag, 2 bits run size index, the run length - 1, and one word (flag 1: repeated) or as many words.
/// `expected` words of 8 bits must come out.
Expected<std::vector<uint8_t>> decodeBrushRle(std::span<const uint8_t> bytes, size_t expected);

}  // namespace intarsia
