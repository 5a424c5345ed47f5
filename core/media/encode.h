// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "core/base/class_table.h"
#include "core/base/error.h"
#include "core/base/image.h"

namespace intarsia {

/// A picture as the bytes of a file. With a palette (at most 256 colours) a picture of 1 channel and 8 bits holds indices into it.
Expected<std::string> encodePng(const Image& image, const std::vector<Color>& palette = {});
/// Deflate, one strip every 64 KiB; 8 or 16 bits.
Expected<std::string> encodeTiff(const Image& image, const std::vector<Color>& palette = {});
/// 8 bits, 1 (as a palette of greys, or with `palette`) or 3 channels; others are errors.
Expected<std::string> encodeBmp(const Image& image, const std::vector<Color>& palette = {});

}  // namespace intarsia
