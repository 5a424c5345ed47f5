// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace intarsia {

/// A whole zlib stream (RFC 1950) unpacked; nothing when it is broken, cut short or longer than `limit` bytes, and in a build without zlib
/// (of the engine alone).
std::optional<std::string> inflateZlib(std::string_view bytes, size_t limit);

}  // namespace intarsia
