// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/sample_scenes.h"

#include "annotate/project/scene_parts.h"

namespace intarsia {

std::vector<ImportedClass> sceneClasses() {
  return {{"background", Color{70, 70, 70}},     {"road", Color{128, 64, 128}},     {"sidewalk", Color{244, 35, 232}},
          {"landscaping", Color{152, 251, 152}}, {"tree", Color{107, 142, 35}},     {"sky", Color{70, 130, 180}},
          {"concrete", Color{190, 153, 153}},    {"building", Color{102, 102, 156}}};
}

Scene makeScene(uint64_t seed, int index, Size size) {
  Random random(seed, uint32_t(index));
  const auto layout = scene::layOut(random, size);
  Scene result;
  result.image = scene::paint(layout, size);
  for (const auto& surface : layout.surfaces) {
    ImportedShape shape;
    shape.classIndex = surface.label;
    shape.polygon = surface.polygon;
    if (surface.group) shape.group = surface.group;
    result.shapes.push_back(std::move(shape));
  }
  return result;
}

}  // namespace intarsia
