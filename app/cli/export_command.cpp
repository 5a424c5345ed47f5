// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/export_place.h"
#include "app/cli/engine.h"
#include "app/cli/masks.h"
#include "app/cli/source.h"
#include "app/wiring/image_list.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/media/decode.h"
#include "train/api/run_folder.h"

namespace intarsia::cli {
namespace {

struct Options {
  std::string project, what, run, out, device, format = "all";
  bool color = false;
};

int exportLabels(const Options& options, const Terminal& terminal) {
  const auto job = terminal.job();
  const auto source = openSource({options.project, {}, "intarsia"}, job);
  if (!source) return terminal.fail(source.error());
  if (const auto ready = prepareOut(options.out, *source); !ready) return terminal.fail(ready.error());
  return reportMasks(exportMasks(source->dataset, source->classes, options.out, {.colors = options.color}, job), options.out, terminal);
}

/// What the engine's JSON says it wrote.
Expected<Json> predictAll(const Options& options, const Terminal& terminal) {
  INTARSIA_TRY(const auto run, findRun(options.project, options.run));
  INTARSIA_TRY(const auto project, Project::open(options.project, terminal.job(), Project::Access::readOnly));
  if (project->images().empty())
    return intarsia::fail(ErrorCode::invalidInput, INTARSIA_TEXT("There is no image in {folder}"),
                          {{"folder", options.project}});
  std::vector<std::string> images;
  for (const auto& image : project->images()) images.push_back(image.path.native());
  INTARSIA_TRY(const ImageList list, ImageList::write(images));
  INTARSIA_CHECK(prepareExport(options.out, project->folder()));
  std::vector<std::string> arguments{"predict", run.native(), "--list", list.file().native(), "--out", options.out, "--json"};
  if (!options.device.empty()) arguments.insert(arguments.end(), {"--device", options.device});
  INTARSIA_TRY(const auto result, runEngine(arguments, terminal, true));
  if (result.out.empty()) return intarsia::fail(ErrorCode::failed, INTARSIA_TEXT("The engine wrote no predictions"));
  INTARSIA_TRY(auto written, parseOrderedJson(result.out, "the engine's answer"));
  if (!written.is_object() || !written.contains("predicted"))
    return intarsia::fail(ErrorCode::failed, INTARSIA_TEXT("The engine's answer was not understood"));
  if (!options.color) return written;
  INTARSIA_TRY(const auto snapshot, RunFolder(run).snapshot());
  for (const auto& item : written["predicted"]) {
    const fs::path mask = decodePath(item.value("mask", std::string()));
    INTARSIA_TRY(const auto map, readLabelPng(mask));
    std::error_code error;
    fs::create_directories(mask.parent_path() / "color", error);
    INTARSIA_CHECK(writeColorPng(mask.parent_path() / "color" / mask.filename(), map, snapshot.classes));
  }
  return written;
}

int exportPredictions(const Options& options, const Terminal& terminal) {
  const auto written = predictAll(options, terminal);
  if (!written) return terminal.fail(written.error());
  if (terminal.json) terminal.print(*written);
  terminal.say(std::to_string((*written)["predicted"].size()) + " predictions are in " + options.out);
  return written->contains("skipped") && !(*written)["skipped"].empty() ? kFailed : kDone;
}

int exportModel(const Options& options, const Terminal& terminal) {
  const auto run = findRun(options.project, options.run);
  if (!run) return terminal.fail(run.error());
  const auto result = runEngine({"export-model", run->native(), "--out", options.out, "--format", options.format}, terminal);
  if (!result) return terminal.fail(result.error());
  if (result->status != 0) return kFailed;
  Json files = Json::array();
  std::error_code error;
  for (const auto& file : fs::directory_iterator(options.out, error)) files.push_back(encodePath(file.path()));
  terminal.say("The model is in " + options.out);
  if (terminal.json) terminal.print({{"run", displayPath(*run)}, {"files", files}});
  return kDone;
}

}  // namespace

void addExport(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command = commands.add(
      "export", "Writes masks, predictions or a model for use elsewhere", [options, &terminal = commands.terminal] {
        if (options->what == "masks") return exportLabels(*options, terminal);
        return options->what == "predictions" ? exportPredictions(*options, terminal) : exportModel(*options, terminal);
      });
  command.add_option("PROJECT", options->project, "The project's folder")->required();
  command.add_option("--what", options->what, "masks, predictions or model")
      ->required()
      ->check(CLI::IsMember({"masks", "predictions", "model"}));
  command.add_option("--run", options->run, "Name of the run; default: the newest that was trained");
  command.add_option("--out", options->out, "Folder to write into")->required();
  command.add_option("--device", options->device, "For predictions: auto, cpu or cuda:0");
  command.add_option("--format", options->format, "Of a model: all (safetensors, TorchScript, example) or pth (for torch.load)")
      ->check(CLI::IsMember({"all", "pth"}));
  command.add_flag("--color", options->color, "Coloured masks too");
}

}  // namespace intarsia::cli
