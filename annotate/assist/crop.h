// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/image.h"

namespace intarsia {

/// That part of an image with 8 bits and 1 or 3 channels (16 bits are scaled, alpha is dropped), clipped to the image.
Image cropped8(const Image& image, const Rect& rect);

}  // namespace intarsia
