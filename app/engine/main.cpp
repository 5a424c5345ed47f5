// SPDX-License-Identifier: GPL-3.0-or-later
// intarsia-engine: the only program that links LibTorch. `--pipe` serves a window or the CLI; the commands do the same by hand.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "app/engine/codecs.h"
#include "app/engine/commands.h"
#include "core/base/json.h"
#include "train/api/model_info.h"
#include "train/engine/doctor.h"
#include "train/engine/server.h"
#include "train/io/forward_file.h"

using namespace intarsia;

namespace {

/// Signals that end us are read by a thread of ours; blocked before any thread exists, so that all inherit it.
void blockEndingSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

[[noreturn]] void pipeMain() {
  // First of all: libraries print and read; what they do must not get into the protocol.
  const int input = ::fcntl(0, F_DUPFD_CLOEXEC, 3), output = ::fcntl(1, F_DUPFD_CLOEXEC, 3);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (input < 0 || output < 0 || null < 0 || ::dup2(null, 0) < 0 || ::dup2(2, 1) < 0) ::_exit(1);
  ::signal(SIGPIPE, SIG_IGN);
  blockEndingSignals();
  if (FILE* file = std::fopen("/proc/self/oom_score_adj", "w")) {  // rather us than the window
    std::fputs("500", file);
    std::fclose(file);
  }
  const int status = servePipe(input, output, engineHooks());
  ::_exit(status);  // LibTorch's own clean-up may wait for devices
}

int report(const Expected<>& result) {
  if (result) return 0;
  fmt::print(stderr, "{}\n", result.error().message());
  return 1;
}

/// "--minutes 3" and the like are assignments to the recipe.
void addRecipeOptions(CLI::App* command, std::vector<std::string>& set) {
  command->add_option("--set", set, "a field of the recipe: key=value (size=WxH, batch=8 …)")->allow_extra_args(false);
  for (const char* name : {"minutes", "epochs", "steps", "seed"})
    command->add_option_function<std::string>(std::string("--") + name, [&set, name](const std::string& value) { set.push_back(std::string(name) + "=" + value); });
}

struct ForwardArguments : NetworkArguments {
  std::filesystem::path weights, input, output;
};

void addNetworkOptions(CLI::App* command, NetworkArguments& network, bool required) {
  command->add_option("--network", network.network)->required(required);
  command->add_option("--classes", network.options.outputs)->required(required);
  command->add_option("--base", network.options.baseWidth);
  command->add_option("--depth", network.options.depth);
  command->add_option("--up", network.options.upPath)->check(CLI::IsMember({"transposed", "bilinear"}));
  command->add_option("--decoder", network.options.decoder)->delimiter(',')->allow_extra_args(false);
}

void printNetworks(bool asJson) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& info : networks()) {
    list.push_back({{"id", info.id}, {"title", info.title}, {"parameters", info.parameters}, {"reference", info.reference}, {"description", info.description}});
    if (!asJson) fmt::print("{:24} {:6.1f} M  {}\n{:34}{}\n{:34}as in {}\n", info.id, double(info.parameters) / 1e6, info.title, "", info.description, "",
                            info.reference.empty() ? "nowhere else" : info.reference);
  }
  if (asJson) fmt::print("{}\n", dumpJson(list, 2));
}

