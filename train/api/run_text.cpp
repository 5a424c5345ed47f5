// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/run_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/atomic_file.h"
#include "core/base/text.h"
#include "train/api/recipe_fields.h"

namespace intarsia {
namespace {

constexpr size_t kLogLines = 200;

std::string line(std::string_view name, const std::string& value) {
  return value.empty() ? std::string() : fmt::format("{:<18} {}\n", name, value);
}

std::string percent(const std::optional<double>& share) { return share ? fmt::format("{:.1f} %", 100 * *share) : "–"; }

std::string state(const RunFolder& run) {
  const auto status = run.status();
  if (!status) return line("state", status.error().message());
  std::string text = line("state", run.inUse() || status->phase == "stopped" || status->phase == "finished" || status->phase == "failed"
                                       ? status->phase
                                       : "interrupted while " + status->phase);
  text += line("because", status->message);
  text += line("steps", fmt::format("{} of {}, {:.0f} s", status->step, status->steps, status->seconds));
  const auto metrics = run.metrics();
  if (!metrics) return text + line("epochs", metrics.error().message());
  const auto best = std::ranges::find_if(metrics->rbegin(), metrics->rend(), &EpochMetrics::best);
  if (best != metrics->rend())
    text += line("best epoch", fmt::format("{} of {}: pixel accuracy {}, mIoU {}, loss {:.3f}", best->epoch, metrics->size(),
                                           percent(best->pixelAccuracy), percent(best->meanIoU), best->trainLoss));
  return text;
}

std::string engine(const RunFolder& run) {
  const RunFolder::EngineInfo info = run.engineInfo();
  std::string text;
  if (info.created > 0) text += line("begun", fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(time_t(info.created))));
  text += line("program", info.program) + line("LibTorch", info.torch) + line("device", info.device);
  if (info.threads > 0) text += line("threads", std::to_string(info.threads));
  return text;
}

std::string settings(const RunFolder& run) {
  const auto snapshot = run.snapshot();
  if (!snapshot) return snapshot.error().message() + "\n";
  std::array<size_t, 3> counts{};
  for (const auto& sample : snapshot->samples)
    if (sample.split == Split::train || sample.split == Split::val || sample.split == Split::test)
      ++counts[sample.split == Split::train ? 0 : sample.split == Split::val ? 1 : 2];
  std::string text = line("images", snapshot->shards.empty()
                                        ? fmt::format("{} to train on, {} to validate, {} to test", counts[0], counts[1], counts[2])
                                        : fmt::format("{} shards", snapshot->shards.size()));
  text += line("classes", std::to_string(snapshot->classes.size()));
  const Recipe plain;
  for (const RecipeField& field : recipeFields()) {
    const std::string value = snapshot->recipe.get(field.name);
    if (field.name == "network" || field.name == "seed" || value != plain.get(field.name))
      text += line(field.name, value.empty() ? "(empty)" : value);
  }
  return text;
}

std::string log(const RunFolder& run) {
  const auto text = readFile(run.logPath());
  if (!text) return text.error().message() + "\n";
  size_t from = text->size();
  for (size_t ends = 0; from > 0; --from)
    if ((*text)[from - 1] == '\n' && ++ends > kLogLines) break;
  return (from > 0 ? "…\n" : "") + text->substr(from);
}

}  // namespace

std::string runText(const RunFolder& run) {
  return line("run", run.name()) + line("folder", displayPath(run.path())) + state(run) + engine(run) +
         "\nSettings (what is not listed is the default)\n" + settings(run) + "\nLog\n" + log(run);
}

}  // namespace intarsia
