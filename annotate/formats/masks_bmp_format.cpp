// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/mask_layouts.h"

namespace intarsia {

std::unique_ptr<Format> makeMasksBmpFormat() { return masksFormat(MaskLayout::bmp); }

}  // namespace intarsia
