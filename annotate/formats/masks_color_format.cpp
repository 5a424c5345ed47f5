// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/mask_layouts.h"

namespace intarsia {

std::unique_ptr<Format> makeMasksColorFormat() { return masksFormat(MaskLayout::color); }

}  // namespace intarsia
