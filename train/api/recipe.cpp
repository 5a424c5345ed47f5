// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/json.h"
#include "core/base/text.h"
#include "train/api/recipe_fields.h"
#include "train/api/recipe_table.h"

namespace intarsia {
namespace {

using Json = nlohmann::ordered_json;

bool isDevice(std::string_view text) {
  if (text == "auto" || text == "cpu" || text == "cuda") return true;
  if (!text.starts_with("cuda:")) return false;
  const auto index = parseInt(text.substr(5));
  return index && *index >= 0 && *index < 1024;
}

bool isId(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

bool isNameList(std::string_view text) {
  return text.size() <= 1000 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("._-* ,;").find(c) != std::string_view::npos;
  });
}

std::optional<std::vector<double>> parseWeights(std::string_view text) {
  std::vector<double> out;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const auto value = parseDouble(trim(text.substr(0, comma)));
    if (!value || *value < 0 || *value > 1000) return std::nullopt;
    out.push_back(*value);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  if (out.empty() || std::ranges::all_of(out, [](double v) { return v == 0; })) return std::nullopt;
  return out;
}

/// smp's decoder_channels; none for an empty text.
std::optional<std::vector<int>> parseDecoder(std::string_view text) {
  std::vector<int> out;
  if (text.empty()) return out;
  const auto widths = parseWeights(text);
  if (!widths || widths->size() != 5) return std::nullopt;
  for (const double width : *widths) {
    if (width < 4 || width != int(width)) return std::nullopt;
    out.push_back(int(width));
  }
  return out;
}

std::vector<std::string_view> parts(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(separators), text.size());
    if (const auto part = trim(text.substr(0, end)); !part.empty()) out.push_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

bool setStage(RecipeStage& stage, std::string_view word) {
  if (word == "frozen") return stage.frozen = true;
  const size_t equals = word.find('=');
  const auto value = equals == std::string_view::npos ? std::nullopt : parseDouble(word.substr(equals + 1));
  if (!value) return false;
  const std::string_view key = word.substr(0, equals);
  const auto take = [&](double& at, double low, double high) { return *value >= low && *value <= high ? (at = *value, true) : false; };
  if (key == "share") return take(stage.share, 1e-3, 1e6);
  if (key == "scale") return take(stage.scale, 0.1, 1);
  if (key == "rate") return take(stage.rate, 1e-8, 10);
  if (key == "spread") return take(stage.spread, 1, 1e6);
  if (key == "warmup") return take(stage.warmup, 0, 0.99);
  return false;
}

std::optional<std::vector<RecipeStage>> parseStages(std::string_view text) {
  std::vector<RecipeStage> out;
  for (const auto part : parts(text, ";")) {
    out.emplace_back();
    for (const auto word : parts(part, " ,"))
      if (!setStage(out.back(), word)) return std::nullopt;
  }
  if (out.size() > 100) return std::nullopt;
  return out;
}

Json toValue(const Size& size) {
  return size.empty() ? Json("auto") : Json(fmt::format("{}x{}", size.width, size.height));
}
template <class T>
Json toValue(const T& value) {
  return value;
}

bool fromText(std::string_view text, std::string& out) { return out = trim(text), true; }
bool fromText(std::string_view text, bool& out) {
  const std::string word = lower(trim(text));
  if (word == "true" || word == "1" || word == "yes" || word == "on") return out = true, true;
  if (word == "false" || word == "0" || word == "no" || word == "off") return out = false, true;
  return false;
}
bool fromText(std::string_view text, double& out) {
  const auto value = parseDouble(text);
  return value ? (out = *value, true) : false;
}
template <class T>
  requires std::is_integral_v<T>
bool fromText(std::string_view text, T& out) {
  if constexpr (std::is_same_v<T, uint64_t>) {  // seeds use all 64 bits
    text = trim(text);
    T value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    return status == std::errc() && end == text.data() + text.size() && !text.empty() ? (out = value, true) : false;
  } else {
    const auto value = parseInt(text);
    if (!value || *value < std::numeric_limits<T>::min() || *value > std::numeric_limits<T>::max()) return false;
    return out = T(*value), true;
  }
}
bool fromText(std::string_view text, Size& out) {
  text = trim(text);
  if (text == "auto" || text.empty()) return out = {}, true;
  const size_t cross = text.find_first_of("xX");
  if (cross == std::string_view::npos) return false;
  Size size;
  if (!fromText(text.substr(0, cross), size.width) || !fromText(text.substr(cross + 1), size.height)) return false;
  return size.empty() ? false : (out = size, true);
}

template <class T>
bool fromValue(const Json& value, T& out) {
  if constexpr (std::is_same_v<T, bool>) {
    return value.is_boolean() ? (out = value.get<bool>(), true) : false;
  } else if constexpr (std::is_same_v<T, double>) {
    return value.is_number() ? (out = value.get<double>(), true) : false;
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, Size>) {
    return value.is_string() && fromText(value.get_ref<const std::string&>(), out);
  } else {
    return value.is_number_integer() && fromText(value.dump(), out);
  }
}

std::string what(Range range) { return fmt::format("a number from {} to {}", range.low, range.high); }
std::string what(Choices choices) { return fmt::format("one of {}", fmt::join(choices, ", ")); }

std::unexpected<Error> wrong(std::string_view field, std::string value, std::string expected, const std::string& file) {
  return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The recipe's {field} is {value}; it must be {expected}"),
              {{"field", std::string(field)}, {"value", std::move(value)}, {"expected", std::move(expected)}}, {file});
}

