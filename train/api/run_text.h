// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "train/api/run_folder.h"

namespace intarsia {

/// What there is to know about a run, to read and to copy: how it stands, what computed it, pictures, every setting that
/// differs from the default, the log's last lines. A part that cannot be read says so in its place.
std::string runText(const RunFolder& run);

}  // namespace intarsia
