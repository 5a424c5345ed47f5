// SPDX-License-Identifier: GPL-3.0-or-later
// check, convert and vectorize: what one does with labels besides training on them.
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/summary.h"
#include "annotate/raster/checker.h"
#include "annotate/raster/vectorizer.h"
#include "app/cli/source.h"
#include "core/base/atomic_file.h"
#include "core/base/text.h"

namespace intarsia::cli {
namespace {

struct Options {
  SourceOptions source;
  std::vector<std::string> masks;
  std::string to, out;
  double tolerance = 0;
};

Json rectJson(const Rect& rect) { return {rect.x, rect.y, rect.width, rect.height}; }

Json imageJson(const std::string& name, const CheckedImage& image) {
  Json json{{"image", name}};
  if (!image.problem.empty()) {
    json["error"] = image.problem;
    return json;
  }
  json["size"] = {image.size.width, image.size.height};
  json["unlabelledShare"] = image.unlabelledShare;
  json["findings"] = Json::array();
  for (const auto& finding : image.findings)
    json["findings"].push_back({{"kind", nameOf(finding.kind)},
                                {"rect", rectJson(finding.rect)},
                                {"shapes", finding.shapes},
                                {"pixels", finding.pixels},
                                {"share", finding.share}});
  return json;
}

int check(const Options& options, const Terminal& terminal) {
  const auto job = terminal.job();
  const auto source = openSource(options.source, job);
  if (!source) return terminal.fail(source.error());
  std::vector<int> labelled;
  for (int i = 0; i < source->count(); ++i)
    if (source->labelled(i)) labelled.push_back(i);
  const auto checked =
      checkAll(int(labelled.size()), [&](int i) { return source->annotation(labelled[size_t(i)]); }, source->classes,
               {.background = source->uncovered() != kUnlabelled}, job);
  if (!checked) return terminal.fail(checked.error());
  Json images = Json::array(), totals = Json::object();
  for (int kind = 0; kind <= int(Finding::Kind::unlabelled); ++kind) totals[std::string(nameOf(Finding::Kind(kind)))] = 0;
  double pixels = 0, unlabelled = 0;
  int64_t clean = 0;
  for (size_t i = 0; i < checked->size(); ++i) {
    const CheckedImage& image = (*checked)[i];
    const std::string& name = source->name(labelled[i]);
    const double size = double(image.size.width) * image.size.height;
    pixels += size;
    unlabelled += image.unlabelledShare * size;
    clean += image.problem.empty() && image.findings.empty();
    if (!image.problem.empty()) terminal.say(name + ": " + image.problem);
    for (const auto& finding : image.findings) {
      const std::string kind(nameOf(finding.kind));
      totals[kind] = totals[kind].get<int64_t>() + 1;
      terminal.say(name + ": " + kind + ", " + std::to_string(finding.pixels) + " pixels at " + rectJson(finding.rect).dump());
    }
    images.push_back(imageJson(name, image));
  }
  if (terminal.json)
    terminal.print({{"checked", images.size()},
                    {"clean", clean},
                    {"unlabelledShare", pixels > 0 ? unlabelled / pixels : 0.0},
                    {"totals", totals},
                    {"images", images}});
  if (clean == int64_t(images.size())) terminal.say("Nothing was found.");
  return kDone;
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
  auto source = openSource(options.source, job);
  if (!source) return terminal.fail(source.error());
  auto* const dataset = &source->dataset;
  const ImportReport& report = dataset->report;
  if (source->project) std::erase_if(dataset->images, [](const auto& image) { return !image.mask && image.shapes.empty() && image.size.empty(); });
  if (const auto ready = prepareOut(options.out, *source, format->id()); !ready) return terminal.fail(ready.error());
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

Json regionJson(const Region& region, const std::vector<ImportedClass>& classes) {
  Json rings = Json::array();
  for (const auto& ring : region.polygon.rings) {
    Json points = Json::array();
    for (const auto& point : ring) points.push_back({point.x, point.y});
    rings.push_back(std::move(points));
  }
  return {{"label", region.label}, {"class", classes[region.label].name}, {"pixels", region.pixels}, {"rings", std::move(rings)}};
}

/// Masks to polygons: {"classes": [{"name","color"}], "masks": [{"mask","size","regions": [{"label","class","pixels","rings"}]}]}.
int vectorizeMasks(const Options& options, const Terminal& terminal) {
  const auto job = terminal.job();
  const auto dataset = readMaskFiles({options.masks.begin(), options.masks.end()}, options.source.classes, job);
  if (!dataset) return terminal.fail(dataset.error());
  for (const auto& line : dataset->report.skipped) terminal.note("intarsia-cli: " + line.reason);
  if (!dataset->report.skipped.empty()) return kFailed;
  for (const auto& line : dataset->report.repaired) terminal.note(line.path + ": " + line.reason);
  const ClassTable table = classTable(*dataset);
  Json classes = Json::array(), masks = Json::array();
  for (const auto& info : table) classes.push_back({{"name", info.name}, {"color", info.color.hex()}});
  size_t total = 0;
  for (size_t i = 0; i < dataset->images.size(); ++i) {
    job.report(int64_t(i), int64_t(options.masks.size()), INTARSIA_TEXT("Vectorizing"));
    const auto map = dataset->images[i].mask();
    if (!map) return terminal.fail(map.error());
    const auto regions = intarsia::vectorize(*map, {.tolerance = options.tolerance}, job);
    if (!regions) return terminal.fail(regions.error());
    Json list = Json::array();
    for (const auto& region : *regions) list.push_back(regionJson(region, dataset->classes));
    total += list.size();
    masks.push_back({{"mask", encodePath(options.masks[i])}, {"size", {map->width(), map->height()}}, {"regions", std::move(list)}});
  }
  const auto written = writeFileAtomically(options.out, Json{{"classes", classes}, {"masks", masks}}.dump() + "\n");
  if (!written) return terminal.fail(written.error());
  if (terminal.json) terminal.print({{"masks", masks.size()}, {"regions", total}, {"out", options.out}, {"repaired", reportLines(dataset->report.repaired)}});
  terminal.say(std::to_string(total) + " regions of " + std::to_string(masks.size()) + " masks in " + options.out);
  return kDone;
}

}  // namespace

void addCheck(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command = commands.add("check", "Finds gaps, overlaps, slivers and broken shapes",
                               [options, &terminal = commands.terminal] { return check(*options, terminal); });
  addSource(command, options->source);
}

void addConvert(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command = commands.add("convert", "Writes labels in another program's format",
                               [options, &terminal = commands.terminal] { return convert(*options, terminal); });
  addSource(command, options->source);
  command.add_option("--to", options->to, "Format to write (see `formats`)")->required();
  command.add_option("--out", options->out, "Folder to write to")->required();
}

void addVectorize(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command = commands.add("vectorize", "Turns masks into polygons that share their borders",
                               [options, &terminal = commands.terminal] { return vectorizeMasks(*options, terminal); });
  command.add_option("MASK", options->masks, "Masks of indices, greys or colours: PNG, TIFF, BMP and others")->required();
  command.add_option("--classes", options->source.classes, "File of classes and their values or colours; else they come from the masks");
  command.add_option("--out", options->out, "JSON file to write")->required();
  command.add_option("--tolerance", options->tolerance, "How far a border may move, in pixels; 0 = exact")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

}  // namespace intarsia::cli
