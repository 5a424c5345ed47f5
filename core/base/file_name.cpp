// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/file_name.h"

#include <algorithm>
#include <cstdint>

#include "core/base/hash.h"

namespace intarsia {

std::string fittingName(std::string_view stem, std::string_view ending, size_t limit) {
  if (stem.size() + ending.size() <= limit) return std::string(stem) + std::string(ending);
  constexpr size_t kDigits = 16, kMostTails = 3;  // of a UTF-8 sequence
  const std::string hash = "~" + contentHash(stem).substr(0, kDigits);
  size_t cut = limit - std::min(limit, ending.size() + hash.size());
  const auto inside = [&](size_t at) { return (uint8_t(stem[at]) & 0xC0) == 0x80; };
  size_t begin = cut;
  while (begin > 0 && cut - begin < kMostTails && inside(begin)) --begin;
  if (!inside(begin)) cut = begin;  // else these bytes are no UTF-8
  return std::string(stem.substr(0, cut)) + hash + std::string(ending);
}

}  // namespace intarsia
