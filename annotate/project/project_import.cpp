// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <set>

#include "annotate/project/import_parts.h"
#include "core/base/atomic_file.h"
#include "core/base/file_name.h"
#include "core/base/parallel.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;

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

/// Where a picture goes that a source holds in itself: below the project, whatever the name says.
fs::path embeddedPath(const fs::path& folder, const std::string& name) {
  fs::path file;
  for (const auto& part : fs::path(name).relative_path())
    if (part != ".." && part != "." && !part.empty()) file /= fittingName(part.native(), "");
  if (file.empty()) file = "image";
  return folder / "images" / (hasImageExtension(file) ? file : file.parent_path() / fittingName(file.filename().native(), ".png"));
}

}  // namespace

Expected<> Import::takeClasses() {
  const auto proposals = proposeClasses(dataset.classes, file.classes);
  const auto ignored = std::ranges::find_if(file.classes, &ClassInfo::ignore);
  const std::string ignoredName = ignored == file.classes.end() ? std::string() : ignored->name;
  for (size_t i = 0; i < dataset.classes.size(); ++i) {
    const ImportedClass& from = dataset.classes[i];
    const ClassTarget* said = options.classes.find(from.name);
    ClassTarget target{ClassTarget::Kind::use, from.name};
    if (said) target = *said;
    else if (proposals[i].certain()) target = proposals[i].target;
    std::string why = said ? "map" : std::string(nameOf(proposals[i].certain() ? proposals[i].why : ClassProposal::Why::fresh));
    if (!said && !proposals[i].certain())
      report.notes.push_back({from.name, proposals[i].target.kind == ClassTarget::Kind::use
                                             ? "this new class may be the same as \"" + proposals[i].target.name + "\" of the project"
                                             : "this new class may be one to ignore"});
    const bool ignore = target.kind == ClassTarget::Kind::ignore;
    if (ignore) target.name = ignoredName.empty() ? from.name : ignoredName;
    if (target.kind == ClassTarget::Kind::skip) {
      ids.push_back(kNoClass);
      target.name.clear();
    } else if (const auto index = file.classes.indexOfName(target.name)) {
      ids.push_back(file.classes[*index].id);
    } else {
      INTARSIA_TRY(const ClassId id, file.classes.add(target.name, from.color, from.ignore || ignore));
      ids.push_back(id);
    }
    if (!from.extra.empty() && ids.back() != kNoClass)
      if (std::string& extra = file.classExtra[ids.back()]; extra.empty()) extra = from.extra;
    report.classes.push_back({from.name, std::string(trim(target.name)), std::move(why)});
  }
  if (dataset.background && *dataset.background >= 0 && size_t(*dataset.background) < ids.size() &&
      ids[size_t(*dataset.background)] != kNoClass && !file.backgroundChosen) {
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
    if (image.path.empty() && image.embedded) {
      present.emplace_back(&image, embeddedPath(state.folder, image.name));
      continue;
    }
    if (image.path.empty()) {
      if (!reported.contains(image.name))
        report.skipped.push_back({image.name, "the image was not found; its labels were not imported"});
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
    if (options.copyImages && !image->path.empty()) {
      copyFrom = path;
      path = state.folder / "images" / path.lexically_relative(common);
      if (path == copyFrom) copyFrom.clear();
    }
    auto key = imageKeyOf(file, path);
    if (key.empty()) key = newRoot + "/" + encodePath(path.lexically_relative(common));
    const auto [place, isNew] = byKey.try_emplace(key, targets.size());
    if (isNew) targets.push_back({key, path, copyFrom, image->path.empty(), {}, {}, false, false});
    targets[place->second].sources.push_back(image);
  }
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

namespace {

void append(std::vector<ReportLine>& to, std::vector<ReportLine>& from) {
  std::ranges::move(from, std::back_inserter(to));
}

Expected<ImportReport> run(Project::State& s, const ImportedDataset& dataset, const Project::ImportOptions& options,
                           const Job& job) {
  Staging staging(s);
  Import import{dataset, options, s, staging, s.file, {}, {}, dataset.report};
  import.report.images = import.report.annotations = 0;
  std::error_code error;
  const bool masks = std::ranges::any_of(dataset.images, [](const auto& image) { return bool(image.mask); });
  // A folder that was only looked at so far and holds the data set itself: its masks are not pictures of the project.
  if (masks && !fs::exists(s.projectPath(), error))
    for (auto& root : import.file.roots)
      root.scan = root.scan && std::ranges::none_of(dataset.images, [&](const auto& image) {
                    const auto path = fs::absolute(image.path, error).lexically_normal().lexically_relative(root.path);
                    return !image.path.empty() && !path.empty() && *path.begin() != "..";
                  });
  INTARSIA_CHECK(import.takeClasses());
  import.placeImages();
  const auto one = [&](int i) { return import.label(import.targets[size_t(i)]); };
  INTARSIA_CHECK(parallelFor(int(import.targets.size()), INTARSIA_TEXT("Importing"), one, job));
  for (auto& target : import.targets) {
    append(import.report.skipped, target.report.skipped);
    append(import.report.repaired, target.report.repaired);
    append(import.report.notes, target.report.notes);
    import.report.annotations += target.report.annotations;
    import.report.images += target.imported;
    if (target.imported) import.report.imported.push_back({target.sources.front()->name, target.report.annotations});
  }
  import.takeEntries();
  INTARSIA_CHECK(s.commitStaged(staging, projectFileText(import.file, s.folder), job));
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
    std::lock_guard disk(s.diskMutex);
    s.lock.reset();
    s.hasLock = false;
    fs::remove(s.data, error);
  }
  return report;
}

}  // namespace intarsia
