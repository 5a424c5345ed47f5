// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/masks.h"
#include "core/base/text.h"

namespace intarsia::cli {

void addRasterize(Commands& commands) {
  struct Options {
    std::string path, out, images, format, rule = "centre";
  };
  auto options = std::make_shared<Options>();
  auto& terminal = commands.terminal;
  auto& command =
      commands.add("rasterize", "Writes one label map per picture: pixel value = class index", [options, &terminal] {
        const auto job = terminal.job();
        const auto source = openSource(options->path, options->images, options->format, job);
        if (!source) return terminal.fail(source.error());
        return reportMasks(writeMasks(*source, options->out, *ruleFromName(options->rule), false, job), options->out,
                           terminal);
      });
  command.add_option("PATH", options->path, "Project, folder or file")->required();
  command.add_option("--out", options->out, "Folder for the masks")->required();
  command.add_option("--images", options->images, "Where the pictures are, when the labels do not say");
  command.add_option("--format", options->format, "Format of the labels; else it is recognised");
  command.add_option("--rule", options->rule, "Which pixels a polygon covers")
      ->check(CLI::IsMember({"centre", "coco", "pil", "opencv"}))
      ->capture_default_str();
}

}  // namespace intarsia::cli
