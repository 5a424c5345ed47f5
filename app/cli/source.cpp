// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/source.h"

#include "annotate/formats/shape_forms.h"
#include "annotate/project/export_place.h"
#include "annotate/project/project_dataset.h"

namespace intarsia::cli {
namespace {

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

Expected<Source> openProject(const SourceOptions& options, bool isProject, const Job& job) {
  Source source;
  auto opened = Project::open(options.path, job, Project::Access::readOnly);
  // Neither labels nor pictures: what was looked for says more than an empty list.
  if (!isProject && options.format.empty() && (!opened || (*opened)->images().empty()))
    INTARSIA_CHECK(detectFormat(options.path));
  if (!opened) return std::unexpected(opened.error());
  source.project = std::move(*opened);
  source.classes = source.project->classes();
  INTARSIA_TRY(source.dataset, datasetOf(source.project, job));
  if (!isProject) source.dataset.format = "images";
  return source;
}

}  // namespace

bool Source::labelled(int index) const {
  const auto& image = dataset.images[size_t(index)];
  return image.mask || !image.shapes.empty();
}

Expected<Annotation> Source::annotation(int index) const {
  if (project) return project->annotation(project->images()[size_t(index)]);
  const auto& image = dataset.images[size_t(index)];
  Annotation annotation;
  annotation.size = image.size;
  for (const auto& imported : image.shapes) {
    auto shape = std::make_shared<Shape>();
    shape->id = annotation.nextId++;
    shape->classId = ClassId(imported.classIndex + 1);
    shape->polygon = unitedPolygon(imported);
    shape->kind = imported.kind;
    annotation.shapes.push_back(std::move(shape));
  }
  if (!image.mask) return annotation;
  INTARSIA_TRY(const auto mask, image.mask());
  const auto text = [](Size s) { return std::to_string(s.width) + "×" + std::to_string(s.height); };
  if (!image.size.empty() && mask.size() != image.size)
    return intarsia::fail(ErrorCode::invalidInput, INTARSIA_TEXT("the mask has {mask} pixels, its image {image}"),
                          {{"mask", text(mask.size())}, {"image", text(image.size)}});
  annotation.size = mask.size();
  annotation.base = toBase(mask);
  return annotation;
}

void addReadOptions(CLI::App& command, SourceOptions& options) {
  command.add_option("--images", options.images, "Where the pictures are, when the labels do not say");
  command.add_option("--format", options.format, "Format of the labels; else it is recognised");
  command.add_option("--classes", options.classes, "Of masks: file of classes and their values or colours");
  command.add_flag("--from-one", options.fromOne, "PASCAL VOC XML that counts pixels from 1; the devkit's own is known");
  command.add_flag("--flip-y", options.flipY, "Labelbox exports made before 15 October 2018: y counts from the bottom");
}

void addSource(CLI::App& command, SourceOptions& options) {
  command.add_option("PATH", options.path, "Project, folder or file")->required();
  addReadOptions(command, options);
}

Expected<Source> openSource(const SourceOptions& options, const Job& job) {
  const auto& format = options.format;
  if (format.empty() || format == "intarsia" || format == "images") {
    const bool project = Project::exists(options.path);
    if (project || !format.empty() || !detectFormat(options.path)) return openProject(options, project, job);
  }
  Source source;
  INTARSIA_TRY(source.dataset, readDataset(options.path, options.read(), format, job));
  source.classes = classTable(source.dataset);
  return source;
}

Expected<> prepareOut(const std::string& out, const Source& source, std::string_view format) {
  return prepareExport(out, source.project ? source.project->folder() : fs::path(), besidePictures(format));
}

Json classesJson(const DatasetSummary& summary) {
  Json classes = Json::array();
  for (const auto& c : summary.classes)
    classes.push_back({{"name", c.name}, {"annotations", c.annotations}, {"area", c.area}, {"pixels", c.pixels}});
  return classes;
}

Json summaryJson(const ImportedDataset& dataset, const DatasetSummary& summary, bool list) {
  int64_t annotations = 0;
  for (const auto& c : summary.classes) annotations += c.annotations;
  auto skipped = dataset.report.skipped;
  skipped.insert(skipped.end(), summary.skipped.begin(), summary.skipped.end());
  Json json{{"format", dataset.format},
            {"images", dataset.images.size()},
            {"annotations", annotations},
            {"classes", classesJson(summary)},
            {"skipped", reportLines(skipped)},
            {"repaired", reportLines(dataset.report.repaired)},
            {"notes", reportLines(dataset.report.notes)}};
  if (!list) return json;
  json["items"] = Json::array();
  for (const auto& item : summary.items)
    json["items"].push_back({{"image", dataset.images[size_t(item.image)].name},
                             {"class", dataset.classes[size_t(item.classIndex)].name},
                             {"kind", item.kind},
                             {"points", item.points},
                             {"area", item.area},
                             {"pixels", item.pixels ? Json(*item.pixels) : Json()}});
  return json;
}

void addRule(CLI::App& command, std::string& rule) {
  command.add_option("--rule", rule, "Which pixels a polygon covers")
      ->check(CLI::IsMember({"centre", "coco", "pil", "opencv"}))
      ->capture_default_str();
}

RasterRule ruleFromName(const std::string& name) {
  if (name == "coco") return RasterRule::coco;
  if (name == "pil") return RasterRule::pil;
  if (name == "opencv") return RasterRule::opencv;
  return RasterRule::centre;
}

}  // namespace intarsia::cli