template <class T>
std::string expectedFor(std::string_view, const T&, Range range) {
  if constexpr (std::is_same_v<T, Size>) return "auto or WIDTHxHEIGHT, each from 32 to 16384";
  return what(range) + (std::is_integral_v<T> ? " without a fraction" : "");
}
template <class T>
std::string expectedFor(std::string_view name, const T&, Choices choices) {
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  if (name == "device") return "auto, cpu, cuda or cuda:N";
  if (name == "classWeights") return "none, median, or numbers from 0 to 1000 separated by commas";
  if (name == "decoder") return "five whole numbers from 4 to 1000 separated by commas, or nothing";
  if (name == "stages") return "stages like \"share=1 scale=0.5 frozen; share=2\"";
  if (name == "freeze" || name == "layerGroups") return "names of at most 1000 letters, digits, dots, _ and *";
  if (name == "initialWeights") return "a path of at most 4096 bytes, or an id of known weights";
  if (choices.size() == 0) return "a network's id (lower-case letters, digits, _ and -)";
  return what(choices);
}

template <class T>
bool fits(std::string_view, const T& value, Range range) {
  if constexpr (std::is_same_v<T, Size>)
    return value == Size{} ||
           (std::min(value.width, value.height) >= 32 && std::max(value.width, value.height) <= range.high);
  else
    return double(value) >= range.low && double(value) <= range.high;
}
template <class T>
bool fits(std::string_view name, const T& value, Choices choices) {
  if constexpr (std::is_same_v<T, std::string>) {
    if (name == "device") return isDevice(value);
    if (name == "classWeights") return value == "none" || value == "median" || parseWeights(value).has_value();
    if (name == "decoder") return parseDecoder(value).has_value();
    if (name == "stages") return parseStages(value).has_value();
    if (name == "freeze" || name == "layerGroups") return isNameList(value);
    if (name == "initialWeights") return value.size() <= 4096 && validUtf8(value);
    if (choices.size() == 0) return isId(value);
    return std::find(choices.begin(), choices.end(), value) != choices.end();
  }
  return true;
}

Expected<> checkRanges(const Recipe& recipe, const std::string& file) {
  Expected<> result;
  forEachField(recipe, [&](const FieldText& field, const auto& value, auto limits) {
    const auto name = field.name;
    if (result && !fits(name, value, limits))
      result = wrong(name, dumpJson(toValue(value)), expectedFor(name, value, limits), file);
  });
  if (result && recipe.scaleMin > recipe.scaleMax)
    result = wrong("scaleMin", formatDouble(recipe.scaleMin), "at most scaleMax", file);
  return result;
}

/// Exactly one budget counts: naming one puts the others to 0.
void keepBudget(Recipe& recipe, std::string_view field) {
  if (field == "minutes" && recipe.minutes > 0) recipe.epochs = 0, recipe.steps = 0;
  if (field == "epochs" && recipe.epochs > 0) recipe.minutes = 0, recipe.steps = 0;
  if (field == "steps" && recipe.steps > 0) recipe.minutes = 0, recipe.epochs = 0;
}

}  // namespace

