// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/recipe_presets.h"

#include <algorithm>
#include <cassert>
#include <nlohmann/json.hpp>

#include "core/base/json.h"
#include "train/api/json_field.h"

namespace intarsia {

namespace {
struct PresetFile {
  const char *id, *text;
};
constexpr PresetFile kFiles[] = {
#include "train/api/recipe_presets.inc"
};
}  // namespace

const std::vector<RecipePreset>& recipePresets() {
  static const std::vector<RecipePreset> presets = [] {
    std::vector<RecipePreset> out;
    for (const auto& [id, text] : kFiles) {
      const auto recipe = Recipe::fromJson(text, id);
      const auto json = parseOrderedJson(text, id);
      assert(recipe && json);
      if (recipe && json) out.push_back({id, jsonField<std::string>(*json, "title").value_or(id), jsonField<std::string>(*json, "about").value_or(""), *recipe});
    }
    std::ranges::stable_sort(out, {}, [](const RecipePreset& p) { return std::pair(p.id != "default", p.id); });
    return out;
  }();
  return presets;
}

const RecipePreset* findPreset(const std::string& id) {
  const auto& all = recipePresets();
  const auto at = std::ranges::find(all, id, &RecipePreset::id);
  return at == all.end() ? nullptr : &*at;
}

}  // namespace intarsia
