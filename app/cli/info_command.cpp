// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/split_leak.h"
#include "app/cli/source.h"
#include "core/base/text.h"

namespace intarsia::cli {
namespace {

struct Options {
  SourceOptions source;
  std::string rule = "centre";
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
  const auto source = openSource(options.source, job);
  if (!source) return terminal.fail(source.error());
  const auto summary = summarize(source->dataset, ruleFromName(options.rule), options.list, job);
  if (!summary) return terminal.fail(summary.error());
  auto json = summaryJson(source->dataset, *summary, options.list);
  std::vector<LeakImage> images;
  for (int i = 0; i < source->count(); ++i)
    if (source->labelled(i)) images.push_back({source->dataset.images[size_t(i)].path, source->dataset.images[size_t(i)].split});
  for (const auto& sentence : splitLeaks(images, job)) json["notes"].push_back({{"path", options.source.path}, {"reason", sentence}});
  if (terminal.json) {
    terminal.print(json);
    return kDone;
  }
  terminal.say(options.source.path + ": " + source->dataset.format + ", " + std::to_string(source->count()) + " images, " +
               std::to_string(json["annotations"].get<int64_t>()) + " annotations");
  for (size_t i = 0; i < summary->classes.size(); ++i) {
    const auto& sums = summary->classes[i];
    terminal.say("  " + std::to_string(i) + "  " + sums.name + ": " + std::to_string(sums.annotations) +
                 " annotations, area " + formatDouble(sums.area) + ", " + std::to_string(sums.pixels) + " pixels");
  }
  if (options.list)
    for (const auto& item : json["items"]) terminal.say("  " + item.dump(-1, ' ', false, Json::error_handler_t::replace));
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
  addSource(command, options->source);
  command.add_flag("--list", options->list, "Every annotation too");
  addRule(command, options->rule);
}

void addFormats(Commands& commands) {
  auto markdown = std::make_shared<bool>(false);
  auto& terminal = commands.terminal;
  auto& command = commands.add("formats", "Lists the formats of labels that are read and written", [markdown, &terminal] {
    Json list = Json::array();
    if (*markdown) terminal.say("| id | format | |\n| --- | --- | --- |");
    for (const auto& format : formats()) {
      const std::string id(format->id()), about(format->about()), does = format->readBy() != id ? "written" : format->canWrite() ? "read, written" : "read";
      const std::string name = std::string(format->name()) + (about.empty() ? "" : ": " + about);
      list.push_back({{"id", id}, {"name", name}, {"reads", format->readBy() == id}, {"writes", format->canWrite()}});
      terminal.say(*markdown ? "| `" + id + "` | " + name + " | " + does + " |" : id + ": " + name + " (" + does + ")");
    }
    if (terminal.json) terminal.print({{"formats", list}});
    return kDone;
  });
  command.add_flag("--markdown", *markdown, "As the table of the user's guide");
}

}  // namespace intarsia::cli
