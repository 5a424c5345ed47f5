// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "annotate/project/mask_export.h"
#include "app/cli/cli.h"

namespace intarsia::cli {

int reportMasks(const Expected<WrittenMasks>& written, const std::string& out, const Terminal& terminal);

}  // namespace intarsia::cli
