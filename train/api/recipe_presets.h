// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "train/api/recipe.h"

namespace intarsia {

/// A recipe that comes with the program: resources/recipes/<id>.json, compiled in.
struct RecipePreset {
  std::string id, title, about;
  Recipe recipe;
};

/// "default" first, then by id.
const std::vector<RecipePreset>& recipePresets();
const RecipePreset* findPreset(const std::string& id);

}  // namespace intarsia
