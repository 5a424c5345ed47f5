// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/mask_layouts.h"

namespace intarsia {

std::unique_ptr<Format> makeMasksTiffFormat() { return masksFormat(MaskLayout::tiff); }

}  // namespace intarsia
