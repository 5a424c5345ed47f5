// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/base/class_table.h"
#include "core/base/error.h"

namespace intarsia {

/// [{"id", "name", "color": "#rrggbb", "ignore"?}…] in index order, as in run.json, model.json and shards.
nlohmann::ordered_json classesToJson(const ClassTable& classes);
Expected<ClassTable> classesFromJson(const nlohmann::ordered_json& json, const std::string& file);

}  // namespace intarsia
