// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <string_view>

namespace intarsia {

inline constexpr size_t kLongestFileName = 255;  // bytes, of the usual file systems

/// `stem` and `ending` as one file name. Where they are longer than `limit` together, the stem is cut, not inside a UTF-8 sequence, and
/// ends in "~" and 16 digits of its hash: two names that are cut stay two.
std::string fittingName(std::string_view stem, std::string_view ending, size_t limit = kLongestFileName);

}  // namespace intarsia
