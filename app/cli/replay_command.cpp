// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/engine.h"
#include "app/wiring/label_maps.h"
#include "core/base/atomic_file.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "train/api/run_folder.h"
#include "train/api/safetensors.h"

namespace intarsia::cli {
namespace {

struct Options {
  std::string source, run, as, device;
};

fs::path freeFolder(const fs::path& run) {
  std::error_code error;
  for (int i = 1;; ++i)
    if (fs::path folder = run.native() + "-replay" + (i > 1 ? "-" + std::to_string(i) : ""); !fs::exists(folder, error)) return folder;
}

/// What it was trained on, "cpu" or "cuda:0"; empty when unknown.
std::string deviceOf(const RunFolder& run) {
  const auto text = readFile(run.path() / "run.json", size_t(64) << 20);
  const auto json = parseJson(text.value_or(""));
  if (!json || !json->contains("engine") || !(*json)["engine"].is_object()) return {};
  const auto device = (*json)["engine"].find("device");
  return device != (*json)["engine"].end() && device->is_string() ? device->get<std::string>() : std::string();
}

/// The same run once more, as it can be repeated: with a fixed number of steps, measured after each epoch.
Expected<RunFolder> copyRun(const RunFolder& run, const fs::path& as, const std::string& device, std::vector<std::string>& limits) {
  INTARSIA_TRY(auto snapshot, run.snapshot());
  Recipe& recipe = snapshot.recipe;
  if (recipe.minutes > 0) {
    INTARSIA_TRY(const auto status, run.status());
    if (status.step < 1)
      return intarsia::fail(ErrorCode::invalidInput, INTARSIA_TEXT("The run {name} has not trained a step"), {{"name", run.name()}});
    recipe.minutes = 0;
    recipe.steps = status.step;
    limits.push_back("its budget was minutes, so its learning rate followed the clock: the replay does the same number of steps");
  }
  if (!recipe.deterministic) limits.push_back("it was not deterministic");
  recipe.deterministic = true;
  const std::string before = deviceOf(run);
  if (!before.empty()) recipe.device = before;  // "auto" may be another one today
  if (!device.empty()) recipe.device = device;
  if (!before.empty() && recipe.device != before) limits.push_back("it was trained on " + before);
  else if (before.starts_with("cuda")) limits.push_back("a graphics card adds up in another order each time");
  const RunFolder copy(as);
  INTARSIA_CHECK(copy.create(snapshot));
  return copy;
}

/// Sentences about what differs; times are not compared.
Expected<std::vector<std::string>> differences(const RunFolder& a, const RunFolder& b) {
  std::vector<std::string> out;
  INTARSIA_TRY(const auto first, a.metrics());
  INTARSIA_TRY(const auto second, b.metrics());
  if (first.size() != second.size()) out.push_back("there are " + std::to_string(first.size()) + " and " + std::to_string(second.size()) + " lines of metrics");
  for (size_t i = 0; i < std::min(first.size(), second.size()); ++i)
    if (first[i].trainLoss != second[i].trainLoss || first[i].meanIoU != second[i].meanIoU || first[i].classIoU != second[i].classIoU) {
      out.push_back("the metrics differ from step " + std::to_string(first[i].step) + " on");
      break;
    }
  for (const auto& [mine, theirs] : {std::pair(a.bestPath(), b.bestPath()), std::pair(a.lastPath(), b.lastPath())}) {
    INTARSIA_TRY(const auto x, readTensorSet(mine));
    INTARSIA_TRY(const auto y, readTensorSet(theirs));
    int different = x.tensors.size() != y.tensors.size();
    for (const auto& tensor : x.tensors) {
      const auto* other = y.find(tensor.name);
      different += !other || other->shape != tensor.shape || other->bytes != tensor.bytes;
    }
    if (different) out.push_back(mine.filename().string() + ": " + std::to_string(different) + " tensors differ");
  }
  return out;
}

int run(const Options& options, const Terminal& terminal) {
  const auto path = findRun(options.source, options.run);
  if (!path) return terminal.fail(path.error());
  const RunFolder original(*path);
  const auto changed = changedSince(original, terminal.job());
  if (!changed) return terminal.fail(changed.error());
  if (!changed->empty()) {
    for (const auto& line : *changed) terminal.note(line);
    if (terminal.json) terminal.print({{"run", displayPath(*path)}, {"changed", *changed}});
    return terminal.fail({ErrorCode::invalidInput, INTARSIA_TEXT("The run cannot be replayed: {n} of its files have changed or are missing"),
                          {{"n", std::to_string(changed->size())}}, {}});
  }
  std::vector<std::string> limits;
  const auto copy = copyRun(original, options.as.empty() ? freeFolder(*path) : path->parent_path() / options.as, options.device, limits);
  if (!copy) return terminal.fail(copy.error());
  for (const auto& limit : limits) terminal.note("Bit for bit cannot be promised: " + limit);
  const std::string threads = std::to_string(original.engineInfo().threads);
  const auto trained = runEngine({"train", copy->path().native(), "--threads", threads}, terminal, true);
  if (!trained) return terminal.fail(trained.error());
  if (trained->status != 0) return kFailed;
  const auto found = differences(original, *copy);
  if (!found) return terminal.fail(found.error());
  for (const auto& line : *found) terminal.say(line);
  terminal.say(found->empty() ? "The replay is the same, bit for bit: " + copy->name() : "The replay differs: " + copy->name());
  if (terminal.json) terminal.print({{"run", displayPath(*path)}, {"replay", displayPath(copy->path())}, {"identical", found->empty()}, {"differences", *found}, {"limits", limits}});
  return found->empty() || !limits.empty() ? kDone : kFailed;
}

}  // namespace

void addReplay(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command = commands.add("replay", "Trains a run once more on the same images and labels, and compares bit for bit",
                               [options, &terminal = commands.terminal] { return run(*options, terminal); });
  command.add_option("SOURCE", options->source, "A project, or a run's folder")->required();
  command.add_option("--run", options->run, "Name of the run (default: the newest that was trained)");
  command.add_option("--as", options->as, "Name of the new run");
  command.add_option("--device", options->device, "cpu or cuda:0 (default: what the run was trained on)");
}

}  // namespace intarsia::cli
