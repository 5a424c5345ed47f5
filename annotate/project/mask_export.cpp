// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/mask_export.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "annotate/formats/export_folder.h"
#include "annotate/project/project_file.h"
#include "core/base/atomic_file.h"
#include "core/base/file_name.h"
#include "core/base/json.h"
#include "core/base/parallel.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace intarsia {
namespace fs = std::filesystem;
namespace {

Expected<> makeFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return failErrno(error.value(), INTARSIA_TEXT("Cannot make the folder {file}: {reason}"), displayPath(folder));
  return {};
}

Expected<> writeClasses(const ImportedDataset& dataset, const ClassTable& classes, const fs::path& path) {
  nlohmann::ordered_json json{{"classes", nlohmann::ordered_json::array()}, {"unlabelled", classes.size() <= 255 ? 255 : 65535}};
  for (int i = 0; i < classes.size(); ++i)
    json["classes"].push_back(
        {{"index", i}, {"name", dataset.classes[size_t(i)].name}, {"color", classes[i].color.hex()}, {"ignore", classes[i].ignore}});
  return writeFileAtomically(path, dumpJson(json, 1) + "\n");
}

std::vector<PaintedPolygon> ordered(const ImportedImage& image, const MaskExport& options) {
  auto polygons = polygonsOf(image);
  if (options.classOrder) std::ranges::stable_sort(polygons, {}, &PaintedPolygon::value);
  return polygons;
}

class Masks {
 public:
  Masks(const ImportedDataset& dataset, const ClassTable& classes, const MaskExport& options)
      : m_dataset(dataset), m_classes(classes), m_options(options) {}

  /// The file that was written; skipped: the reason.
  Expected<> write(const ImportedImage& image, const fs::path& path, const fs::path& colored, std::string& skipped) const {
    if (m_options.indices && !m_options.colors && m_options.supersample <= 1 && !image.mask && m_classes.size() <= 255 && fits(image))
      return writeBytes(image, path);
    const auto ground = groundMap(m_dataset, image);
    if (!ground) return skipped = ground.error().message(), Expected<>{};
    const auto polygons = ordered(image, m_options);
    if (m_options.indices) {
      INTARSIA_CHECK(makeFolder(path.parent_path()));
      INTARSIA_CHECK(writeLabelPng(path, supersampled(*ground, polygons, m_options.supersample, m_options.rule), m_classes));
    }
    if (m_options.colors) {
      INTARSIA_CHECK(makeFolder(colored.parent_path()));
      INTARSIA_CHECK(writePng(colored, supersampledColors(*ground, polygons, m_classes, m_options.supersample, m_options.rule)));
    }
    return {};
  }

 private:
  static bool fits(const ImportedImage& image) {
    return !image.size.empty() && int64_t(image.size.width) * image.size.height <= kDefaultPixelBudget;
  }

  /// What most pictures of most projects are: shapes of few classes.
  Expected<> writeBytes(const ImportedImage& image, const fs::path& path) const {
    thread_local std::vector<uint8_t> bytes;
    paintBytes(bytes, image.size, m_dataset.background ? uint8_t(*m_dataset.background) : 255, ordered(image, m_options), m_options.rule);
    INTARSIA_CHECK(makeFolder(path.parent_path()));
    return writeLabelPng(path, image.size, bytes, m_classes);
  }

  const ImportedDataset& m_dataset;
  const ClassTable& m_classes;
  const MaskExport& m_options;
};

}  // namespace

Expected<LabelMap> supersampledMap(const ImportedDataset& dataset, const ImportedImage& image, const MaskExport& options) {
  INTARSIA_TRY(const auto ground, groundMap(dataset, image));
  return supersampled(ground, ordered(image, options), options.supersample, options.rule);
}

ClassTable classTable(const ImportedDataset& dataset) {
  ClassTable classes;
  for (size_t i = 0; i < dataset.classes.size(); ++i) {
    const auto& info = dataset.classes[i];
    const auto color = info.color.value_or(ClassTable::defaultColor(int(i)));
    if (!classes.addWithId({ClassId(i + 1), info.name, color, info.ignore}))
      (void)classes.addWithId({ClassId(i + 1), info.name + " (" + std::to_string(i) + ")", color, info.ignore});
  }
  return classes;
}

namespace {

/// The image's name as a path below a folder; where it is the end of the file's path, by the file's own bytes.
fs::path relativeName(const ImportedImage& image) {
  std::vector<fs::path> parts;
  for (const auto& part : fs::path(image.name))
    if (part != ".." && part != "." && part != "/" && !part.empty()) parts.push_back(part);
  if (parts.empty()) return "image";
  fs::path from = image.path;
  for (auto part = parts.rbegin(); part != parts.rend() && *part == displayPath(from.filename()); ++part, from = from.parent_path())
    *part = from.filename();
  fs::path relative;
  for (const auto& part : parts) relative /= part;
  return relative;
}

fs::path withEnding(const fs::path& name, const std::string& ending) { return name.parent_path() / fittingName(name.filename().native(), ending); }

}  // namespace

std::vector<fs::path> maskPaths(const ImportedDataset& dataset, const fs::path& out) {
  std::vector<fs::path> paths, names;
  std::set<fs::path> taken;  // files, and the folders that they lie in
  for (const auto& image : dataset.images) {
    names.push_back(relativeName(image));
    for (fs::path folder = names.back().parent_path(); !folder.empty(); folder = folder.parent_path()) taken.insert({folder, "color" / folder});
  }
  for (const fs::path& relative : names) {
    fs::path named = relative;
    if (hasImageExtension(named)) named.replace_extension();
    named = withEnding(named, ".png");
    for (int n = 2; taken.contains(named) || taken.contains("color" / named); ++n)  // a.jpg beside a.png; a folder "color" of the images' own
      named = withEnding(relative, (n > 2 ? "-" + std::to_string(n) : "") + ".png");
    taken.insert({named, "color" / named});
    paths.push_back(out / named);
  }
  return paths;
}

Expected<WrittenMasks> exportMasks(const ImportedDataset& dataset, const ClassTable& classes, const fs::path& out, const MaskExport& options,
                                   const Job& job) {
  const auto paths = maskPaths(dataset, out);
  const auto colored = [&](const fs::path& path) { return options.indices ? out / "color" / path.lexically_relative(out) : path; };
  const SourceFiles sources(pictureFiles(dataset));
  for (const auto& path : paths) {
    INTARSIA_CHECK(sources.check(path));
    if (options.colors) INTARSIA_CHECK(sources.check(colored(path)));
  }
  INTARSIA_CHECK(makeFolder(out));
  INTARSIA_CHECK(writeClasses(dataset, classes, out / "classes.json"));
  const Masks masks(dataset, classes, options);
  std::vector<std::string> skipped(paths.size());
  const auto labelled = [](const ImportedImage& image) { return image.mask || !image.shapes.empty(); };
  INTARSIA_CHECK(parallelFor(int(dataset.images.size()), INTARSIA_TEXT("Writing masks"), [&](int i) -> Expected<> {
    const auto& image = dataset.images[size_t(i)];
    if (!labelled(image)) return {};
    const auto& path = paths[size_t(i)];
    return masks.write(image, path, colored(path), skipped[size_t(i)]);
  }, job));
  WrittenMasks written;
  for (size_t i = 0; i < paths.size(); ++i)
    if (!skipped[i].empty()) written.skipped.push_back({dataset.images[i].name, skipped[i]});
    else if (labelled(dataset.images[i])) written.files.push_back(paths[i]);
  return written;
}

}  // namespace intarsia
