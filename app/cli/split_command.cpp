// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/split_plan.h"

#include "app/cli/cli.h"
#include "core/base/text.h"

namespace intarsia::cli {
namespace {

struct Options {
  std::string project, by = "video";
  SplitWish wish;
  bool dryRun = false;
};

int run(Options options, const Terminal& terminal) {
  using By = SplitWish::By;
  options.wish.by = options.by == "image" ? By::image : options.by == "folder" ? By::folder : By::video;
  const auto project = Project::open(options.project, terminal.job(), options.dryRun ? Project::Access::readOnly : Project::Access::readWrite);
  if (!project) return terminal.fail(project.error());
  const auto plan = planSplit((*project)->images(), options.wish);
  if (!plan) return terminal.fail(plan.error());
  Json splits = Json::object();
  for (const auto& [split, images, groups] : countSplits(*plan, (*project)->images())) {
    terminal.say(std::string(splitName(split)) + ": " + std::to_string(images) + " images in " + std::to_string(groups.size()) + " groups");
    splits[std::string(splitName(split))] = {{"images", images}, {"groups", groups}};
  }
  if (!options.dryRun) {
    if (const auto set = (*project)->setSplits(*plan); !set) return terminal.fail(set.error());
    if (const auto written = (*project)->flush(); !written) return terminal.fail(written.error());
  }
  if (terminal.json) terminal.print({{"splits", splits}, {"written", !options.dryRun}});
  return kDone;
}

}  // namespace

void addSplit(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command = commands.add("split", "Divides a project's labelled images into train, val and test; videos or folders stay whole",
                               [options, &terminal = commands.terminal] { return run(*options, terminal); });
  command.add_option("PROJECT", options->project, "A project")->required();
  command.add_option("--by", options->by, "video (names that count up), folder, or image: what stays together")->check(CLI::IsMember({"video", "folder", "image"}))->capture_default_str();
  command.add_option("--val", options->wish.val, "Share of val, 0 to 0.95")->capture_default_str();
  command.add_option("--test", options->wish.test, "Share of test")->capture_default_str();
  command.add_option("--seed", options->wish.seed, "Same seed, same split")->capture_default_str();
  command.add_flag("--dry-run", options->dryRun, "Only say what it would come to");
}

}  // namespace intarsia::cli
