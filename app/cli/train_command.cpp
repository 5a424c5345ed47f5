// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include "app/cli/engine.h"
#include "app/wiring/prepare_run.h"
#include "core/base/atomic_file.h"
#include "core/base/text.h"
#include "train/api/engine_client.h"
#include "train/api/recipe_fields.h"
#include "train/api/recipe_presets.h"
#include "train/api/run_folder.h"
#include "train/api/shard.h"

namespace intarsia::cli {
namespace {

constexpr double kDefaultMinutes = 10;

struct Options {
  std::vector<std::string> sources, settings;
  std::string run, recipe, device, seed;
  double minutes = 0, limit = 0;
  int epochs = 0;
  bool resume = false;
};

Expected<Recipe> makeRecipe(const Options& options) {
  Recipe recipe;
  if (!options.recipe.empty()) {
    if (const auto* preset = findPreset(options.recipe)) {
      recipe = preset->recipe;
    } else {
      INTARSIA_TRY(const auto text, readFile(options.recipe, size_t(1) << 20));
      INTARSIA_TRY(recipe, Recipe::fromJson(text, options.recipe));
    }
  }
  const auto budget = [&recipe](double minutes, int epochs) {
    recipe.minutes = minutes;
    recipe.epochs = epochs;
    recipe.steps = 0;
  };
  if (options.minutes > 0) budget(options.minutes, 0);
  if (options.epochs > 0) budget(0, options.epochs);
  for (const auto& setting : options.settings) {
    // A budget given here takes the place of any other.
    if (setting.starts_with("minutes=") || setting.starts_with("epochs=") || setting.starts_with("steps="))
      budget(0, 0);
    INTARSIA_CHECK(recipe.set(setting));
  }
  if (recipe.minutes <= 0 && recipe.epochs <= 0 && recipe.steps <= 0) budget(kDefaultMinutes, 0);
  if (!options.device.empty()) recipe.device = options.device;
  if (!options.seed.empty()) INTARSIA_CHECK(recipe.set("seed=" + options.seed));
  INTARSIA_CHECK(recipe.check());
  return recipe;
}

Expected<RunFolder> prepareShards(const Options& options, const Recipe& recipe) {
  std::vector<fs::path> shards;
  for (const auto& source : options.sources) shards.push_back(fs::absolute(source).lexically_normal());
  INTARSIA_TRY(const auto source, ShardSource::open(shards));
  const RunFolder run(fs::absolute(options.run).lexically_normal());
  INTARSIA_CHECK(run.create({recipe, source->classes(), {}, shards}));
  return run;
}

Expected<RunFolder> prepare(const Options& options, const Recipe& recipe, const Terminal& terminal) {
  if (areShards(options.sources)) return prepareShards(options, recipe);
  if (options.sources.size() > 1)
    return intarsia::fail(ErrorCode::invalidInput, INTARSIA_TEXT("One project at a time is trained"));
  const auto job = terminal.job();
  // Read only: a run has its own lock, so a window may have the project open meanwhile.
  INTARSIA_TRY(const auto project, Project::open(options.sources.front(), job, Project::Access::readOnly));
  std::vector<std::string> notes;
  INTARSIA_TRY(auto run, prepareRun(*project, options.run.empty() ? freeRunName(project->runsFolder()) : options.run,
                                    recipe, notes, job));
  for (const auto& note : notes) terminal.note(note);
  return run;
}

int run(const Options& options, const Terminal& terminal) {
  if (options.minutes > 0 && options.epochs > 0) {
    terminal.note("intarsia-cli: --minutes and --epochs exclude each other");
    return kUsage;
  }
  if (const auto engine = findEngine(); !engine) return terminal.fail(engine.error());
  const auto recipe = makeRecipe(options);
  if (!recipe) return terminal.fail(recipe.error()), kUsage;
  if (options.run.empty() && areShards(options.sources)) {
    terminal.note("intarsia-cli: --run says where the run of a shard is written");
    return kUsage;
  }
  if (options.resume) {
    if (!options.settings.empty() || !options.recipe.empty() || !options.seed.empty() || options.minutes > 0 || options.epochs > 0) {
      terminal.note("intarsia-cli: a run that is resumed keeps its settings; leave --recipe, --set, --seed, --minutes and --epochs out");
      return kUsage;
    }
    const auto folder = findRun(options.sources.front(), options.run);
    if (!folder) return terminal.fail(folder.error());
    std::vector<std::string> arguments{"train", folder->native(), "--resume"};
    if (!options.device.empty()) arguments.insert(arguments.end(), {"--device", options.device});
    return engineCommand(arguments, terminal);
  }
  const auto folder = prepare(options, *recipe, terminal);
  if (!folder) return terminal.fail(folder.error());
  terminal.note("Training " + folder->name() + " in " + displayPath(folder->path()));
  return engineCommand({"train", folder->path().native()}, terminal);
}

int findRate(const Options& options, const Terminal& terminal) {
  if (const auto engine = findEngine(); !engine) return terminal.fail(engine.error());
  const auto recipe = makeRecipe(options);
  if (!recipe) return terminal.fail(recipe.error()), kUsage;
  Options own = options;
  // A run folder that only lasts as long as the test.
  const std::string name = "find-lr-" + std::to_string(::getpid());
  own.run = areShards(options.sources) ? (fs::temp_directory_path() / name).string() : name;
  const auto folder = prepare(own, *recipe, terminal);
  if (!folder) return terminal.fail(folder.error());
  const int status = engineCommand({"find-lr", folder->path().native(), "--limit", std::to_string(options.limit)}, terminal);
  std::error_code ignored;
  fs::remove_all(folder->path(), ignored);
  return status;
}

}  // namespace

/// What says which recipe is meant.
static void addRecipeOptions(CLI::App& command, Options& options) {
  command.add_option("SOURCE", options.sources, "A project, or packed shards")->required();
  command.add_option("--recipe", options.recipe, "A preset (see `recipes`), or a file with settings (JSON)");
  command.add_option("--set", options.settings, "key=value, for example size=480x360 or network=unet");
  command.add_option("--device", options.device, "auto, cpu or cuda:0");
  command.add_option("--seed", options.seed, "Same seed, same numbers");
}

void addFindRate(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command = commands.add("find-lr", "Tests which learning rate suits a recipe: a curve and fastai's suggestions",
                               [options, &terminal = commands.terminal] { return findRate(*options, terminal); });
  addRecipeOptions(command, *options);
  command.add_option("--limit", options->limit, "About so many seconds: longer steps, smaller batches where needed (the window takes 60)")
      ->check(CLI::NonNegativeNumber);
}

void addRecipes(Commands& commands) {
  auto& terminal = commands.terminal;
  commands.add("recipes", "Lists the presets, and every field that --set takes", [&terminal] {
    Json presets = Json::array(), fields = Json::array();
    for (const auto& preset : recipePresets()) {
      terminal.say(preset.id + ": " + preset.title + ". " + preset.about);
      presets.push_back({{"id", preset.id}, {"title", preset.title}, {"about", preset.about}, {"recipe", Json::parse(preset.recipe.toJson())}});
    }
    for (const auto& field : recipeFields()) {
      const std::string name(field.name), value = Recipe().get(field.name);
      terminal.say("  " + name + "=" + value + "  " + std::string(field.tip));
      fields.push_back({{"name", name}, {"group", field.group}, {"title", field.title}, {"tip", field.tip}, {"default", value}});
    }
    if (terminal.json) terminal.print({{"presets", presets}, {"fields", fields}});
    return kDone;
  });
}

void addTrain(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command = commands.add("train", "Trains a network on the labels as they are now",
                               [options, &terminal = commands.terminal] { return run(*options, terminal); });
  addRecipeOptions(command, *options);
  command.add_option("--run", options->run, "Name of the run; with shards its folder");
  command.add_option("--minutes", options->minutes, "Train this long; the schedule is fitted to it")
      ->check(CLI::PositiveNumber);
  command.add_option("--epochs", options->epochs, "Train this many epochs")->check(CLI::PositiveNumber);
  command.add_flag("--resume", options->resume, "Go on with a run that was cut short; its settings stay, --device may be another");
}

}  // namespace intarsia::cli
