// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>

#include "annotate/project/project.h"
#include "annotate/project/project_state.h"
#include "annotate/project/sample_scenes.h"
#include "annotate/project/scene_parts.h"
#include "core/base/parallel.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace intarsia {

Expected<> makeSampleProject(const std::filesystem::path& folder, int count, Size size, uint64_t seed, const Job& job) {
  if (Project::exists(folder))
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{folder} is a project already"),
                {{"folder", displayPath(folder)}});
  INTARSIA_CHECK(createFolders(std::filesystem::absolute(folder).lexically_normal()));
  ImportedDataset dataset;
  dataset.format = "sample";
  dataset.classes = sceneClasses();
  dataset.background = scene::kBackground;
  dataset.images.resize(size_t(count));
  const auto one = [&](int i) -> Expected<> {
    char name[32];
    std::snprintf(name, sizeof name, "scene-%03d.jpg", i + 1);
    auto scene = makeScene(seed, i, size);
    INTARSIA_CHECK(writeJpeg(folder / name, scene.image));
    auto& image = dataset.images[size_t(i)];
    image.name = name;
    image.path = folder / name;
    image.size = size;
    image.shapes = std::move(scene.shapes);
    image.split = i % 5 == 4 ? Split::val : Split::train;
    return {};
  };
  INTARSIA_CHECK(parallelFor(count, INTARSIA_TEXT("Drawing scenes"), one, job));
  INTARSIA_TRY(const auto project, Project::open(folder, job));
  INTARSIA_CHECK(project->import(dataset, {}, job));
  return {};
}

}  // namespace intarsia
