// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/sample_scenes.h"
#include "app/cli/cli.h"
#include "core/base/text.h"

namespace intarsia::cli {

void addSample(Commands& commands) {
  struct Options {
    std::string folder, size = "480x360";
    int count = 40;
    uint64_t seed = 1;
  };
  auto options = std::make_shared<Options>();
  auto& terminal = commands.terminal;
  auto& command =
      commands.add("sample", "Makes a project of generated street scenes with exact labels", [options, &terminal] {
        const auto size = parseSize(options->size);
        if (!size) return terminal.fail(size.error()), kUsage;
        const auto made = makeSampleProject(options->folder, options->count, *size, options->seed, terminal.job());
        if (!made) return terminal.fail(made.error());
        terminal.say("The sample project is in " + displayPath(options->folder));
        if (terminal.json) terminal.print({{"project", options->folder}, {"images", options->count}});
        return kDone;
      });
  command.add_option("DIR", options->folder, "Folder that becomes the project")->required();
  command.add_option("--count", options->count, "Number of scenes")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command.add_option("--size", options->size, "Size of the pictures, WxH")->capture_default_str();
  command.add_option("--seed", options->seed, "Same seed, same pictures")->capture_default_str();
}

}  // namespace intarsia::cli
