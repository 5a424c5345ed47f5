// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>

#include "annotate/formats/format.h"

namespace intarsia {

/// Second layouts of formats of masks, each a format to write; "camvid" and "masks" read them all.
enum class CamvidLayout { segnet, fastai, colors };
std::unique_ptr<Format> camvidFormat(CamvidLayout layout);
/// PNGs of indices (8 bits, 16 where there are more than 255 classes), of colours, of 16 bits; TIFF and BMP files of indices.
enum class MaskLayout { png, color, png16, tiff, bmp };
std::unique_ptr<Format> masksFormat(MaskLayout layout);

}  // namespace intarsia
