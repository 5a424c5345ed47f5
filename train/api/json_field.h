// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "core/base/error.h"

namespace intarsia {

/// A member of a JSON object that has the wanted type and fits it; nothing otherwise. Never throws.
template <class T, class Json>
std::optional<T> jsonField(const Json& object, const char* name) {
  if (!object.is_object()) return std::nullopt;
  const auto at = object.find(name);
  if (at == object.end()) return std::nullopt;
  if constexpr (std::is_same_v<T, std::string>) {
    if (at->is_string()) return at->template get_ref<const std::string&>();
  } else if constexpr (std::is_same_v<T, bool>) {
    if (at->is_boolean()) return at->template get<bool>();
  } else if constexpr (std::is_floating_point_v<T>) {
    if (at->is_number()) return at->template get<T>();
  } else {
    if (at->is_number_unsigned()) {
      const auto value = at->template get<uint64_t>();
      if (std::in_range<T>(value)) return T(value);
    } else if (at->is_number_integer()) {
      const auto value = at->template get<int64_t>();
      if (std::in_range<T>(value)) return T(value);
    }
  }
  return std::nullopt;
}

inline std::unexpected<Error> failField(const std::string& file, std::string field) {
  return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: {field} is missing or has a wrong value"),
              {{"file", file}, {"field", field}}, {file, 0, field});
}

/// `auto name = …` or return the error that names file and field.
#define INTARSIA_FIELD(declaration, Type, object, name, file)                     \
  INTARSIA_FIELD_(INTARSIA_CONCAT(field_, __COUNTER__), declaration, Type, object, name, file)
#define INTARSIA_FIELD_(temporary, declaration, Type, object, name, file)         \
  auto temporary = jsonField<Type>(object, name);                                 \
  if (!temporary) return failField(file, name);                                   \
  declaration = std::move(*temporary)

}  // namespace intarsia
