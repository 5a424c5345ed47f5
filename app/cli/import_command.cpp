// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "annotate/project/import_report.h"
#include "app/cli/source.h"
#include "core/base/atomic_file.h"
#include "core/base/text.h"

namespace intarsia::cli {
namespace {

struct Options {
  std::vector<std::string> sources, renamed;
  std::string project, background, map, writeMap, report;
  SourceOptions read;
  bool copy = false;
};

/// The project to import into. One that had to be made is taken back when nothing came of it.
class Target {
 public:
  static Expected<Target> open(const fs::path& folder, const Job& job) {
    Target target;
    std::error_code error;
    const bool wasThere = fs::exists(folder, error);
    if (Project::exists(folder)) {
      INTARSIA_TRY(target.m_project, Project::open(folder, job));
      return target;
    }
    INTARSIA_TRY(target.m_project, Project::create(folder));
    target.m_remove = wasThere ? target.m_project->dataFolder() : target.m_project->folder();
    return target;
  }
  Target(Target&& other) noexcept
      : m_remove(std::exchange(other.m_remove, {})), m_project(std::move(other.m_project)) {}
  ~Target() {
    m_project.reset();
    std::error_code error;
    if (!m_remove.empty()) fs::remove_all(m_remove, error);
  }
  Project& project() { return *m_project; }
  void keep() { m_remove.clear(); }

 private:
  Target() = default;
  fs::path m_remove;
  std::unique_ptr<Project> m_project;
};

/// What came in from all sources together, by class name.
struct Total {
  Json formats = Json::array(), classes = Json::array();
  ImportReport report;

  void add(const ImportedDataset& dataset, const DatasetSummary& summary, ImportReport imported) {
    if (std::ranges::find(formats, Json(dataset.format)) == formats.end()) formats.push_back(dataset.format);
    for (const auto& c : summary.classes) {
      auto at = std::ranges::find_if(classes, [&](const Json& item) { return item["name"] == c.name; });
      if (at == classes.end()) {
        const Json blank{{"name", c.name}, {"annotations", 0}, {"area", 0.0}, {"pixels", 0}};
        at = classes.insert(classes.end(), blank);
      }
      (*at)["annotations"] = (*at)["annotations"].get<int64_t>() + c.annotations;
      (*at)["area"] = (*at)["area"].get<double>() + c.area;
      (*at)["pixels"] = (*at)["pixels"].get<int64_t>() + c.pixels;
    }
    report.images += imported.images;
    report.annotations += imported.annotations;
    const auto append = [](auto& to, auto& from) { std::ranges::move(from, std::back_inserter(to)); };
    append(report.classes, imported.classes);
    append(report.imported, imported.imported);
    append(report.skipped, imported.skipped);
    append(report.repaired, imported.repaired);
    append(report.notes, imported.notes);
  }

