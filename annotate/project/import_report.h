// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "annotate/formats/format.h"

namespace intarsia {

/// {"images","annotations","classes":[{"from","to","why"}],"files":[{"path","imported","repaired","skipped","notes"}]}; `imported` is the
/// number of new annotations of a picture that came in, the others are lists of {"field","reason"}. docs/FILES.md has the keys.
std::string importReportJson(const ImportReport& report);

}  // namespace intarsia
