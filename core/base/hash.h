// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace intarsia {

/// XXH3 128 bits as 32 hex digits: names contents, guards against change and bit rot (not against an adversary).
std::string contentHash(std::span<const std::byte> bytes);
inline std::string contentHash(std::string_view text) { return contentHash(std::as_bytes(std::span(text))); }
Expected<std::string> fileHash(const std::filesystem::path& path);

}  // namespace intarsia
