// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string_view>
#include <vector>

#include "core/base/class_table.h"

namespace intarsia {

/// The labels of Cityscapes by id, 0…33 (cityscapesScripts, helpers/labels.py). 255 as train id: not evaluated.
struct CityscapesLabel {
  const char* name;
  int trainId;
  Color color;
};
const std::vector<CityscapesLabel>& cityscapesLabels();
/// The id of a label, -1 if there is none of that name.
int cityscapesIndex(std::string_view name);

}  // namespace intarsia
