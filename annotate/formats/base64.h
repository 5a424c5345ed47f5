// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace intarsia {

/// RFC 4648; blanks and line ends are skipped, missing padding is allowed. Nothing if another character occurs.
std::optional<std::string> fromBase64(std::string_view text);
std::string toBase64(std::string_view bytes);

}  // namespace intarsia
