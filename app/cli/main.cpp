// SPDX-License-Identifier: GPL-3.0-or-later
#include <clocale>
#include <csignal>
#include <cstdio>

#include "app/cli/cli.h"

namespace {

int run(int argc, char** argv) {
  using namespace intarsia::cli;
  Terminal terminal;
  CLI::App app("Semantic segmentation without a window: labels in, masks and models out.", "intarsia-cli");
  app.set_version_flag("--version", INTARSIA_VERSION);
  app.require_subcommand(1);
  Commands commands{app, terminal, {}};
  addSample(commands);
  addInfo(commands);
  addFormats(commands);
  addImport(commands);
  addRasterize(commands);
  addCheck(commands);
  addConvert(commands);
  addVectorize(commands);
  addPack(commands);
  addSplit(commands);
  addTrain(commands);
  addRecipes(commands);
  addFindRate(commands);
  addReplay(commands);
  addEvaluate(commands);
  addPredict(commands);
  addExport(commands);
  addForward(commands);
  addNetworks(commands);
  addWeights(commands);
  addDoctor(commands);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  return commands.chosen ? commands.chosen() : kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_NUMERIC, "C");
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {  // out of memory, a bug in a library
    std::fprintf(stderr, "intarsia-cli: %s\n", error.what());
    return intarsia::cli::kFailed;
  }
}
