// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wiring/prepare_run.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include <nlohmann/json.hpp>

#include "annotate/project/split_leak.h"
#include "annotate/raster/rasterizer.h"
#include "app/wiring/label_maps.h"
#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/parallel.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;

/// Changes when the same sidecar would become other pixels.
constexpr const char* kRasterVersion = "1";

/// The label map that a sidecar became before.
struct KnownMap {
  std::string labels;  // content hash, names the PNG
  Size size;
  std::vector<int> classes;  // indices that occur
};
using Index = std::map<std::string, KnownMap>;  // by hash of the sidecar and of what else decides

Index readIndex(const fs::path& path) {
  Index index;
  const auto text = readFile(path);
  if (!text) return index;
  const auto json = parseJson(*text, displayPath(path));
  if (!json || !json->is_object()) return index;  // a cache: what is odd is made anew
  for (const auto& [key, item] : json->items()) {
    if (!item.is_object()) continue;
    KnownMap known;
    const auto* classes = jsonFind(item, "classes");
    const auto *width = jsonFind(item, "width"), *height = jsonFind(item, "height");
    known.labels = jsonString(item, "labels");
    if (!classes || !classes->is_array() || !width || !height || known.labels.empty()) continue;
    known.size = {int(jsonInteger(*width).value_or(0)), int(jsonInteger(*height).value_or(0))};
    for (const auto& value : *classes) known.classes.push_back(int(jsonInteger(value).value_or(-1)));
    index.emplace(key, std::move(known));
  }
  return index;
}

Expected<> writeIndex(const fs::path& path, const Index& index) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [key, known] : index)
    json[key] = {{"labels", known.labels},
                 {"width", known.size.width},
                 {"height", known.size.height},
                 {"classes", known.classes}};
  return writeFileAtomically(path, dumpJson(json, 1));
}

std::string sizeText(Size size) { return std::to_string(size.width) + "×" + std::to_string(size.height); }

class Snapshot {
 public:
  Snapshot(const Project& project, const RunFolder& run)
      : m_project(project), m_run(run), m_classes(project.classesNow()), m_uncovered(project.uncoveredIndex()) {
    m_suffix = std::string("\n") + kRasterVersion + "\n" + std::to_string(m_uncovered);
    for (const auto& info : m_classes) m_suffix += "," + std::to_string(info.id);
    m_known = readIndex(indexPath());
    for (auto& image : project.imagesNow())
      if (image.labelled) m_images.push_back(std::move(image));
  }

  const ClassTable& classes() const { return m_classes; }
  size_t count() const { return m_images.size(); }

  Expected<std::vector<RunSample>> take(const Job& job) {
    std::error_code error;
    fs::create_directories(m_run.labelsPath("x").parent_path(), error);
    if (error)
      return failErrno(error.value(), INTARSIA_TEXT("Cannot make the folder {file}: {reason}"),
                       displayPath(m_run.labelsPath("x").parent_path()));
    std::vector<RunSample> samples(m_images.size());
    const auto one = [&](int i) -> Expected<> {
      INTARSIA_TRY(samples[size_t(i)], sample(m_images[size_t(i)]));
      return {};
    };
    INTARSIA_CHECK(parallelFor(int(samples.size()), INTARSIA_TEXT("Preparing labels"), one, job));
    fs::create_directories(indexPath().parent_path(), error);
    (void)writeIndex(indexPath(), m_used);  // a cache that cannot be written costs time only
    return samples;
  }

  /// Indices of classes that occur and are not ignored.
  std::set<int> trained(Split split) const {
    std::set<int> found;
    for (const auto& [at, index] : m_found)
      if (at == split && !m_classes[index].ignore) found.insert(index);
    return found;
  }

 private:
  fs::path indexPath() const { return m_project.dataFolder() / "cache" / "labels.json"; }

  Expected<RunSample> sample(const ProjectImage& image) {
    const auto info = probeImage(image.path);
    if (!info && info.error().code == ErrorCode::notFound)
      return fail(ErrorCode::notFound,
                  INTARSIA_TEXT("The labelled image {file} is missing: put it back, or take its labels out"),
                  {{"file", displayPath(image.path)}});
    if (!info) return std::unexpected(info.error());
    INTARSIA_TRY(const auto bytes, readFile(m_project.sidecarPath(image)));
    const auto key = contentHash(bytes + m_suffix);
    std::error_code error;
    auto known = m_known.find(key);  // nobody changes m_known while we work
    KnownMap map;
    if (known != m_known.end() && fs::exists(m_run.labelsPath(known->second.labels), error))
      map = known->second;
    else
      INTARSIA_CHECK(rasterizeAnew(image, map));
    if (map.size != info->shown)
      return fail(
          ErrorCode::invalidInput,
          INTARSIA_TEXT("The labels of {file} were made for {labels} pixels, but the image has {image}"),
          {{"file", displayPath(image.path)}, {"labels", sizeText(map.size)}, {"image", sizeText(info->shown)}});
    INTARSIA_TRY(auto imageHash, fileHash(image.path));
    std::lock_guard lock(m_mutex);
    for (int index : map.classes)
      if (index >= 0 && index < m_classes.size()) m_found.emplace(image.split, index);
    RunSample sample{image.key, image.path, map.labels, image.split, std::move(imageHash)};
    m_used.emplace(key, std::move(map));
    return sample;
  }

