// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/recipe_fields.h"

#include <type_traits>

#include "train/api/recipe_table.h"

namespace intarsia {
namespace {

template <class T>
void describe(RecipeField& field, const T&, Range range) {
  field.kind = std::is_same_v<T, Size> ? RecipeField::Kind::size : std::is_integral_v<T> ? RecipeField::Kind::integer : RecipeField::Kind::number;
  field.low = range.low;
  field.high = range.high;
}
template <class T>
void describe(RecipeField& field, const T&, Choices choices) {
  field.kind = std::is_same_v<T, bool> ? RecipeField::Kind::flag : choices.size() ? RecipeField::Kind::choice : RecipeField::Kind::text;
  field.choices = choices;
}

}  // namespace

const std::vector<RecipeField>& recipeFields() {
  static const std::vector<RecipeField> fields = [] {
    std::vector<RecipeField> out;
    const Recipe recipe;
    forEachField(recipe, [&](const FieldText& text, const auto& value, auto limits) {
      out.push_back({text.name, text.group, text.title, text.tip, {}, 0, 0, {}});
      describe(out.back(), value, limits);
    });
    return out;
  }();
  return fields;
}

}  // namespace intarsia
