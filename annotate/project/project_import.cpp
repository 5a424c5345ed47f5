// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <atomic>
#include <set>

#include "annotate/project/project_state.h"
#include "core/base/atomic_file.h"
#include "core/base/parallel.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;

/// An image of the project and what the dataset says about it (more than once where the source lists it more than once).
struct Target {
  std::string key;
  fs::path path, copyFrom;
  std::vector<const ImportedImage*> sources;
  // Results.
  ImportReport report;
  bool imported = false, labelled = false;
};

struct Import {
  const ImportedDataset& dataset;
  const Project::ImportOptions& options;
  Project::State& state;
  Staging& staging;
  ProjectFile file;                  // as it will be
  std::vector<ClassId> ids;          // by class index of the dataset
  std::vector<Target> targets;
  ImportReport report;

  Expected<> takeClasses();
  void placeImages();
  Expected<> label(Target& target) const;
  void addMask(const ImportedImage& image, Annotation& annotation, Target& target) const;
  void addShapes(const ImportedImage& image, Annotation& annotation, Target& target) const;
  void takeEntries();
};

std::string counted(size_t n, const char* one, const char* many) { return std::to_string(n) + " " + (n == 1 ? one : many); }

/// The deepest folder that holds all of them.
fs::path commonFolder(const std::vector<fs::path>& files) {
  fs::path common = files.front().parent_path();
  for (const auto& file : files)
    while (common.has_relative_path()) {
      const auto relative = file.lexically_relative(common);
      if (!relative.empty() && *relative.begin() != "..") break;
      common = common.parent_path();
    }
  return common;
}

Expected<> Import::takeClasses() {
  for (const auto& imported : dataset.classes) {
    std::string name = imported.name;
    for (const auto& [from, to] : options.classMap)
      if (from == imported.name) name = to;
    if (const auto index = file.classes.indexOfName(trim(name))) {
      ids.push_back(file.classes[*index].id);
    } else {
      INTARSIA_TRY(const ClassId id, file.classes.add(name, imported.color, imported.ignore));
      ids.push_back(id);
    }
  }
  if (dataset.background && *dataset.background >= 0 && size_t(*dataset.background) < ids.size() && !file.backgroundChosen) {
    file.background = ids[size_t(*dataset.background)];
    file.backgroundChosen = true;
  }
  return {};
}

/// Gives each image its key: in a root that holds it, else in a new one (or, copied, below the project's folder).
void Import::placeImages() {
  std::set<std::string> reported;
  for (const auto& line : report.skipped) reported.insert(line.path);
  std::vector<fs::path> outside;
  std::vector<std::pair<const ImportedImage*, fs::path>> present;
  std::error_code error;
  for (const auto& image : dataset.images) {
    if (image.path.empty()) {
      if (!reported.contains(image.name)) report.skipped.push_back({image.name, "the image was not found; its labels were not imported"});
      continue;
    }
    auto path = fs::absolute(image.path, error).lexically_normal();
    if (options.copyImages || imageKeyOf(file, path).empty()) outside.push_back(path);
    present.emplace_back(&image, std::move(path));
  }
  std::string newRoot;
  fs::path common;
  if (!outside.empty()) common = commonFolder(outside);
  if (!outside.empty() && !options.copyImages) {
    newRoot = uniqueRootName(file, common);
    file.roots.push_back({newRoot, common, false, {}});
  }
  std::map<std::string, size_t> byKey;
  for (auto& [image, path] : present) {
    fs::path copyFrom;
    if (options.copyImages) {
      copyFrom = path;
      path = state.folder / "images" / path.lexically_relative(common);
      if (path == copyFrom) copyFrom.clear();
    }
    auto key = imageKeyOf(file, path);
    if (key.empty()) key = newRoot + "/" + encodePath(path.lexically_relative(common));
    const auto [place, isNew] = byKey.try_emplace(key, targets.size());
    if (isNew) targets.push_back({key, path, copyFrom, {}, {}, false, false});
    targets[place->second].sources.push_back(image);
  }
}

