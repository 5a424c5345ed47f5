// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>

namespace intarsia {

/// Each byte as 16 bits, 255 as 65535. Writes past the caches where the processor can: for results that nobody reads at once.
void widenBytes(const uint8_t* from, size_t count, uint16_t* to);

}  // namespace intarsia
