// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/class_table.h"
#include "core/base/label_map.h"
#include "train/engine/run_session.h"

namespace intarsia {

/// Pictures from files, where this engine was built with codecs (codecs.cpp); from shards alone otherwise (no_codecs.cpp).
EngineHooks engineHooks();
Expected<> writeLabels(const std::filesystem::path& path, const LabelMap& map, const ClassTable& classes);

}  // namespace intarsia