void Import::addMask(const ImportedImage& image, Annotation& annotation, Target& target) const {
  if (!image.mask) return;
  const auto mask = image.mask();
  if (!mask) return target.report.skipped.push_back({image.name, mask.error().message()});
  if (mask->size() != annotation.size) {
    const auto text = [](Size s) { return std::to_string(s.width) + "×" + std::to_string(s.height); };
    return target.report.skipped.push_back({image.name, "the mask has " + text(mask->size()) + " pixels, its image " + text(annotation.size)});
  }
  TileMap base(annotation.size);
  std::vector<ClassId> row(size_t(mask->width()));
  std::set<uint16_t> seen, unknown;
  for (int y = 0; y < mask->height(); ++y) {
    uint16_t last = kUnlabelled;
    for (int x = 0; x < mask->width(); ++x) {
      const uint16_t value = mask->at(x, y);
      const bool known = value < ids.size();
      row[size_t(x)] = known ? ids[value] : kNoClass;
      if (value != last && value != kUnlabelled) (known ? seen : unknown).insert(value);
      last = value;
    }
    base.write({0, y, mask->width(), 1}, row.data());
  }
  if (!unknown.empty())
    target.report.repaired.push_back({image.name, counted(unknown.size(), "value", "values") + " of the mask (" + std::to_string(*unknown.begin()) +
                                                      (unknown.size() > 1 ? " …" : "") + ") stand for no class and became unlabelled"});
  if (annotation.base == base) {
    target.report.notes.push_back({image.name, "the image has this mask already"});
  } else if (!annotation.base.empty()) {
    target.report.skipped.push_back({image.name, "the image has another mask already, which was kept"});
  } else {
    annotation.base = std::move(base);
    target.report.annotations += int(seen.size());
  }
}

void Import::addShapes(const ImportedImage& image, Annotation& annotation, Target& target) const {
  size_t known = 0;
  const size_t before = annotation.shapes.size();
  for (const auto& imported : image.shapes) {
    if (imported.classIndex < 0 || size_t(imported.classIndex) >= ids.size()) {
      target.report.skipped.push_back({image.name, "a shape has no class"});
      continue;
    }
    auto shape = std::make_shared<Shape>();
    shape->classId = ids[size_t(imported.classIndex)];
    shape->polygon = imported.polygon;
    shape->kind = imported.kind;
    shape->group = imported.group;
    const auto same = [&](const ShapePtr& other) {
      return other->classId == shape->classId && other->kind == shape->kind && other->group == shape->group && other->polygon == shape->polygon;
    };
    // Equal shapes within one source are its own business; those that were here before are not doubled.
    if (std::any_of(annotation.shapes.begin(), annotation.shapes.begin() + std::ptrdiff_t(before), same)) {
      ++known;
      continue;
    }
    shape->id = annotation.nextId++;
    annotation.shapes.push_back(std::move(shape));
    ++target.report.annotations;
  }
  if (known) target.report.notes.push_back({image.name, counted(known, "shape was", "shapes were") + " here already"});
}

/// Any thread; each target is worked on by one.
Expected<> Import::label(Target& target) const {
  const auto& name = target.sources.front()->name;
  const auto skip = [&](const Error& error) -> Expected<> {
    target.report = {};
    target.report.skipped.push_back({name, error.message()});
    return {};
  };
  const auto info = probeImage(target.copyFrom.empty() ? target.path : target.copyFrom);
  if (!info) return skip(info.error());
  Annotation annotation;
  annotation.size = info->shown;
  std::error_code error;
  if (fs::exists(state.sidecarPath(target.key), error)) {
    auto old = state.load(target.key, target.path);
    if (!old) return skip(old.error());
    annotation = std::move(*old);
  }
  const Annotation before = annotation;
  for (const auto* source : target.sources) {
    addMask(*source, annotation, target);
    addShapes(*source, annotation, target);
  }
  if (auto fits = checkAnnotation(annotation); !fits) return skip(fits.error());
  target.imported = true;
  target.labelled = annotation.labelled();
  if (!target.copyFrom.empty()) {
    INTARSIA_TRY(const auto staged, staging.path(target.path));
    INTARSIA_TRY(const auto bytes, readFile(target.copyFrom));
    INTARSIA_CHECK(writeFileAtomically(staged, bytes));
  }
  if (sameContent(before, annotation)) return {};
  if (annotation.status == ImageStatus::unlabelled) annotation.status = ImageStatus::inWork;
  INTARSIA_TRY(const auto path, staging.path(state.sidecarPath(target.key)));
  Sidecar sidecar;
  sidecar.image = target.key.substr(target.key.rfind('/') + 1);
  if (!annotation.base.empty()) {
    INTARSIA_TRY(sidecar.base, writeBaseMap(path.parent_path(), path.stem().native(), annotation.base, file.classes));
  }
  sidecar.annotation = std::move(annotation);
  return writeFileAtomically(path, sidecarText(sidecar));
}