  Expected<> rasterizeAnew(const ProjectImage& image, KnownMap& out) const {
    INTARSIA_TRY(const auto annotation, m_project.annotation(image));
    const auto map = rasterize(annotation, m_classes, m_uncovered);
    const auto counts = classCounts(map, m_classes.size());
    for (int i = 0; i < m_classes.size(); ++i)
      if (counts[size_t(i)] > 0) out.classes.push_back(i);
    out.size = map.size();
    out.labels = labelsHash(map);
    std::error_code error;
    if (fs::exists(m_run.labelsPath(out.labels), error)) return {};
    return writeLabelPng(m_run.labelsPath(out.labels), map, m_classes);
  }

  const Project& m_project;
  const RunFolder& m_run;
  const ClassTable m_classes;
  const uint16_t m_uncovered;
  std::string m_suffix;
  std::vector<ProjectImage> m_images;
  Index m_known;
  std::mutex m_mutex;
  Index m_used;                             // guarded by m_mutex
  std::set<std::pair<Split, int>> m_found;  // guarded by m_mutex
};

Expected<> checkName(const std::string& name) {
  if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos || name.size() > 200)
    return fail(ErrorCode::invalidInput,
                INTARSIA_TEXT("A run cannot be called \"{name}\": a plain file name is needed"), {{"name", name}});
  return {};
}

}  // namespace

Expected<RunFolder> prepareRun(Project& project, const std::string& name, const Recipe& recipe,
                               std::vector<std::string>& notes, const Job& job) {
  INTARSIA_CHECK(checkName(name));
  INTARSIA_CHECK(recipe.check());
  INTARSIA_CHECK(project.flush());
  const RunFolder run(project.runsFolder() / name);
  Snapshot snapshot(project, run);
  const std::string folder = displayPath(project.folder());
  if (project.imagesNow().empty())
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("There is no image in {folder}"), {{"folder", folder}});
  if (snapshot.count() == 0)
    return fail(ErrorCode::invalidInput,
                INTARSIA_TEXT("No image of {folder} is labelled yet: label at least one, then train"),
                {{"folder", folder}});
  cleanLabelMaps(project.runsFolder());
  // Held until the run names its maps: nobody takes them for left over.
  INTARSIA_TRY(const auto labelsLock, lockLabelMaps(run.labelsPath("x").parent_path(), job));
  INTARSIA_TRY(auto samples, snapshot.take(job));

  auto all = snapshot.trained(Split::train);
  const auto inTraining = all;
  for (auto split : {Split::val, Split::test}) all.merge(snapshot.trained(split));
  if (std::ranges::none_of(samples, [](const auto& sample) { return sample.split == Split::train; }))
    return fail(ErrorCode::invalidInput,
                INTARSIA_TEXT("None of the labelled images of {folder} is in the training split"),
                {{"folder", folder}});
  if (inTraining.empty())
    return fail(ErrorCode::invalidInput,
                INTARSIA_TEXT("The training images of {folder} have no labelled pixel to learn from"),
                {{"folder", folder}});
  if (all.size() == 1)
    return fail(ErrorCode::invalidInput,
                INTARSIA_TEXT("Only one class is labelled ({name}): training needs at least two"),
                {{"name", snapshot.classes()[*all.begin()].name}});
  if (std::ranges::none_of(samples, [](const auto& sample) { return sample.split == Split::val; }))
    notes.push_back(
        "There is no validation image yet, so the loss on the training images is all that can be measured: label one "
        "more image.");
  std::string unseen;
  for (int index : all)
    if (!inTraining.contains(index)) unseen += (unseen.empty() ? "" : ", ") + snapshot.classes()[index].name;
  if (!unseen.empty()) notes.push_back("No training image shows: " + unseen + ".");

  std::vector<LeakImage> leaks;
  for (const auto& sample : samples) leaks.push_back({sample.image, sample.split});
  for (auto& sentence : splitLeaks(leaks, job)) notes.push_back(std::move(sentence) + ".");

  INTARSIA_CHECK(job.check());
  INTARSIA_CHECK(run.create({recipe, snapshot.classes(), std::move(samples), {}}));
  return run;
}

std::string freeRunName(const fs::path& runs) {
  std::error_code error;
  for (int i = 1;; ++i)
    if (const auto name = "run-" + std::to_string(i); !fs::exists(runs / name, error)) return name;
}

}  // namespace intarsia
