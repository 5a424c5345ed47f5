// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <cstdlib>

#include "app/cli/engine.h"
#include "core/base/text.h"
#include "core/net/download.h"
#include "train/api/known_weights.h"

namespace intarsia::cli {
namespace {

int listWeights(const Terminal& terminal) {
  Json list = Json::array();
  for (const auto& known : knownWeights()) {
    const auto found = known.path();
    list.push_back({{"id", known.id}, {"file", known.file}, {"url", known.url()}, {"megabytes", known.megabytes}, {"trainedOn", known.trainedOn},
                    {"networks", known.networks}, {"path", found ? Json(displayPath(*found)) : Json()}});
    terminal.say(fmt::format("{:25} {:4.0f} MB  {}\n{:25}          for {}", known.id, known.megabytes, found ? displayPath(*found) : "not here", "", known.networks));
  }
  terminal.say("Downloads, and files that you bring yourself, lie in " + displayPath(weightsFolder()));
  if (terminal.json) terminal.print({{"folder", displayPath(weightsFolder())}, {"weights", list}});
  return kDone;
}

int downloadWeights(const std::string& id, const std::string& mirror, const Terminal& terminal) {
  const auto* known = findKnownWeights(id);
  if (!known) return terminal.fail(findWeights(id).error());
  const fs::path target = weightsFolder() / known->file;
  if (!mirror.empty()) ::setenv("INTARSIA_WEIGHTS_MIRROR", mirror.c_str(), 1);
  terminal.note(fmt::format("{} ({:.0f} MB), trained on {}. {}.", known->url(), known->megabytes, known->trainedOn, kWeightsTerms));
  if (const auto done = download({known->url(), target, known->sha256(), known->most()}, terminal.job()); !done) return terminal.fail(done.error());
  terminal.say(displayPath(target));
  if (terminal.json) terminal.print({{"id", id}, {"path", displayPath(target)}});
  return kDone;
}

/// The whole list of what `train` would load from a file, or of what it holds.
int showWeights(const std::string& file, const NetworkOptions& network, const Terminal& terminal) {
  const auto path = findWeights(file);
  if (!path) return terminal.fail(path.error());
  std::vector<std::string> arguments{"weights", path->native()};
  network.pass(arguments);
  return engineCommand(arguments, terminal);
}

}  // namespace

void addWeights(Commands& commands) {
  struct Options : NetworkOptions {
    std::string action, id, mirror;
  };
  auto options = std::make_shared<Options>();
  auto& command = commands.add("weights", "Lists published weight files, downloads one, or shows what of one fits a network", [options, &terminal = commands.terminal] {
    if (options->action.empty() || options->action == "list") return listWeights(terminal);
    if (options->id.empty()) return terminal.note("intarsia-cli: weights " + options->action + " wants an id of the list" + (options->action == "show" ? " or a file" : "")), kUsage;
    if (options->action == "show") return showWeights(options->id, *options, terminal);
    return downloadWeights(options->id, options->mirror, terminal);
  });
  command.add_option("ACTION", options->action, "list (default), download or show")->check(CLI::IsMember({"list", "download", "show"}));
  command.add_option("ID", options->id, "As in the list; an interrupted download goes on where it was. For show also a file");
  command.add_option("--mirror", options->mirror, "Folder's address to fetch the file from, instead of download.pytorch.org");
  options->add(command, false);
}

}  // namespace intarsia::cli
