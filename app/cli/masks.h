// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "app/cli/source.h"

namespace intarsia::cli {

struct WrittenMasks {
  std::vector<fs::path> files;
  std::vector<ReportLine> skipped;
};
/// Label maps of all labelled pictures as indexed PNG below `out`; with `color` also coloured ones below `out`/color.
Expected<WrittenMasks> writeMasks(const Source& source, const fs::path& out, RasterRule rule, bool color,
                                  const Job& job);
int reportMasks(const Expected<WrittenMasks>& written, const std::string& out, const Terminal& terminal);

}  // namespace intarsia::cli