  Json json() const {
    std::string format;
    for (const auto& id : formats) format += (format.empty() ? "" : ",") + id.get<std::string>();
    return {{"format", format},
            {"images", report.images},
            {"annotations", report.annotations},
            {"classes", classes},
            {"skipped", reportLines(report.skipped)},
            {"repaired", reportLines(report.repaired)},
            {"notes", reportLines(report.notes)}};
  }
};

Expected<Total> importAll(const Options& options, const Project::ImportOptions& how, const Terminal& terminal,
                          const Job& job) {
  Total total;
  INTARSIA_TRY(auto target, Target::open(options.project, job));
  for (const auto& path : options.sources) {
    INTARSIA_TRY(const auto dataset, readDataset(path, options.read.read(), options.read.format, job));
    INTARSIA_TRY(auto imported, target.project().import(dataset, how, job));
    const bool any = imported.images > 0;
    DatasetSummary summary;
    if (terminal.json) {
      INTARSIA_TRY(summary, summarize(dataset, RasterRule::centre, false, job));
    }
    total.add(dataset, summary, std::move(imported));
    if (any) target.keep();
  }
  for (const auto& [from, to] : how.classes.named)
    if (std::ranges::none_of(total.report.classes, [&](const auto& c) { return trim(c.from) == from; }))
      total.report.notes.push_back({from, "the mapping names this class, but no source has it"});
  if (!options.background.empty()) {
    std::optional<ClassId> id;
    if (options.background != "ignore") {
      const auto index = target.project().classes().indexOfName(options.background);
      if (!index)
        return intarsia::fail(ErrorCode::invalidInput, INTARSIA_TEXT("The project has no class {name}"),
                              {{"name", options.background}});
      id = target.project().classes()[*index].id;
    }
    INTARSIA_CHECK(target.project().setBackground(id));
    INTARSIA_CHECK(target.project().flush());
  }
  return total;
}

/// Says how the classes would meet, and imports nothing.
Expected<> proposeMap(const Options& options, const Job& job) {
  ClassTable classes;
  if (Project::exists(options.project)) {
    INTARSIA_TRY(const auto project, Project::open(options.project, job, Project::Access::readOnly));
    classes = project->classes();
  }
  std::vector<ImportedClass> found;
  for (const auto& path : options.sources) {
    INTARSIA_TRY(const auto dataset, readDataset(path, options.read.read(), options.read.format, job));
    for (const auto& c : dataset.classes)
      if (std::ranges::none_of(found, [&](const auto& other) { return other.name == c.name; })) found.push_back(c);
  }
  return writeFileAtomically(options.writeMap, classMapText(found, proposeClasses(found, classes)));
}

Expected<ClassMap> classMap(const Options& options) {
  ClassMap map;
  if (!options.map.empty()) {
    INTARSIA_TRY(map, readClassMap(options.map));
  }
  for (const auto& pair : options.renamed) {
    const auto equals = pair.find('=');
    map.named.emplace(map.named.begin(), trim(pair.substr(0, equals)),
                      ClassTarget{ClassTarget::Kind::use, std::string(trim(pair.substr(equals + 1)))});
  }
  return map;
}

void sayReport(const ImportReport& report, const Options& options, const Terminal& terminal) {
  terminal.say(std::to_string(report.images) + " images and " + std::to_string(report.annotations) +
               " annotations are in " + options.project);
  for (const auto& c : report.classes)
    if (c.from != c.to) terminal.say("  Class " + c.from + (c.to.empty() ? " was left out" : " became " + c.to));
  for (const auto& [what, lines] :
       {std::pair("Skipped", &report.skipped), {"Repaired", &report.repaired}, {"Note", &report.notes}})
    for (const auto& line : *lines) terminal.say(std::string("  ") + what + ": " + line.path + ": " + line.reason);
}

int run(const Options& options, const Terminal& terminal) {
  for (const auto& pair : options.renamed)
    if (pair.find('=') == std::string::npos) {
      terminal.note("intarsia-cli: --class takes FROM=TO, not " + pair);
      return kUsage;
    }
  if (!options.writeMap.empty()) {
    const auto written = proposeMap(options, terminal.job());
    if (!written) return terminal.fail(written.error());
    terminal.say("The classes' mapping is in " + options.writeMap + ": change it and give it to --map");
    return kDone;
  }
  auto map = classMap(options);
  if (!map) return terminal.fail(map.error());
  const Project::ImportOptions how{std::move(*map), options.copy};
  const auto total = importAll(options, how, terminal, terminal.job());
  if (!total) return terminal.fail(total.error());
  if (terminal.json) terminal.print(total->json());
  const auto& report = total->report;
  sayReport(report, options, terminal);
  if (!options.report.empty())
    if (const auto written = writeFileAtomically(options.report, importReportJson(report)); !written) return terminal.fail(written.error());
  if (report.images > 0) return kDone;
  terminal.note("intarsia-cli: No image could be imported");
  return kFailed;
}

}  // namespace

void addImport(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command = commands.add("import", "Takes labels of any known format into a project",
                               [options, &terminal = commands.terminal] { return run(*options, terminal); });
  command.add_option("SRC", options->sources, "Files or folders with labels")->required();
  command.add_option("--project", options->project, "The project's folder; made where it is absent")->required();
  addReadOptions(command, options->read);
  command.add_option("--map", options->map,
                     "File of lines `class of the source = class of the project, (ignore) or (skip)`, or JSON");
  command.add_option("--write-map", options->writeMap, "Write the proposed mapping to this file and import nothing");
  command.add_option("--report", options->report, "Write what came in, was repaired and skipped to this JSON file");
  command.add_option("--class", options->renamed, "FROM=TO: labels of class FROM become TO");
  command.add_option("--background", options->background, "What uncovered pixels are: a class, or 'ignore'");
  command.add_flag("--copy", options->copy, "Copy the pictures into the project; else they stay where they are");
}

}  // namespace intarsia::cli
