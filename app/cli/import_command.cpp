// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "app/cli/source.h"
#include "core/base/text.h"

namespace intarsia::cli {
namespace {

struct Options {
  std::vector<std::string> sources, renamed;
  std::string project, images, format, background;
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

  void add(const Source& source, const Summary& summary, const ImportReport& imported) {
    if (std::ranges::find(formats, Json(source.format)) == formats.end()) formats.push_back(source.format);
    for (size_t i = 0; i < summary.classes.size(); ++i) {
      auto at = std::ranges::find_if(classes, [&](const Json& item) { return item["name"] == source.names[i]; });
      if (at == classes.end()) {
        const Json blank{{"name", source.names[i]}, {"annotations", 0}, {"area", 0.0}, {"pixels", 0}};
        at = classes.insert(classes.end(), blank);
      }
      (*at)["annotations"] = (*at)["annotations"].get<int64_t>() + summary.classes[i].annotations;
      (*at)["area"] = (*at)["area"].get<double>() + summary.classes[i].area;
      (*at)["pixels"] = (*at)["pixels"].get<int64_t>() + summary.classes[i].pixels;
    }
    report.images += imported.images;
    report.annotations += imported.annotations;
    const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
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
    INTARSIA_TRY(auto dataset, readDataset(path, {options.images}, options.format, job));
    INTARSIA_TRY(const auto imported, target.project().import(dataset, how, job));
    const auto source = fromDataset(std::move(dataset));
    Summary summary;
    if (terminal.json) {
      INTARSIA_TRY(summary, summarize(source, RasterRule::centre, false, job));
    }
    total.add(source, summary, imported);
    if (imported.images > 0) target.keep();
  }
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

int run(const Options& options, const Terminal& terminal) {
  Project::ImportOptions how;
  how.copyImages = options.copy;
  for (const auto& pair : options.renamed) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos) {
      terminal.note("intarsia-cli: --class takes FROM=TO, not " + pair);
      return kUsage;
    }
    how.classMap.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  const auto total = importAll(options, how, terminal, terminal.job());
  if (!total) return terminal.fail(total.error());
  if (terminal.json) terminal.print(total->json());
  const auto& report = total->report;
  terminal.say(std::to_string(report.images) + " images and " + std::to_string(report.annotations) +
               " annotations are in " + options.project);
  for (const auto& [what, lines] :
       {std::pair("Skipped", &report.skipped), {"Repaired", &report.repaired}, {"Note", &report.notes}})
    for (const auto& line : *lines) terminal.say(std::string("  ") + what + ": " + line.path + ": " + line.reason);
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
  command.add_option("--images", options->images, "Where the pictures are, when the labels do not say");
  command.add_option("--format", options->format, "Format of the labels; else it is recognised");
  command.add_option("--class", options->renamed, "FROM=TO: labels of class FROM become TO");
  command.add_option("--background", options->background, "What uncovered pixels are: a class, or 'ignore'");
  command.add_flag("--copy", options->copy, "Copy the pictures into the project; else they stay where they are");
}

}  // namespace intarsia::cli
