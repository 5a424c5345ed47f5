// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine/commands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <ranges>

#include "app/engine/codecs.h"
#include "app/engine/stop_signal.h"
#include "core/base/append_file.h"
#include "core/base/atomic_file.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "train/api/shard.h"
#include "train/engine/machine.h"
#include "train/io/export_model.h"
#include "train/io/load_weights.h"
#include "train/loop/evaluate.h"

namespace intarsia {

void print(const nlohmann::ordered_json& json) { fmt::print("{}\n", dumpJson(json, 2)); }

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

bool isRun(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path / "run.json", ignored);
}

Json optionalNumber(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

/// Best and last are kept.
std::function<void()> stopping(TrainerControl& control) {
  return [&control] {
    fmt::print(stderr, "Stopping; best and last are kept.\n");
    control.stop = true;
  };
}

std::string epochLine(const EpochMetrics& m) {
  std::string line = fmt::format("epoch {:3}  {:6.1f} s  loss {:.4f}", m.epoch, m.seconds, m.trainLoss);
  if (m.valLoss) line += fmt::format("  val {:.4f}", *m.valLoss);
  if (m.pixelAccuracy) line += fmt::format("  accuracy {:.2f} %", *m.pixelAccuracy * 100);
  if (m.meanIoU) line += fmt::format("  mIoU {:.2f} %", *m.meanIoU * 100);
  return line + fmt::format("  {:.1f} images/s{}", m.imagesPerSecond, m.best ? "  *" : "");
}

/// The run to train: as given, or made from shards.
Expected<RunFolder> prepareRunFolder(const TrainArguments& a) {
  if (a.inputs.size() == 1 && isRun(a.inputs[0])) {
    if (!a.set.empty() || !a.recipe.empty())
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The recipe of a prepared run is fixed; leave --set, --recipe, --minutes, --epochs, --steps and --seed out"));
    return RunFolder(a.inputs[0]);
  }
  if (a.run.empty()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Give a run folder, or shards and --run DIR"));
  RunFolder run(a.run);
  if (a.resume && isRun(a.run)) return run;
  RunFolder::Snapshot snapshot;
  if (!a.recipe.empty()) {
    INTARSIA_TRY(const std::string text, readFile(a.recipe, size_t(1) << 20));
    INTARSIA_TRY(snapshot.recipe, Recipe::fromJson(text, displayPath(a.recipe)));
  }
  for (const auto& assignment : a.set) INTARSIA_CHECK(snapshot.recipe.set(assignment));
  if (!a.device.empty()) snapshot.recipe.device = a.device;
  INTARSIA_CHECK(snapshot.recipe.check());
  for (const auto& shard : a.inputs) snapshot.shards.push_back(fs::absolute(shard));
  INTARSIA_TRY(const auto source, ShardSource::open(snapshot.shards));
  snapshot.classes = source->classes();
  INTARSIA_CHECK(run.create(snapshot));
  return run;
}

Expected<std::shared_ptr<const SampleSource>> openInputs(const EvaluateArguments& a, fs::path& model) {
  const EngineHooks hooks = engineHooks();
  if (a.inputs.size() == 1 && isRun(a.inputs[0])) {
    model = a.inputs[0];
    const RunFolder run(model);
    INTARSIA_TRY(const RunFolder::Snapshot snapshot, run.snapshot());
    return hooks.open(run, snapshot);
  }
  if (a.run.empty()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Give a run folder, or shards and --run DIR"));
  model = a.run;
  return ShardSource::open(a.inputs);
}

Json evaluationJson(const Evaluation& e, Split split) {
  const Scores& scores = e.scores;
  const ConfusionMatrix& m = scores.confusion();
  Json json{{"split", splitName(split)}, {"images", e.images}, {"loss", e.loss}, {"pixels", m.total()}, {"ignoredPixels", scores.ignoredPixels()},
            {"pixelAccuracy", m.pixelAccuracy()}, {"pixelAccuracyWithIgnored", scores.pixelAccuracyWithIgnored()}, {"meanIoU", m.meanIoU()},
            {"meanDice", m.meanDice()}, {"meanRecall", scores.meanRecall()}, {"frequencyWeightedIoU", scores.frequencyWeightedIoU()},
            {"meanBoundaryF1", scores.meanBoundaryF1()},
            {"tutorials", {{"fastaiBatchMeanAccuracy", scores.batchMeanAccuracy()}, {"thresholdedIoU", scores.meanThresholdedIoU()},
                           {"kerasMeanIoU", scores.meanIoUAbsentIsZero()}}}};
  const ClassTable& classes = scores.classes();
  const auto perClass = [&](auto value) {
    Json list = Json::array();
    for (int c = 0; c < classes.size(); ++c) list.push_back(classes[c].ignore ? Json() : optionalNumber(value(c)));
    return list;
  };
  json["classes"] = Json::array();
  for (const auto& c : classes) json["classes"].push_back(c.name);
  json["classIoU"] = perClass([&](int c) { return m.iou(c); });
  json["classDice"] = perClass([&](int c) { return m.dice(c); });
  json["classPrecision"] = perClass([&](int c) { return m.precision(c); });
  json["classRecall"] = perClass([&](int c) { return m.recall(c); });
  json["classBoundaryF1"] = perClass([&](int c) { return scores.boundaryF1(c); });
  json["classThresholdedIoU"] = perClass([&](int c) { return scores.thresholdedIoU(c); });
  json["confusion"] = Json::array();
  for (int c = 0; c < classes.size(); ++c) {
    Json row = Json::array();
    for (int p = 0; p < classes.size(); ++p) row.push_back(m.at(c, p));
    json["confusion"].push_back(std::move(row));
  }
  json["imageScores"] = Json::array();
  for (const auto& image : scores.images())
    json["imageScores"].push_back({{"key", image.name}, {"score", image.pixels ? Json(image.meanIoU) : Json()}, {"pixelAccuracy", image.pixels ? Json(image.pixelAccuracy()) : Json()}});
  return json;
}

void printTable(const Evaluation& e, Split split) {
  const Scores& scores = e.scores;
  const ConfusionMatrix& m = scores.confusion();
  const ClassTable& classes = scores.classes();
  fmt::print("{} images ({}): pixel accuracy {:.2f} %, mIoU {:.2f} %\n", e.images, splitName(split), m.pixelAccuracy() * 100, m.meanIoU() * 100);
  fmt::print("mean Dice {:.2f} %, mean recall {:.2f} %, mean boundary F1 {:.2f} %, accuracy with ignored pixels {:.2f} %\n", m.meanDice() * 100,
             scores.meanRecall() * 100, scores.meanBoundaryF1() * 100, scores.pixelAccuracyWithIgnored() * 100);
  fmt::print("as in tutorials: batch-mean accuracy (fastai, 8) {:.2f} %, thresholded IoU 0.5…0.95 {:.2f} %, mean IoU with absent = 0 (Keras) {:.2f} %\n",
             scores.batchMeanAccuracy() * 100, scores.meanThresholdedIoU() * 100, scores.meanIoUAbsentIsZero() * 100);
  fmt::print("{:>8}{:>9}{:>11}{:>9}{:>13}  class\n", "IoU", "Dice", "precision", "recall", "boundary F1");
  const auto cell = [](const std::optional<double>& value, int width) { return value ? fmt::format("{:>{}.2f}", *value * 100, width) : fmt::format("{:>{}}", "-", width); };
  for (int c = 0; c < classes.size(); ++c)
    if (!classes[c].ignore && m.iou(c))
      fmt::print("{}{}{}{}{}  {}\n", cell(m.iou(c), 8), cell(m.dice(c), 9), cell(m.precision(c), 11), cell(m.recall(c), 9), cell(scores.boundaryF1(c), 13), classes[c].name);
}

}  // namespace

Expected<> trainCommand(const TrainArguments& a) {
  INTARSIA_TRY(const RunFolder run, prepareRunFolder(a));
  TrainerControl control;
  StopOnSignal stop(stopping(control));
  if (const auto warning = blasWarning()) fmt::print(stderr, "{}\n", *warning);
  INTARSIA_TRY(AppendFile log, AppendFile::open(run.logPath()));
  const auto say = [&](const std::string& text) {  // details for the log alone
    fmt::print(stderr, "{}\n", text.substr(0, text.find('\n')));
    for (const auto line : std::views::split(text, '\n')) (void)log.line({line.begin(), line.end()});
  };
  const SessionEvents events{.metrics = [&](const EpochMetrics& m) { say(epochLine(m)); }, .notice = say};
  const EngineHooks hooks = engineHooks();
  INTARSIA_TRY(const TrainerResult result, runSession({run, a.resume, nullptr, a.dump, a.threads, a.device}, hooks, control, events));
  if (a.json)
    print({{"run", displayPath(run.path())}, {"stopped", result.stopped}, {"epochs", result.epochs}, {"steps", result.steps},
           {"trainingSeconds", result.trainingSeconds}, {"bestMeanIoU", optionalNumber(result.bestMeanIoU)}});
  return {};
}

Expected<> findRateCommand(const fs::path& path, double limit, bool json) {
  TrainerControl control;
  StopOnSignal stop(stopping(control));
  std::chrono::steady_clock::time_point said;
  const auto progress = [&](const RunProgress& p) {
    const auto now = std::chrono::steady_clock::now();
    if (now - said < std::chrono::milliseconds(500)) return;
    said = now;
    fmt::print(stderr, "{} of {}{}\n", p.step, p.steps, p.secondsLeft >= 1 ? fmt::format(", {:.0f} s left", p.secondsLeft) : "");
  };
  const SessionEvents events{.progress = progress, .notice = [](const std::string& text) { fmt::print(stderr, "{}\n", text); }};
  const EngineHooks hooks = engineHooks();
  INTARSIA_TRY(const RateCurve curve, rateSession(RunFolder(path), limit, hooks, control, events));
  const auto found = curve.suggestions();
  if (json) {
    fmt::print("{}", curve.toJson());
    return {};
  }
  fmt::print("{:>12}{:>12}\n", "rate", "loss");
  for (size_t i = 0; i < curve.rates.size(); ++i) fmt::print("{:>12.3g}{:>12.4f}\n", curve.rates[i], curve.losses[i]);
  if (!found) return fail(ErrorCode::failed, INTARSIA_TEXT("The curve is too short for a suggestion"));
  fmt::print("valley {:.3g} (the one to take), slide {:.3g}, minimum/10 {:.3g}, steep {:.3g}\n", found->valley, found->slide, found->minimum, found->steep);
  return {};
}

Expected<> evaluateCommand(const EvaluateArguments& a) {
  fs::path modelPath;
  INTARSIA_TRY(const auto source, openInputs(a, modelPath));
  INTARSIA_TRY(const auto model, loadModel(modelPath, a.device));
  INTARSIA_TRY(const Evaluation result, evaluate(*model, *source, a.split));
  const Json json = evaluationJson(result, a.split);
  if (a.inputs.size() == 1 && isRun(a.inputs[0]))  // the run's own pictures: where the window looks them up
    INTARSIA_CHECK(writeFileAtomically(RunFolder(a.inputs[0]).evaluationPath(a.split), dumpJson(json, 1) + "\n"));
  if (a.json) print(json);
  else printTable(result, a.split);
  return {};
}

Expected<> weightsCommand(const fs::path& path, const NetworkArguments& network, bool json) {
  INTARSIA_TRY(const WeightFile file, WeightFile::open(path));
  const WeightList& list = file.list();
  Json document{{"file", file.path()}, {"format", list.format}, {"part", list.part}};
  if (network.network.empty()) {
    document["tensors"] = Json::array();
    for (const auto& t : list.tensors) {
      document["tensors"].push_back({{"name", t.name}, {"type", typeName(t.type)}, {"shape", t.shape}});
      if (!json) fmt::print("{:5} {:20} {}\n", typeName(t.type), fmt::format("{}", fmt::join(t.shape, "×")), t.name);
    }
    document["leftOut"] = list.leftOut;
    for (const auto& name : list.leftOut)
      if (!json) fmt::print("{:26} {}\n", "of a type networks lack", name);
  } else {
    NetworkOptions options = network.options;
    options.drawn = false;
    INTARSIA_TRY(const auto made, makeNetwork(network.network, options));
    INTARSIA_TRY(const WeightReport report, loadWeights(*made, file));
    document.update(Json{{"network", network.network}, {"loaded", report.loaded}, {"missing", report.missing}, {"mismatched", report.mismatched}, {"notUsed", report.surplus}});
    if (!json) fmt::print("{}\n", report.text());
  }
  if (json) print(document);
  return {};
}

Expected<> exportCommand(const fs::path& model, const fs::path& out, const std::string& format) {
  INTARSIA_CHECK(exportModel(model, out, format == "pth" ? ExportFormat::pth : ExportFormat::all));
  fmt::print(stderr, "{}\n", displayPath(out));
  return {};
}

}  // namespace intarsia
