// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <vector>

#include "core/base/random.h"
#include "core/base/sample_source.h"
#include "core/media/decode.h"
#include "train/api/run_folder.h"

namespace intarsia::test {

inline ClassTable twoClasses() {
  ClassTable classes;
  (void)classes.add("dark", Color{10, 20, 30});
  (void)classes.add("bright", Color{200, 210, 220});
  return classes;
}

/// A noisy picture, dark on one side of a vertical line and bright on the other; the labels say which. Learned in seconds.
inline Sample tinySample(int seed, Size size = {96, 64}) {
  Random random{uint64_t(seed)};
  Sample s;
  s.image = {size.width, size.height, 3, 8, std::vector<uint8_t>(size_t(size.width) * size_t(size.height) * 3)};
  s.labels = LabelMap(size.width, size.height);
  const int line = size.width / 4 + random.below(size.width / 2);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const bool bright = x >= line;
      s.labels.set(x, y, bright);
      for (int c = 0; c < 3; ++c) s.image.row(y)[x * 3 + c] = uint8_t((bright ? 150 : 40) + random.below(60));
    }
  return s;
}

inline Recipe tinyRecipe() {
  Recipe recipe;
  recipe.network = "unet";
  recipe.baseWidth = 4;
  recipe.depth = 2;
  recipe.size = {96, 64};
  recipe.batch = 2;
  recipe.epochs = 2;
  recipe.deterministic = true;  // a checkpoint after each epoch
  recipe.device = "cpu";
  return recipe;
}

/// Six pictures to train on and two to measure with, in `folder`/images; the run in `folder`/runs/`name`.
inline Expected<RunFolder> tinyRun(const std::filesystem::path& folder, const std::string& name, const Recipe& recipe) {
  RunFolder run(folder / "runs" / name);
  RunFolder::Snapshot snapshot{.recipe = recipe, .classes = twoClasses()};
  std::filesystem::create_directories(folder / "images");
  std::filesystem::create_directories(folder / "runs" / ".labels");
  for (int i = 0; i < 8; ++i) {
    const Sample s = tinySample(i);
    const RunSample sample{std::to_string(i), folder / "images" / (std::to_string(i) + ".png"), "abc" + std::to_string(i), i < 6 ? Split::train : Split::val};
    INTARSIA_CHECK(writePng(sample.image, s.image));
    INTARSIA_CHECK(writeLabelPng(run.labelsPath(sample.labels), s.labels, snapshot.classes));
    snapshot.samples.push_back(sample);
  }
  INTARSIA_CHECK(run.create(snapshot));
  return run;
}

}  // namespace intarsia::test