/// Splits and groups, in the order of the dataset.
void Import::takeEntries() {
  SplitRule rule(file);
  // What the source says comes first: it decides for images of the same group that it says nothing about.
  for (const bool said : {true, false})
    for (auto& target : targets) {
      const auto& source = *target.sources.front();
      if (!target.imported || (source.split != Split::none) != said) continue;
      auto& entry = file.images[target.key];
      if (entry.group.empty()) entry.group = source.group;
      if (target.labelled && entry.status == ImageStatus::unlabelled) entry.status = ImageStatus::inWork;
      entry.blank = !target.labelled;
      if (entry.split == Split::none && said) entry.split = source.split;
      if (entry.split == Split::none && target.labelled) entry.split = rule.draw(target.key, entry.group);
      rule.add(entry.group, entry.split);
    }
}

void append(std::vector<ReportLine>& to, std::vector<ReportLine>& from) { std::ranges::move(from, std::back_inserter(to)); }

Expected<ImportReport> run(Project::State& s, const ImportedDataset& dataset, const Project::ImportOptions& options, const Job& job) {
  Staging staging(s);
  Import import{dataset, options, s, staging, s.file, {}, {}, dataset.report};
  import.report.images = import.report.annotations = 0;
  std::error_code error;
  const bool masks = std::ranges::any_of(dataset.images, [](const auto& image) { return bool(image.mask); });
  // A folder that was only looked at so far: its masks are not pictures of the project.
  if (masks && !fs::exists(s.projectPath(), error))
    for (auto& root : import.file.roots) root.scan = false;
  INTARSIA_CHECK(import.takeClasses());
  import.placeImages();
  const int64_t total = int64_t(import.targets.size());
  std::atomic<int64_t> done = 0;
  const auto one = [&](int i) -> Expected<> {
    INTARSIA_CHECK(import.label(import.targets[size_t(i)]));
    job.report(++done, total, INTARSIA_TEXT("Importing"));
    return {};
  };
  INTARSIA_CHECK(parallelFor(int(total), one, job));
  for (auto& target : import.targets) {
    append(import.report.skipped, target.report.skipped);
    append(import.report.repaired, target.report.repaired);
    append(import.report.notes, target.report.notes);
    import.report.annotations += target.report.annotations;
    import.report.images += target.imported;
  }
  import.takeEntries();
  INTARSIA_TRY(const auto path, staging.path(s.projectPath()));
  INTARSIA_CHECK(writeFileAtomically(path, projectFileText(import.file, s.folder)));
  INTARSIA_CHECK(job.check());
  INTARSIA_CHECK(staging.commit());
  {
    std::lock_guard guard(s.mutex);
    s.file = std::move(import.file);
    s.known.clear();
    s.recent.clear();
  }
  INTARSIA_CHECK(s.listAll({}));
  return std::move(import.report);
}

}  // namespace

Expected<ImportReport> Project::import(const ImportedDataset& dataset, const ImportOptions& options, const Job& job) {
  auto& s = *m_state;
  INTARSIA_CHECK(s.ensureWritable());
  INTARSIA_CHECK(flush());
  auto report = run(s, dataset, options, job);
  std::error_code error;
  if (!report && !fs::exists(s.projectPath(), error)) {  // the folder is left as it was
    s.lock.reset();
    fs::remove(s.data, error);
  }
  return report;
}

}  // namespace intarsia
