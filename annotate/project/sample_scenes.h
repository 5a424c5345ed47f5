// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>

#include "annotate/formats/format.h"
#include "core/base/image.h"

namespace intarsia {

/// A generated street scene with exact polygons: 8 classes (background, road, sidewalk, landscaping, tree, sky,
/// concrete, building); shadows, texture, noise, occlusion. Same (seed, index, size) → same bytes on every machine.
struct Scene {
  Image image;
  std::vector<ImportedShape> shapes;  // painter's order, classIndex into sceneClasses()
};
std::vector<ImportedClass> sceneClasses();
Scene makeScene(uint64_t seed, int index, Size size);
/// The sample project: `count` scenes as JPEG + polygons, 80/20 split, written below `folder`.
Expected<> makeSampleProject(const std::filesystem::path& folder, int count = 40, Size size = {480, 360},
                             uint64_t seed = 1, const Job& job = {});

}  // namespace intarsia
