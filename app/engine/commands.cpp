// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine/commands.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "app/engine/codecs.h"
#include "core/base/append_file.h"
#include "core/base/atomic_file.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "train/api/shard.h"
#include "train/engine/machine.h"
#include "train/io/export_model.h"
#include "train/loop/evaluate.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void print(const Json& json) { fmt::print("{}\n", dumpJson(json, 2)); }

bool isRun(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path / "run.json", ignored);
}

Json optionalNumber(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

/// Turns SIGINT, SIGTERM and SIGHUP, which main has blocked, into a stop; the second one ends at once.
class StopOnSignal {
 public:
  explicit StopOnSignal(TrainerControl& control) {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
    std::thread([set, &control] {
      for (int count = 0, number = 0; ::sigwait(&set, &number) == 0; ++count) {
        if (count > 0) ::_exit(128 + number);
        fmt::print(stderr, "Stopping; best and last are kept.\n");
        control.stop = true;
      }
    }).detach();  // for the life of the process
  }
};

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
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The recipe of a prepared run is fixed; leave --set, --recipe, --minutes and --epochs out"));
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

Json evaluationJson(const Evaluation& e, const ClassTable& classes, Split split) {
  Json json{{"split", splitName(split)}, {"images", e.images}, {"loss", e.loss}, {"pixelAccuracy", e.confusion.pixelAccuracy()},
            {"meanIoU", e.confusion.meanIoU()}, {"classes", Json::array()}, {"classIoU", Json::array()}, {"confusion", Json::array()}};
  for (int c = 0; c < classes.size(); ++c) {
    json["classes"].push_back(classes[c].name);
    json["classIoU"].push_back(classes[c].ignore ? Json() : optionalNumber(e.confusion.iou(c)));
    Json row = Json::array();
    for (int p = 0; p < classes.size(); ++p) row.push_back(e.confusion.at(c, p));
    json["confusion"].push_back(std::move(row));
  }
  return json;
}

/// Where each image's answer goes: its own name, made unique by its folder's names where two images share it.
std::vector<fs::path> outputNames(const std::vector<fs::path>& images) {
  std::vector<fs::path> names;
  std::set<fs::path> used;
  for (const fs::path& image : images) {
    fs::path name = image.stem(), parent = fs::absolute(image).parent_path();
    while (!used.insert(name).second) {
      name = parent.filename().native() + "_" + name.native();
      if (parent == parent.parent_path()) name += "_";
      parent = parent.parent_path();
    }
    names.push_back(name += ".png");
  }
  return names;
}

}  // namespace

Expected<> trainCommand(const TrainArguments& a) {
  INTARSIA_TRY(const RunFolder run, prepareRunFolder(a));
  TrainerControl control;
  StopOnSignal stop(control);
  if (const auto warning = blasWarning()) fmt::print(stderr, "{}\n", *warning);
  INTARSIA_TRY(AppendFile log, AppendFile::open(run.logPath()));
  const auto say = [&](const std::string& line) {
    fmt::print(stderr, "{}\n", line);
    (void)log.line(line);
  };
  const SessionEvents events{.metrics = [&](const EpochMetrics& m) { say(epochLine(m)); }, .notice = say};
  const EngineHooks hooks = engineHooks();
  INTARSIA_TRY(const TrainerResult result, runSession({run, a.resume}, hooks, control, events));
  if (a.json)
    print({{"run", displayPath(run.path())}, {"stopped", result.stopped}, {"epochs", result.epochs}, {"steps", result.steps},
           {"trainingSeconds", result.trainingSeconds}, {"bestMeanIoU", optionalNumber(result.bestMeanIoU)}});
  return {};
}

Expected<> evaluateCommand(const EvaluateArguments& a) {
  fs::path modelPath;
  INTARSIA_TRY(const auto source, openInputs(a, modelPath));
  INTARSIA_TRY(const auto model, loadModel(modelPath, a.device));
  INTARSIA_TRY(const Evaluation result, evaluate(*model, *source, a.split));
  const ClassTable& classes = source->classes();
  if (a.json) {
    print(evaluationJson(result, classes, a.split));
    return {};
  }
  fmt::print("{} images ({}): pixel accuracy {:.2f} %, mIoU {:.2f} %\n", result.images, splitName(a.split),
             result.confusion.pixelAccuracy() * 100, result.confusion.meanIoU() * 100);
  for (int c = 0; c < classes.size(); ++c)
    if (const auto iou = result.confusion.iou(c); iou && !classes[c].ignore) fmt::print("{:6.2f} %  {}\n", *iou * 100, classes[c].name);
  return {};
}

Expected<> predictCommand(const PredictArguments& a) {
  INTARSIA_TRY(const auto model, loadModel(a.model, a.device));
  const EngineHooks hooks = engineHooks();
  std::error_code error;
  fs::create_directories(a.out, error);
  if (error) return failErrno(error.value(), INTARSIA_TEXT("Cannot create {file}: {reason}"), displayPath(a.out));
  const auto names = outputNames(a.images);
  Json list = Json::array(), failed = Json::array();
  for (size_t i = 0; i < a.images.size(); ++i) {
    const auto one = [&]() -> Expected<> {
      INTARSIA_TRY(const Image image, hooks.readImage(a.images[i].string()));
      INTARSIA_TRY(const LabelMap labels, predictLabels(*model, image));
      return writeLabels(a.out / names[i], labels, model->info().classes);
    }();
    if (one) {
      list.push_back({{"image", displayPath(a.images[i])}, {"mask", displayPath(a.out / names[i])}});
      fmt::print(stderr, "{} of {}: {}\n", i + 1, a.images.size(), displayPath(a.out / names[i]));
    } else {
      failed.push_back({{"path", displayPath(a.images[i])}, {"reason", one.error().message()}});
      fmt::print(stderr, "{}\n", one.error().message());
    }
  }
  if (a.json) print({{"predicted", list}, {"skipped", failed}});
  if (!failed.empty())
    return fail(ErrorCode::failed, INTARSIA_TEXT("{count} of {total} images were not predicted"),
                {{"count", std::to_string(failed.size())}, {"total", std::to_string(a.images.size())}});
  return {};
}

Expected<> exportCommand(const fs::path& model, const fs::path& out) {
  INTARSIA_CHECK(exportModel(model, out));
  fmt::print(stderr, "{}\n", displayPath(out));
  return {};
}

}  // namespace intarsia
