// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/base/json.h"
#include "core/base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = intarsia::parseJson(text, "fuzz");
  if (value) {
    const auto again = intarsia::parseJson(intarsia::dumpJson(*value), "fuzz");
    if (!again || *again != *value) std::abort();
    (void)intarsia::jsonNumber(*value);
    (void)intarsia::jsonInteger(*value);
  } else if (!intarsia::validUtf8(value.error().message())) {
    std::abort();
  }
  if (intarsia::parseOrderedJson(text).has_value() != value.has_value()) std::abort();
  if (const auto number = intarsia::parseDouble(text))
    if (intarsia::parseDouble(intarsia::formatDouble(*number)) != number) std::abort();
  if (intarsia::decodePath(intarsia::encodePath(std::string(text))).native() != text) std::abort();
  return 0;
}
