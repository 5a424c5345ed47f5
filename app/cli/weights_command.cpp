// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <cstdlib>

#include "app/cli/cli.h"
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

}  // namespace

void addWeights(Commands& commands) {
  struct Options {
    std::string action, id, mirror;
  };
  auto options = std::make_shared<Options>();
  auto& command = commands.add("weights", "Lists published weight files, or downloads one", [options, &terminal = commands.terminal] {
    if (options->action.empty() || options->action == "list") return listWeights(terminal);
    if (options->id.empty()) return terminal.note("intarsia-cli: weights download wants an id of the list"), kUsage;
    return downloadWeights(options->id, options->mirror, terminal);
  });
  command.add_option("ACTION", options->action, "list (default) or download")->check(CLI::IsMember({"list", "download"}));
  command.add_option("ID", options->id, "As in the list; an interrupted download goes on where it was");
  command.add_option("--mirror", options->mirror, "Folder's address to fetch the file from, instead of download.pytorch.org");
}

}  // namespace intarsia::cli
