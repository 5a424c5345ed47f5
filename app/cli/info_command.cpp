// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/source.h"
#include "core/base/text.h"

namespace intarsia::cli {
namespace {

struct Options {
  std::string path, images, format, rule = "centre";
  bool list = false;
};

void sayReport(const Terminal& terminal, const char* what, const Json& lines) {
  if (lines.empty()) return;
  terminal.say(std::string(what) + ":");
  for (const auto& line : lines)
    terminal.say("  " + line["path"].get<std::string>() + ": " + line["reason"].get<std::string>());
}

int run(const Options& options, const Terminal& terminal) {
  const auto job = terminal.job();
  const auto source = openSource(options.path, options.images, options.format, job);
  if (!source) return terminal.fail(source.error());
  const auto summary = summarize(*source, *ruleFromName(options.rule), options.list, job);
  if (!summary) return terminal.fail(summary.error());
  const auto json = summaryJson(*source, *summary, options.list);
  if (terminal.json) {
    terminal.print(json);
    return kDone;
  }
  terminal.say(options.path + ": " + source->format + ", " + std::to_string(source->count()) + " images, " +
               std::to_string(summary->annotations) + " annotations");
  for (size_t i = 0; i < summary->classes.size(); ++i) {
    const auto& sums = summary->classes[i];
    terminal.say("  " + std::to_string(i) + "  " + source->names[i] + ": " + std::to_string(sums.annotations) +
                 " annotations, area " + formatDouble(sums.area) + ", " + std::to_string(sums.pixels) + " pixels");
  }
  for (const auto& item : summary->items)
    terminal.say("  " + item.dump(-1, ' ', false, Json::error_handler_t::replace));
  sayReport(terminal, "Skipped", json["skipped"]);
  sayReport(terminal, "Repaired", json["repaired"]);
  sayReport(terminal, "Notes", json["notes"]);
  return kDone;
}

}  // namespace

void addInfo(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command = commands.add("info", "Says what a project, a folder of pictures or a set of labels holds",
                               [options, &terminal = commands.terminal] { return run(*options, terminal); });
  command.add_option("PATH", options->path, "Project, folder or file")->required();
  command.add_option("--images", options->images, "Where the pictures are, when the labels do not say");
  command.add_option("--format", options->format, "Format of the labels; else it is recognised");
  command.add_flag("--list", options->list, "Every annotation too");
  command.add_option("--rule", options->rule, "Which pixels a polygon covers")
      ->check(CLI::IsMember({"centre", "coco", "pil", "opencv"}))
      ->capture_default_str();
}

void addFormats(Commands& commands) {
  auto& terminal = commands.terminal;
  commands.add("formats", "Lists the formats of labels that are read", [&terminal] {
    Json list = Json::array();
    for (const auto& format : formats()) {
      list.push_back({{"id", format->id()}, {"name", format->name()}, {"reads", true}, {"writes", format->canWrite()}});
      terminal.say(std::string(format->id()) + ": " + std::string(format->name()) +
                   (format->canWrite() ? " (read, written)" : " (read)"));
    }
    if (terminal.json) terminal.print({{"formats", list}});
    return kDone;
  });
}

}  // namespace intarsia::cli
