// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/masks.h"

#include "core/base/text.h"

namespace intarsia::cli {

int reportMasks(const Expected<WrittenMasks>& written, const std::string& out, const Terminal& terminal) {
  if (!written) return terminal.fail(written.error());
  for (const auto& line : written->skipped) terminal.note("Skipped: " + line.path + ": " + line.reason);
  terminal.say(std::to_string(written->files.size()) + " masks are in " + out);
  if (terminal.json) {
    Json files = Json::array();
    for (const auto& file : written->files) files.push_back(encodePath(file));
    terminal.print({{"images", written->files.size()}, {"files", files}, {"skipped", reportLines(written->skipped)}});
  }
  if (!written->files.empty()) return kDone;
  terminal.note("intarsia-cli: There is no labelled picture, so no mask was written");
  return kFailed;
}

}  // namespace intarsia::cli
