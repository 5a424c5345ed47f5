// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string_view>

namespace intarsia {

enum class Split { none, train, val, test };

constexpr std::string_view splitName(Split s) {
  switch (s) {
    case Split::train: return "train";
    case Split::val: return "val";
    case Split::test: return "test";
    default: return "none";
  }
}
constexpr std::optional<Split> splitFromName(std::string_view n) {
  if (n == "train") return Split::train;
  if (n == "val") return Split::val;
  if (n == "test") return Split::test;
  if (n == "none") return Split::none;
  return std::nullopt;
}

}  // namespace intarsia
