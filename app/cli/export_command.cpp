// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/engine.h"
#include "app/cli/masks.h"
#include "core/base/text.h"

namespace intarsia::cli {
namespace {

struct Options {
  std::string project, what, run, out, device;
  bool color = false;
};

int exportMasks(const Options& options, const Terminal& terminal) {
  const auto job = terminal.job();
  const auto source = openSource(options.project, {}, {}, job);
  if (!source) return terminal.fail(source.error());
  return reportMasks(writeMasks(*source, options.out, RasterRule::centre, options.color, job), options.out, terminal);
}

int exportPredictions(const Options& options, const Terminal& terminal) {
  const auto run = findRun(options.project, options.run);
  if (!run) return terminal.fail(run.error());
  const auto project = Project::open(options.project, terminal.job(), Project::Access::readOnly);
  if (!project) return terminal.fail(project.error());
  std::vector<std::string> arguments{"predict", run->native()};
  for (const auto& image : (*project)->images()) arguments.push_back(image.path.native());
  if ((*project)->images().empty()) {
    terminal.note("intarsia-cli: There is no image in " + options.project);
    return kFailed;
  }
  arguments.insert(arguments.end(), {"--out", options.out});
  if (options.color) arguments.push_back("--color");
  if (!options.device.empty()) arguments.insert(arguments.end(), {"--device", options.device});
  return engineCommand(arguments, terminal);
}

int exportModel(const Options& options, const Terminal& terminal) {
  const auto run = findRun(options.project, options.run);
  if (!run) return terminal.fail(run.error());
  return engineCommand({"export", run->native(), "--out", options.out}, terminal);
}

}  // namespace

void addExport(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command = commands.add("export", "Writes masks, predictions or a model for use elsewhere", [options, &terminal = commands.terminal] {
    if (options->what == "masks") return exportMasks(*options, terminal);
    return options->what == "predictions" ? exportPredictions(*options, terminal) : exportModel(*options, terminal);
  });
  command.add_option("PROJECT", options->project, "The project's folder")->required();
  command.add_option("--what", options->what, "masks, predictions or model")->required()->check(CLI::IsMember({"masks", "predictions", "model"}));
  command.add_option("--run", options->run, "Name of the run; default: the newest that was trained");
  command.add_option("--out", options->out, "Folder to write into")->required();
  command.add_option("--device", options->device, "For predictions: auto, cpu or cuda:0");
  command.add_flag("--color", options->color, "Coloured masks too");
}

}  // namespace intarsia::cli