int commandMain(int argc, char** argv) {
  CLI::App app("Trains and applies segmentation networks. Normally started by intarsia and intarsia-cli.");
  app.set_version_flag("--version", INTARSIA_VERSION);
  app.require_subcommand(0, 1);
  bool describe = false, pipe = false;  // --pipe alone was handled before
  app.add_flag("--pipe", pipe, "serve a program over standard input and output");
  app.add_flag("--describe", describe, "print what this engine can do, as JSON");

  TrainArguments train;
  auto* trainApp = app.add_subcommand("train", "train a prepared run folder, or shards");
  trainApp->add_option("inputs", train.inputs, "RUN, or SHARD… with --run")->required();
  trainApp->add_option("--run", train.run, "run folder to make for the shards");
  trainApp->add_option("--recipe", train.recipe, "recipe file")->check(CLI::ExistingFile);
  trainApp->add_flag("--resume", train.resume, "go on from the last checkpoint");
  trainApp->add_flag("--json", train.json);
  trainApp->add_option("--threads", train.threads, "computing threads (0 = chosen)");
  trainApp->add_option("--dump", train.dump, "write the first 20 steps' weights, batches and losses (safetensors)");
  trainApp->add_option("--device", train.device, "instead of the recipe's");
  addRecipeOptions(trainApp, train.set);

  EvaluateArguments evaluate;
  std::string split = "val";
  auto* evaluateApp = app.add_subcommand("evaluate", "measure a run's best weights");
  evaluateApp->add_option("inputs", evaluate.inputs, "RUN, or SHARD… with --run")->required();
  evaluateApp->add_option("--run", evaluate.run);
  evaluateApp->add_option("--split", split)->check(CLI::IsMember({"train", "val", "test"}));
  evaluateApp->add_option("--device", evaluate.device);
  evaluateApp->add_flag("--json", evaluate.json);

  PredictArguments predict;
  auto* predictApp = app.add_subcommand("predict", "write label maps for images");
  predictApp->add_option("model", predict.model, "run folder, model folder or .safetensors")->required();
  predictApp->add_option("images", predict.images);
  predictApp->add_option("--list", predict.list, "file with more images, each path ended by a zero byte");
  predictApp->add_option("--out", predict.out)->required();
  predictApp->add_option("--device", predict.device);
  predictApp->add_option("--scale", predict.scale, "network pixels per image pixel (default: as in training)")->check(CLI::Range(0.01, kMaxPredictionScale));
  predictApp->add_flag("--resume", predict.resume, "leave label maps that are newer than image and weights");
  predictApp->add_flag("--json", predict.json);

  std::filesystem::path model, out;
  auto* exportApp = app.add_subcommand("export-model", "write safetensors, TorchScript, model.json and a Python example");
  exportApp->add_option("model", model)->required();
  exportApp->add_option("--out", out)->required();
  std::string format = "all";
  exportApp->add_option("--format", format)->check(CLI::IsMember({"all", "pth"}));

  std::string device = "auto";
  bool json = false;
  auto* rateApp = app.add_subcommand("find-lr", "test which learning rate suits a prepared run");
  rateApp->add_option("run", model)->required();
  double limit = 0;
  rateApp->add_option("--limit", limit, "about so many seconds: longer steps of the rate, smaller batches; 0 = none")->check(CLI::NonNegativeNumber);
  rateApp->add_flag("--json", json);
  auto* doctorApp = app.add_subcommand("doctor", "say what the engine runs on and what is wrong with it");
  doctorApp->add_option("--device", device);
  doctorApp->add_flag("--json", json);
  ForwardArguments forward;
  auto* forwardApp = app.add_subcommand("forward", "compute the bare network: tensor `input` of a file to tensor `output` of another");
  addNetworkOptions(forwardApp, forward, true);
  forwardApp->add_option("--weights", forward.weights)->required();
  forwardApp->add_option("--input", forward.input)->required();
  forwardApp->add_option("--output", forward.output)->required();
  NetworkArguments fitted;
  auto* weightsApp = app.add_subcommand("weights", "list a weight file's tensors, or what becomes of them in a network");
  weightsApp->add_option("file", model)->required();
  addNetworkOptions(weightsApp, fitted, false);
  weightsApp->add_flag("--json", json);
  auto* networksApp = app.add_subcommand("networks", "list the networks");
  networksApp->add_flag("--json", json);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  if (describe) return std::fputs(describeAsJson().c_str(), stdout) < 0;
  if (*trainApp) {
    blockEndingSignals();
    return report(trainCommand(train));
  }
  if (*evaluateApp) {
    evaluate.split = *splitFromName(split);
    return report(evaluateCommand(evaluate));
  }
  if (*predictApp) {
    blockEndingSignals();
    return report(predictCommand(predict));
  }
  if (*rateApp) {
    blockEndingSignals();
    return report(findRateCommand(model, limit, json));
  }
  if (*exportApp) return report(exportCommand(model, out, format));
  if (*doctorApp) {
    const auto diagnosis = diagnose(device);
    if (!diagnosis) return report(std::unexpected(diagnosis.error()));
    fmt::print("{}", json ? diagnosis->toJson() : diagnosis->toText());
    return diagnosis->problems.empty() ? 0 : 1;
  }
  if (*forwardApp) return report(forwardFile(forward.network, forward.options, forward.weights, forward.input, forward.output));
  if (*weightsApp) return report(weightsCommand(model, fitted, json));
  if (*networksApp) return printNetworks(json), 0;
  fmt::print(stderr, "{}", app.help());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--pipe") == 0) pipeMain();
  std::setlocale(LC_NUMERIC, "C");
  try {
    const int status = commandMain(argc, argv);
    std::fflush(nullptr);
    ::_exit(status);  // as above
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
}
