// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string_view>
#include <vector>

namespace intarsia {

/// What a program must know to show a field of Recipe; Recipe::get and Recipe::set move its value as text.
struct RecipeField {
  enum class Kind { flag, integer, number, text, choice, size };
  std::string_view name, group, title, tip;  // the last three are INTARSIA_TEXT
  Kind kind = Kind::text;
  double low = 0, high = 0;                  // of numbers
  std::vector<std::string_view> choices;
};

/// Every field of Recipe, in the order of its groups.
const std::vector<RecipeField>& recipeFields();

}  // namespace intarsia
