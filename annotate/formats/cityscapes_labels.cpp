// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/cityscapes_labels.h"

namespace intarsia {

const std::vector<CityscapesLabel>& cityscapesLabels() {
  static const std::vector<CityscapesLabel> labels = {
      {"unlabeled", 255, {0, 0, 0}},        {"ego vehicle", 255, {0, 0, 0}},     {"rectification border", 255, {0, 0, 0}}, {"out of roi", 255, {0, 0, 0}},
      {"static", 255, {0, 0, 0}},           {"dynamic", 255, {111, 74, 0}},      {"ground", 255, {81, 0, 81}},             {"road", 0, {128, 64, 128}},
      {"sidewalk", 1, {244, 35, 232}},      {"parking", 255, {250, 170, 160}},   {"rail track", 255, {230, 150, 140}},     {"building", 2, {70, 70, 70}},
      {"wall", 3, {102, 102, 156}},         {"fence", 4, {190, 153, 153}},       {"guard rail", 255, {180, 165, 180}},     {"bridge", 255, {150, 100, 100}},
      {"tunnel", 255, {150, 120, 90}},      {"pole", 5, {153, 153, 153}},        {"polegroup", 255, {153, 153, 153}},      {"traffic light", 6, {250, 170, 30}},
      {"traffic sign", 7, {220, 220, 0}},   {"vegetation", 8, {107, 142, 35}},   {"terrain", 9, {152, 251, 152}},          {"sky", 10, {70, 130, 180}},
      {"person", 11, {220, 20, 60}},        {"rider", 12, {255, 0, 0}},          {"car", 13, {0, 0, 142}},                 {"truck", 14, {0, 0, 70}},
      {"bus", 15, {0, 60, 100}},            {"caravan", 255, {0, 0, 90}},        {"trailer", 255, {0, 0, 110}},            {"train", 16, {0, 80, 100}},
      {"motorcycle", 17, {0, 0, 230}},      {"bicycle", 18, {119, 11, 32}}};
  return labels;
}

int cityscapesIndex(std::string_view name) {
  const auto& labels = cityscapesLabels();
  for (size_t i = 0; i < labels.size(); ++i)
    if (labels[i].name == name) return int(i);
  return -1;
}

}  // namespace intarsia
