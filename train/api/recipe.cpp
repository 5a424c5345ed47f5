// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/json.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

using Json = nlohmann::ordered_json;

struct Range {
  double low = 0, high = 0;
};
using Choices = std::initializer_list<std::string_view>;

/// Every field once: name, member, what it may hold. JSON, `set` and `check` follow from this list.
template <class R, class F>
void forEachField(R& r, F&& f) {
  f("network", r.network, Choices{});
  f("baseWidth", r.baseWidth, Range{4, 512});
  f("depth", r.depth, Range{1, 7});
  f("size", r.size, Range{0, 16384});
  f("minutes", r.minutes, Range{0, 100'000});
  f("epochs", r.epochs, Range{0, 1'000'000});
  f("steps", r.steps, Range{0, 1e9});
  f("batch", r.batch, Range{1, 4096});
  f("optimizer", r.optimizer, Choices{"adamw", "sgd"});
  f("learningRate", r.learningRate, Range{1e-8, 10});
  f("weightDecay", r.weightDecay, Range{0, 1});
  f("schedule", r.schedule, Choices{"one-cycle", "poly", "constant"});
  f("warmup", r.warmup, Range{0, 0.9});
  f("gradientClip", r.gradientClip, Range{0, 1e6});
  f("ema", r.ema, Range{0, 0.99999});
  f("loss", r.loss, Choices{"ce", "ce+lovasz"});
  f("lovaszWeight", r.lovaszWeight, Range{0, 100});
  f("labelSmoothing", r.labelSmoothing, Range{0, 0.5});
  f("flip", r.flip, Choices{});
  f("scaleMin", r.scaleMin, Range{0.1, 10});
  f("scaleMax", r.scaleMax, Range{0.1, 10});
  f("rotate", r.rotate, Range{0, 180});
  f("contrast", r.contrast, Range{0, 0.95});
  f("brightness", r.brightness, Range{0, 255});
  f("saturation", r.saturation, Range{0, 1});
  f("seed", r.seed, Range{0, 18446744073709551616.0});
  f("device", r.device, Choices{});
  f("precision", r.precision, Choices{"auto", "fp32", "bf16"});
  f("deterministic", r.deterministic, Choices{});
  f("evaluateEvery", r.evaluateEvery, Range{1, 1'000'000});
}

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
    if (choices.size() == 0) return isId(value);
    return std::find(choices.begin(), choices.end(), value) != choices.end();
  }
  return true;
}

Expected<> checkRanges(const Recipe& recipe, const std::string& file) {
  Expected<> result;
  forEachField(recipe, [&](std::string_view name, const auto& value, auto limits) {
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
  forEachField(*this, [&](std::string_view name, const auto& value, auto) { json[std::string(name)] = toValue(value); });
  return dumpJson(json, 2) + "\n";
}

Expected<Recipe> Recipe::fromJson(std::string_view text, const std::string& file) {
  const std::string shown = file.empty() ? "the recipe" : file;
  INTARSIA_TRY(const auto json, parseOrderedJson(text, shown));
  if (!json.is_object())
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is not a recipe: a JSON object is expected"), {{"file", shown}});
  Recipe recipe;
  for (const auto& [key, value] : json.items()) {
    bool known = false;
    Expected<> result;
    forEachField(recipe, [&](std::string_view name, auto& member, auto limits) {
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
  forEachField(changed, [&](std::string_view name, auto& member, auto limits) {
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

Expected<> Recipe::check() const {
  INTARSIA_CHECK(checkRanges(*this, {}));
  const int budgets = (minutes > 0) + (epochs > 0) + (steps > 0);
  if (budgets != 1)
    return fail(ErrorCode::invalidInput,
                INTARSIA_TEXT("A recipe needs exactly one of minutes, epochs and steps; {count} are given"),
                {{"count", std::to_string(budgets)}});
  return {};
}

}  // namespace intarsia
