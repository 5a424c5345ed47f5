// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/source.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "annotate/project/project_file.h"
#include "core/base/parallel.h"
#include "core/base/text.h"

namespace intarsia::cli {
namespace {

Annotation toAnnotation(const ImportedImage& image, std::vector<std::optional<double>>& areas) {
  Annotation annotation;
  annotation.size = image.size;
  for (const auto& imported : image.shapes) {
    auto shape = std::make_shared<Shape>();
    shape->id = annotation.nextId++;
    shape->classId = ClassId(imported.classIndex + 1);
    shape->polygon = imported.polygon;
    shape->kind = imported.kind;
    annotation.shapes.push_back(std::move(shape));
    areas.push_back(imported.area);
  }
  return annotation;
}

TileMap toBase(const LabelMap& mask) {
  TileMap base(mask.size());
  std::vector<ClassId> row(size_t(mask.width()));
  for (int y = 0; y < mask.height(); ++y) {
    for (int x = 0; x < mask.width(); ++x)
      row[size_t(x)] = mask.at(x, y) == kUnlabelled ? kNoClass : ClassId(mask.at(x, y) + 1);
    base.write({0, y, mask.width(), 1}, row.data());
  }
  return base;
}

/// What one picture adds.
struct Part {
  std::vector<ClassSums> classes;
  std::vector<Json> items;
  std::vector<ReportLine> skipped;
};

Json item(const Source& source, int image, int classIndex, const std::string& kind, int64_t points, double area,
          std::optional<int64_t> pixels) {
  return {{"image", source.name(image)},
          {"class", source.names[size_t(classIndex)]},
          {"kind", kind},
          {"points", points},
          {"area", area},
          {"pixels", pixels ? Json(*pixels) : Json()}};
}

/// A class of a base map counts as one annotation whose area is its pixels.
void addBase(const Source& source, int image, const Annotation& a, bool list, Part& part) {
  std::map<ClassId, int64_t> counts;
  std::vector<ClassId> row(size_t(a.size.width));
  for (int y = 0; y < a.size.height; ++y) {
    a.base.read({0, y, a.size.width, 1}, row.data());
    for (size_t begin = 0, end; begin < row.size(); begin = end) {
      for (end = begin + 1; end < row.size() && row[end] == row[begin];) ++end;
      counts[row[begin]] += int64_t(end - begin);
    }
  }
  std::map<int, int64_t> byIndex;
  for (const auto& [id, pixels] : counts)
    if (const auto index = source.classes.indexOf(id)) byIndex[*index] += pixels;
  for (const auto& [index, pixels] : byIndex) {
    ++part.classes[size_t(index)].annotations;
    part.classes[size_t(index)].area += double(pixels);
    if (list) part.items.push_back(item(source, image, index, "mask", 0, double(pixels), pixels));
  }
}

Part sumUp(const Source& source, int image, const Picture& picture, RasterRule rule, bool list) {
  Part part;
  part.classes.resize(size_t(source.classes.size()));
  const auto& a = picture.annotation;
  const Rect all{0, 0, a.size.width, a.size.height};
  if (!a.base.empty()) addBase(source, image, a, list, part);
  for (size_t i = 0; i < a.shapes.size(); ++i) {
    const auto& shape = *a.shapes[i];
    const auto index = source.classes.indexOf(shape.classId);
    if (!index) {
      part.skipped.push_back({source.name(image), "a shape's class is not in the table of classes"});
      continue;
    }
    const double size = i < picture.areas.size() && picture.areas[i] ? *picture.areas[i] : area(shape.polygon);
    ++part.classes[size_t(*index)].annotations;
    part.classes[size_t(*index)].area += size;
    if (!list) continue;
    int64_t points = 0;
    for (const auto& ring : shape.polygon.rings) points += int64_t(ring.size());
    std::optional<int64_t> pixels;
    if (!a.size.empty()) pixels = pixelCount(shape.polygon, all, rule);
    part.items.push_back(item(source, image, *index, shape.kind, points, size, pixels));
  }
  if (a.size.empty() || !a.labelled()) return part;
  const auto counts = classCounts(rasterize(a, source.classes, source.uncovered, rule), source.classes.size());
  for (size_t i = 0; i < part.classes.size(); ++i) part.classes[i].pixels += counts[i];
  return part;
}

}  // namespace

int Source::count() const { return int(project ? project->images().size() : dataset.images.size()); }

std::string Source::name(int index) const {
  return project ? project->images()[size_t(index)].name : dataset.images[size_t(index)].name;
}

Split Source::split(int index) const {
  return project ? project->images()[size_t(index)].split : dataset.images[size_t(index)].split;
}

fs::path Source::imagePath(int index) const {
  return project ? project->images()[size_t(index)].path : dataset.images[size_t(index)].path;
}

bool Source::labelled(int index) const {
  if (project) return project->images()[size_t(index)].labelled;
  const auto& image = dataset.images[size_t(index)];
  return image.mask || !image.shapes.empty();
}

Expected<Picture> Source::picture(int index) const {
  Picture picture;
  if (project) {
    if (!labelled(index)) return picture;
    INTARSIA_TRY(picture.annotation, project->annotation(project->images()[size_t(index)]));
    return picture;
  }
  const auto& image = dataset.images[size_t(index)];
  picture.annotation = toAnnotation(image, picture.areas);
  if (image.mask) {
    INTARSIA_TRY(const auto mask, image.mask());
    if (!image.size.empty() && mask.size() != image.size)
      return intarsia::fail(ErrorCode::invalidInput, INTARSIA_TEXT("the mask has {mask} pixels, its image {image}"),
                            {{"mask", std::to_string(mask.width()) + "×" + std::to_string(mask.height())},
                             {"image", std::to_string(image.size.width) + "×" + std::to_string(image.size.height)}});
    picture.annotation.size = mask.size();
    picture.annotation.base = toBase(mask);
  }
  return picture;
}

Source fromDataset(ImportedDataset dataset) {
  Source source;
  source.format = dataset.format;
  source.report = dataset.report;
  for (size_t i = 0; i < dataset.classes.size(); ++i) {
    const auto& info = dataset.classes[i];
    source.names.push_back(info.name);
    const auto color = info.color.value_or(ClassTable::defaultColor(int(i)));
    // A name that is empty or there twice still needs its index.
    if (!source.classes.addWithId({ClassId(i + 1), info.name, color, info.ignore}))
      (void)source.classes.addWithId({ClassId(i + 1), info.name + " (" + std::to_string(i) + ")", color, info.ignore});
  }
  if (dataset.background && *dataset.background >= 0 && *dataset.background < source.classes.size())
    source.uncovered = uint16_t(*dataset.background);
  source.dataset = std::move(dataset);
  return source;
}

Expected<Source> openSource(const fs::path& path, const fs::path& images, const std::string& format, const Job& job) {
  if (format.empty() || format == "intarsia" || format == "images") {
    std::error_code error;
    const bool project = Project::exists(path);
    auto found = project || format == "images" ? nullptr : detectFormat(path).value_or(nullptr);
    if (!found || format == "images" || format == "intarsia") {
      Source source;
      auto opened = Project::open(path, job, Project::Access::readOnly);
      // Neither labels nor pictures: what was looked for says more than an empty list.
      if (!project && format.empty() && (!opened || (*opened)->images().empty())) INTARSIA_CHECK(detectFormat(path));
      if (!opened) return std::unexpected(opened.error());
      source.project = std::move(*opened);
      source.format = project ? "intarsia" : "images";
      source.classes = source.project->classes();
      for (const auto& info : source.classes) source.names.push_back(info.name);
      source.uncovered = source.project->uncoveredIndex();
      return source;
    }
  }
  INTARSIA_TRY(auto dataset, readDataset(path, {images}, format, job));
  return fromDataset(std::move(dataset));
}

Expected<Summary> summarize(const Source& source, RasterRule rule, bool list, const Job& job) {
  std::vector<Part> parts(size_t(source.count()));
  std::atomic<int64_t> done = 0;
  INTARSIA_CHECK(parallelFor(
      source.count(),
      [&](int i) -> Expected<> {
        const auto picture = source.picture(i);
        if (picture)
          parts[size_t(i)] = sumUp(source, i, *picture, rule, list);
        else
          parts[size_t(i)].skipped.push_back({source.name(i), picture.error().message()});
        job.report(++done, source.count(), INTARSIA_TEXT("Counting"));
        return {};
      },
      job));
  Summary summary;
  summary.classes.resize(size_t(source.classes.size()));
  for (auto& part : parts) {
    for (size_t i = 0; i < part.classes.size(); ++i) {
      summary.classes[i].annotations += part.classes[i].annotations;
      summary.classes[i].area += part.classes[i].area;
      summary.classes[i].pixels += part.classes[i].pixels;
      summary.annotations += part.classes[i].annotations;
    }
    std::ranges::move(part.items, std::back_inserter(summary.items));
    std::ranges::move(part.skipped, std::back_inserter(summary.skipped));
  }
  return summary;
}

Json summaryJson(const Source& source, const Summary& summary, bool list) {
  Json json{{"format", source.format},
            {"images", source.count()},
            {"annotations", summary.annotations},
            {"classes", Json::array()}};
  for (size_t i = 0; i < summary.classes.size(); ++i)
    json["classes"].push_back({{"name", source.names[i]},
                               {"annotations", summary.classes[i].annotations},
                               {"area", summary.classes[i].area},
                               {"pixels", summary.classes[i].pixels}});
  auto skipped = source.report.skipped;
  skipped.insert(skipped.end(), summary.skipped.begin(), summary.skipped.end());
  json["skipped"] = reportLines(skipped);
  json["repaired"] = reportLines(source.report.repaired);
  json["notes"] = reportLines(source.report.notes);
  if (list) json["items"] = summary.items;
  return json;
}

std::optional<RasterRule> ruleFromName(const std::string& name) {
  if (name == "centre") return RasterRule::centre;
  if (name == "coco") return RasterRule::coco;
  if (name == "pil") return RasterRule::pil;
  if (name == "opencv") return RasterRule::opencv;
  return std::nullopt;
}

std::vector<fs::path> maskPaths(const Source& source, const fs::path& out) {
  std::vector<fs::path> paths;
  std::set<fs::path> taken;
  for (int i = 0; i < source.count(); ++i) {
    fs::path relative;
    for (const auto& part : fs::path(source.name(i)))
      if (part != ".." && part != "." && part != "/" && !part.empty()) relative /= part;
    if (relative.empty()) relative = "image";
    fs::path named = relative;
    if (hasImageExtension(named)) named.replace_extension();
    named += ".png";
    for (int n = 2; !taken.insert(named).second; ++n) {  // a.jpg beside a.png
      named = relative;
      named += (n > 2 ? "-" + std::to_string(n) : "") + ".png";
    }
    paths.push_back(out / named);
  }
  return paths;
}

}  // namespace intarsia::cli
