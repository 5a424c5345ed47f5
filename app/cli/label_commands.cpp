// SPDX-License-Identifier: GPL-3.0-or-later
// check, convert and vectorize: what one does with labels besides training on them.
#include <atomic>
#include <map>

#include "annotate/raster/checker.h"
#include "annotate/raster/vectorizer.h"
#include "app/cli/source.h"
#include "core/base/atomic_file.h"
#include "core/base/parallel.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace intarsia::cli {
namespace {

struct Options {
  std::vector<std::string> paths;
  std::string images, format, to, out;
  double tolerance = 0;
};

void addSource(CLI::App& command, Options& options) {
  command.add_option("PATH", options.paths, "Project, folder or file")->required()->expected(1);
  command.add_option("--images", options.images, "Where the pictures are, when the labels do not say");
  command.add_option("--format", options.format, "Format of the labels; else it is recognised");
}

Json rectJson(const Rect& rect) { return {rect.x, rect.y, rect.width, rect.height}; }

int check(const Options& options, const Terminal& terminal) {
  const auto job = terminal.job();
  const auto source = openSource(options.paths.front(), options.images, options.format, job);
  if (!source) return terminal.fail(source.error());
  const int count = source->count();
  std::vector<Json> parts(static_cast<size_t>(count));
  std::atomic<int64_t> done = 0;
  const auto one = [&](int i) -> Expected<> {
    job.report(++done, count, INTARSIA_TEXT("Checking"));
    if (!source->labelled(i)) return {};
    const auto picture = source->picture(i);
    Json part{{"image", source->name(i)}};
    if (!picture) {
      part["error"] = picture.error().message();
    } else if (!picture->annotation.size.empty()) {
      part["findings"] = Json::array();
      for (const auto& finding :
           intarsia::check(picture->annotation, source->classes, {.background = source->uncovered != kUnlabelled}))
        part["findings"].push_back({{"kind", nameOf(finding.kind)},
                                    {"rect", rectJson(finding.rect)},
                                    {"shapes", finding.shapes},
                                    {"pixels", finding.pixels},
                                    {"share", finding.share}});
    } else {
      part["error"] = "the size of the image is not known";
    }
    parts[size_t(i)] = std::move(part);
    return {};
  };
  if (const auto result = parallelFor(count, one, job); !result) return terminal.fail(result.error());
  Json images = Json::array();
  std::map<std::string, int64_t> totals;
  for (auto& part : parts) {
    if (part.is_null()) continue;
    if (part.contains("error")) terminal.say(part["image"].get<std::string>() + ": " + part["error"].get<std::string>());
    for (const auto& finding : part.value("findings", Json::array())) {
      ++totals[finding["kind"]];
      terminal.say(part["image"].get<std::string>() + ": " + finding["kind"].get<std::string>() + ", " +
                   std::to_string(finding["pixels"].get<int64_t>()) + " pixels at " + finding["rect"].dump());
    }
    images.push_back(std::move(part));
  }
  if (terminal.json) terminal.print({{"images", images}, {"totals", totals}});
  if (totals.empty()) terminal.say("Nothing was found.");
  return kDone;
}

/// A project as the writers of formats take it: base maps as masks, shapes over them.
Expected<ExportedDataset> toDataset(Source&& source, const Job& job) {
  if (!source.project) return std::move(source.dataset);
  ExportedDataset dataset;
  dataset.format = "intarsia";
  for (const auto& info : source.classes) dataset.classes.push_back({info.name, info.color, info.ignore});
  if (source.uncovered != kUnlabelled) dataset.background = source.uncovered;
  for (int i = 0; i < source.count(); ++i) {
    INTARSIA_CHECK(job.check());
    if (!source.labelled(i)) continue;
    INTARSIA_TRY(auto picture, source.picture(i));
    Annotation& a = picture.annotation;
    ImportedImage image;
    image.name = source.name(i);
    image.path = source.imagePath(i);
    image.size = a.size;
    image.split = source.split(i);
    for (const auto& shape : a.shapes)
      if (const auto index = source.classes.indexOf(shape->classId))
        image.shapes.push_back({*index, shape->polygon, shape->kind, shape->group, {}});
    if (!a.base.empty()) {
      a.shapes.clear();
      image.mask = [a = std::move(a), classes = source.classes]() -> Expected<LabelMap> { return rasterize(a, classes); };
    }
    dataset.images.push_back(std::move(image));
  }
  return dataset;
}

int convert(const Options& options, const Terminal& terminal) {
  const auto job = terminal.job();
  const Format* format = formatById(options.to);
  if (!format || !format->canWrite()) {
    std::string known;
    for (const auto& other : formats())
      if (other->canWrite()) known += (known.empty() ? "" : ", ") + std::string(other->id());
    terminal.note("intarsia-cli: --to " + options.to + " is not written; these are: " + known);
    return kUsage;
  }
  auto source = openSource(options.paths.front(), options.images, options.format, job);
  if (!source) return terminal.fail(source.error());
  const ImportReport report = source->report;
  const auto dataset = toDataset(std::move(*source), job);
  if (!dataset) return terminal.fail(dataset.error());
  if (const auto written = format->write(*dataset, options.out, {}, job); !written) return terminal.fail(written.error());
  if (terminal.json)
    terminal.print({{"format", format->id()},
                    {"images", dataset->images.size()},
                    {"out", options.out},
                    {"skipped", reportLines(report.skipped)},
                    {"repaired", reportLines(report.repaired)}});
  for (const auto& line : report.skipped) terminal.say("Skipped " + line.path + ": " + line.reason);
  terminal.say(std::to_string(dataset->images.size()) + " images as " + std::string(format->name()) + " in " + options.out);
  return kDone;
}

/// Masks of indices to polygons: {"masks": [{"mask","size","regions": [{"label","pixels","rings"}]}]}.
int vectorizeMasks(const Options& options, const Terminal& terminal) {
  const auto job = terminal.job();
  Json masks = Json::array();
  size_t total = 0;
  for (const auto& path : options.paths) {
    job.report(int64_t(masks.size()), int64_t(options.paths.size()), INTARSIA_TEXT("Vectorizing"));
    const auto map = readLabelPng(path);
    if (!map) return terminal.fail(map.error());
    const auto regions = intarsia::vectorize(*map, {.tolerance = options.tolerance}, job);
    if (!regions) return terminal.fail(regions.error());
    Json list = Json::array();
    for (const auto& region : *regions) {
      Json rings = Json::array();
      for (const auto& ring : region.polygon.rings) {
        Json points = Json::array();
        for (const auto& point : ring) points.push_back({point.x, point.y});
        rings.push_back(std::move(points));
      }
      list.push_back({{"label", region.label}, {"pixels", region.pixels}, {"rings", std::move(rings)}});
    }
    total += list.size();
    masks.push_back({{"mask", encodePath(path)}, {"size", {map->width(), map->height()}}, {"regions", std::move(list)}});
  }
  const auto written = writeFileAtomically(options.out, Json{{"masks", masks}}.dump() + "\n");
  if (!written) return terminal.fail(written.error());
  if (terminal.json) terminal.print({{"masks", masks.size()}, {"regions", total}, {"out", options.out}});
  terminal.say(std::to_string(total) + " regions of " + std::to_string(masks.size()) + " masks in " + options.out);
  return kDone;
}

}  // namespace

void addCheck(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command = commands.add("check", "Finds gaps, overlaps, slivers and broken shapes",
                               [options, &terminal = commands.terminal] { return check(*options, terminal); });
  addSource(command, *options);
}

void addConvert(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command = commands.add("convert", "Writes labels in another program's format",
                               [options, &terminal = commands.terminal] { return convert(*options, terminal); });
  addSource(command, *options);
  command.add_option("--to", options->to, "Format to write (see `formats`)")->required();
  command.add_option("--out", options->out, "Folder to write to")->required();
}

void addVectorize(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command = commands.add("vectorize", "Turns masks of class indices into polygons that share their borders",
                               [options, &terminal = commands.terminal] { return vectorizeMasks(*options, terminal); });
  command.add_option("MASK", options->paths, "PNG files: value = class index")->required();
  command.add_option("--out", options->out, "JSON file to write")->required();
  command.add_option("--tolerance", options->tolerance, "How far a border may move, in pixels; 0 = exact")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

}  // namespace intarsia::cli