std::string Recipe::toJson() const {
  Json json = Json::object();
  forEachField(*this, [&](const FieldText& field, const auto& value, auto) { json[std::string(field.name)] = toValue(value); });
  return dumpJson(json, 2) + "\n";
}

Expected<Recipe> Recipe::fromJson(std::string_view text, const std::string& file) {
  const std::string shown = file.empty() ? "the recipe" : file;
  INTARSIA_TRY(const auto json, parseOrderedJson(text, shown));
  if (!json.is_object())
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is not a recipe: a JSON object is expected"), {{"file", shown}});
  Recipe recipe;
  for (const auto& [key, value] : json.items()) {
    if ((key == "title" || key == "about") && value.is_string()) continue;  // for people
    bool known = false;
    Expected<> result;
    forEachField(recipe, [&](const FieldText& field, auto& member, auto limits) {
      const auto name = field.name;
      if (name != key) return;
      known = true;
      if (!fromValue(value, member)) result = wrong(name, dumpJson(value), expectedFor(name, member, limits), file);
    });
    if (!known)
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The recipe has no field {field}"), {{"field", key}}, {file});
    INTARSIA_CHECK(result);
  }
  INTARSIA_CHECK(checkRanges(recipe, file));
  return recipe;
}

Expected<> Recipe::set(std::string_view assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string_view::npos)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{text} is not of the form key=value"), {{"text", std::string(assignment)}});
  const std::string key(trim(assignment.substr(0, equals)));
  const std::string_view text = assignment.substr(equals + 1);
  Recipe changed = *this;
  bool known = false;
  Expected<> result;
  std::vector<std::string> names;
  forEachField(changed, [&](const FieldText& field, auto& member, auto limits) {
    const auto name = field.name;
    names.emplace_back(name);
    if (name != key) return;
    known = true;
    if (!fromText(text, member) || !fits(name, member, limits))
      result = wrong(name, std::string(trim(text)), expectedFor(name, member, limits), {});
  });
  if (!known)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The recipe has no field {field}. Its fields: {fields}"),
                {{"field", key}, {"fields", fmt::format("{}", fmt::join(names, ", "))}});
  INTARSIA_CHECK(result);
  keepBudget(changed, key);
  *this = changed;
  return {};
}

std::string Recipe::get(std::string_view field) const {
  std::string text;
  forEachField(*this, [&](const FieldText& f, const auto& value, auto) {
    if (f.name != field) return;
    const Json json = toValue(value);
    text = json.is_string() ? json.template get<std::string>() : dumpJson(json, -1);
  });
  return text;
}

Expected<std::vector<RecipeStage>> Recipe::stageList() const {
  auto list = parseStages(stages);
  if (!list) return wrong("stages", stages, expectedFor("stages", stages, Choices{}), {});
  if (list->empty()) list->push_back({.frozen = true});
  return *list;
}

std::vector<double> Recipe::weightList() const { return parseWeights(classWeights).value_or(std::vector<double>()); }

std::vector<int> Recipe::decoderList() const { return parseDecoder(decoder).value_or(std::vector<int>()); }

Expected<> Recipe::check() const {
  INTARSIA_CHECK(checkRanges(*this, {}));
  const int budgets = (minutes > 0) + (epochs > 0) + (steps > 0);
  if (budgets != 1)
    return fail(ErrorCode::invalidInput,
                INTARSIA_TEXT("A recipe needs exactly one of minutes, epochs and steps; {count} are given"),
                {{"count", std::to_string(budgets)}});
  return {};
}

/// `*` stands for any characters.
static bool matches(std::string_view name, std::string_view pattern) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return name == pattern;
  if (!name.starts_with(pattern.substr(0, star))) return false;
  for (size_t at = star; at <= name.size(); ++at)
    if (matches(name.substr(at), pattern.substr(star + 1))) return true;
  return false;
}

bool matchesPatterns(std::string_view name, std::string_view list) {
  return std::ranges::any_of(parts(list, " ,;"), [&](std::string_view pattern) { return matches(name, pattern); });
}

}  // namespace intarsia
