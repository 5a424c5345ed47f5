// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "core/base/class_table.h"

namespace intarsia {

/// Background and the 20 classes of PASCAL VOC in index order.
inline const std::vector<std::string>& vocClasses() {
  static const std::vector<std::string> names = {"background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
                                                 "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor"};
  return names;
}

/// The colour of an index in VOC's palette: its bits, dealt out to red, green and blue from the top.
inline Color vocColor(int index) {
  Color color;
  for (int j = 0; j < 8; ++j, index >>= 3) {
    color.r = uint8_t(color.r | (index & 1) << (7 - j));
    color.g = uint8_t(color.g | (index >> 1 & 1) << (7 - j));
    color.b = uint8_t(color.b | (index >> 2 & 1) << (7 - j));
  }
  return color;
}

}  // namespace intarsia
