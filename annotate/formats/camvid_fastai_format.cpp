// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/mask_layouts.h"

namespace intarsia {

std::unique_ptr<Format> makeCamvidFastaiFormat() { return camvidFormat(CamvidLayout::fastai); }

}  // namespace intarsia
