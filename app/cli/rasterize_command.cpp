// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/masks.h"
#include "app/cli/source.h"

namespace intarsia::cli {
namespace {

struct Options {
  SourceOptions source;
  std::string out, rule = "centre";
  int supersample = 1;
  bool color = false;
  std::string order = "shapes";
};

int run(const Options& options, const Terminal& terminal) {
  const auto job = terminal.job();
  const auto source = openSource(options.source, job);
  if (!source) return terminal.fail(source.error());
  if (const auto ready = prepareOut(options.out, *source); !ready) return terminal.fail(ready.error());
  const MaskExport how{ruleFromName(options.rule), options.supersample, true, options.color, options.order == "classes"};
  return reportMasks(exportMasks(source->dataset, source->classes, options.out, how, job), options.out, terminal);
}

}  // namespace

void addRasterize(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command = commands.add("rasterize", "Writes one label map per picture: pixel value = class index",
                               [options, &terminal = commands.terminal] { return run(*options, terminal); });
  addSource(command, options->source);
  command.add_option("--out", options->out, "Folder for the masks")->required();
  addRule(command, options->rule);
  command.add_option("--supersample", options->supersample,
                     "N × N samples a pixel: label maps take the class of most, colours their mean")
      ->check(CLI::Range(1, kMaxSupersample))
      ->capture_default_str();
  command.add_option("--order", options->order, "What lies on top: later shapes, or shapes of later classes")
      ->check(CLI::IsMember({"shapes", "classes"}))
      ->capture_default_str();
  command.add_flag("--color", options->color, "Coloured masks too, below color/");
}

}  // namespace intarsia::cli
