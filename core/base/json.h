// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace intarsia {

/// Nesting that any file of ours or of a known format stays far below; deeper text could end the process in nlohmann's dump().
inline constexpr int kJsonDepth = 64;

/// Parses a whole JSON text. Errors name `file` and the byte. Comments are refused, nesting beyond kJsonDepth too.
Expected<nlohmann::json> parseJson(std::string_view text, const std::string& file);
/// The same with the keys in the order of the file.
Expected<nlohmann::ordered_json> parseOrderedJson(std::string_view text, const std::string& file);

}  // namespace intarsia
