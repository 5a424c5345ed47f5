// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/mask_layouts.h"

namespace intarsia {

std::unique_ptr<Format> makeMasks16bitFormat() { return masksFormat(MaskLayout::png16); }

}  // namespace intarsia
