// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>
#include <filesystem>
#include <span>
#include <vector>

#include "core/base/hash.h"
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
/// `named`: label maps and images under the names that a replay checks.
inline Expected<RunFolder> tinyRun(const std::filesystem::path& folder, const std::string& name, const Recipe& recipe, bool named = false) {
  RunFolder run(folder / "runs" / name);
  RunFolder::Snapshot snapshot{.recipe = recipe, .classes = twoClasses()};
  std::filesystem::create_directories(folder / "images");
  std::filesystem::create_directories(folder / "runs" / ".labels");
  for (int i = 0; i < 8; ++i) {
    const Sample s = tinySample(i);
    RunSample sample{std::to_string(i), folder / "images" / (std::to_string(i) + ".png"), "abc" + std::to_string(i), i < 6 ? Split::train : Split::val, {}};
    INTARSIA_CHECK(writePng(sample.image, s.image));
    if (named) {
      INTARSIA_TRY(sample.imageHash, fileHash(sample.image));
      sample.labels = contentHash(std::to_string(s.labels.width()) + "×" + std::to_string(s.labels.height()) + contentHash(std::as_bytes(std::span(s.labels.pixels()))));
    }
    INTARSIA_CHECK(writeLabelPng(run.labelsPath(sample.labels), s.labels, snapshot.classes));
    snapshot.samples.push_back(sample);
  }
  INTARSIA_CHECK(run.create(snapshot));
  return run;
}

/// 24 pictures of CamVid to train on and two to measure with.
inline Expected<RunFolder> camVidRun(const std::filesystem::path& data, const std::filesystem::path& folder, const std::string& name, const Recipe& recipe) {
  RunFolder run(folder / "runs" / name);
  RunFolder::Snapshot snapshot{.recipe = recipe};
  for (int c = 0; c < 12; ++c) (void)snapshot.classes.add("class " + std::to_string(c), {}, c == 11);
  std::filesystem::create_directories(folder / "runs" / ".labels");
  std::vector<std::filesystem::path> images(std::filesystem::directory_iterator(data / "train"), {});
  std::sort(images.begin(), images.end());
  for (size_t i = 0; i < 26; ++i) {
    const auto& image = images.at(i * 14);
    const RunSample sample{image.filename().string(), image, "abc" + std::to_string(i), i < 24 ? Split::train : Split::val, {}};
    INTARSIA_TRY(const RawMask mask, decodeMask(data / "trainannot" / image.filename()));
    INTARSIA_CHECK(writeLabelPng(run.labelsPath(sample.labels), LabelMap(mask.size, {mask.values.begin(), mask.values.end()}), snapshot.classes));
    snapshot.samples.push_back(sample);
  }
  INTARSIA_CHECK(run.create(snapshot));
  return run;
}

}  // namespace intarsia::test
