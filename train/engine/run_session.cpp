// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/engine/run_session.h"

#include <unistd.h>

#include <chrono>
#include <exception>

#include "core/base/file_lock.h"
#include "core/base/text.h"
#include "train/api/safetensors.h"
#include "train/loop/device.h"

namespace intarsia {
namespace {

using Clock = std::chrono::steady_clock;

/// Turns the trainer's callbacks into the run's files. Training thread only.
class RunFiles {
 public:
  RunFiles(const RunFolder& run, const SessionEvents& events) : m_run(run), m_events(events) { m_status.pid = ::getpid(); }

  TrainerEvents callbacks() {
    TrainerEvents e;
    e.progress = [this](const TrainerProgress& p) { progress(p); };
    e.epoch = [this](const EpochMetrics& line) {
      note(m_run.appendMetrics(line));
      if (m_events.metrics) m_events.metrics(line);
    };
    e.saveBest = [this](const TensorSet& set) { return writeTensorSet(m_run.bestPath(), set); };
    e.saveLast = [this](const TensorSet& set) { return writeTensorSet(m_run.lastPath(), set); };
    e.described = [this](const ModelInfo& info) { note(info.write(m_run.modelInfoPath())); };
    e.weights = m_events.weights;
    e.notice = [this](const std::string& text) { notice(text); };
    return e;
  }

  void notice(const std::string& text) {
    if (m_events.notice) m_events.notice(text);
  }

  /// The last word in status.json.
  void finish(const Expected<TrainerResult>& result) {
    m_status.phase = !result ? "failed" : result->stopped ? "stopped" : "finished";
    m_status.message = result ? "" : result.error().message();
    m_status.secondsLeft = 0;
    m_status.pid = 0;
    note(m_run.writeStatus(m_status));
  }

 private:
  void progress(const TrainerProgress& p) {
    const std::string phase(phaseName(p.phase));
    const bool changed = phase != m_status.phase;
    m_status = {phase, "", p.epoch, p.epochs, p.step, p.steps, p.seconds, p.secondsLeft, p.imagesPerSecond, m_status.pid};
    if (const auto now = Clock::now(); changed || now - m_written > std::chrono::seconds(1)) {
      m_written = now;
      note(m_run.writeStatus(m_status));
    }
    if (m_events.progress)
      m_events.progress({phase, p.epoch, p.epochs, p.step, p.steps, p.imagesPerSecond, p.secondsLeft, p.trainLoss});
  }

  /// A file that cannot be written is told once; training goes on.
  void note(const Expected<>& written) {
    if (written || m_told) return;
    m_told = true;
    notice(written.error().message());
  }

  const RunFolder& m_run;
  const SessionEvents& m_events;
  RunStatus m_status;
  Clock::time_point m_written;
  bool m_told = false;
};

/// Drops the lines that were written after the checkpoint from which training goes on: their epochs will be trained again.
Expected<> trimMetrics(const RunFolder& run, const TensorSet& last) {
  const auto at = last.metadata.find("step");
  const auto step = at == last.metadata.end() ? std::nullopt : parseInt(at->second);
  INTARSIA_TRY(const auto lines, run.metrics());
  if (!step || lines.empty() || lines.back().step <= *step) return {};
  std::vector<EpochMetrics> kept;
  for (const auto& line : lines)
    if (line.step <= *step) kept.push_back(line);
  return run.replaceMetrics(kept);
}

Expected<std::optional<TensorSet>> checkpointFor(const SessionOptions& options) {
  const RunFolder& run = options.run;
  if (options.resume && run.hasLast()) {
    INTARSIA_TRY(TensorSet last, readTensorSet(run.lastPath()));
    INTARSIA_CHECK(trimMetrics(run, last));
    return std::optional(std::move(last));
  }
  if (!options.resume && run.hasLast())
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The run {name} has been trained already; resume it or choose another name"), {{"name", run.name()}});
  // Begun before, but without a checkpoint: from the start.
  std::error_code ignored;
  std::filesystem::remove(run.path() / "metrics.jsonl", ignored);
  return std::optional<TensorSet>();
}

Expected<TrainerResult> trainInFolder(const SessionOptions& options, const EngineHooks& hooks, TrainerControl& control, RunFiles& files) {
  INTARSIA_TRY(const RunFolder::Snapshot snapshot, options.run.snapshot());
  INTARSIA_CHECK(snapshot.recipe.check());
  TrainerOptions trainer{.recipe = snapshot.recipe};
  INTARSIA_TRY(trainer.resume, checkpointFor(options));
  trainer.live = options.live;
  trainer.dump = options.dump;
  trainer.threads = options.threads > 0 ? options.threads : computingThreads();
  if (!options.device.empty()) trainer.recipe.device = options.device;
  auto device = chooseDevice(trainer.recipe.device);
  if (!device && trainer.resume && options.device.empty()) {  // a GPU that is lost must not take the run along
    files.notice(device.error().message() + ": the run goes on on the CPU");
    device = trainer.recipe.device = "cpu";
  }
  if (!device) return std::unexpected(device.error());
  INTARSIA_CHECK(options.run.writeEngineInfo(INTARSIA_VERSION, torchVersion(), *device, trainer.threads));
  INTARSIA_TRY(const auto source, hooks.open(options.run, snapshot));
  return train(*source, trainer, control, files.callbacks());
}

}  // namespace

Expected<TrainerResult> runSession(const SessionOptions& options, const EngineHooks& hooks, TrainerControl& control, const SessionEvents& events) {
  auto lock = FileLock::acquire(options.run.lockPath());
  if (!lock) {
    if (lock.error().code != ErrorCode::busy) return std::unexpected(lock.error());
    return fail(ErrorCode::busy, INTARSIA_TEXT("The run {name} is being trained already"), {{"name", options.run.name()}});
  }
  RunFiles files(options.run, events);
  Expected<TrainerResult> result;
  try {
    result = trainInFolder(options, hooks, control, files);
  } catch (const std::exception& e) {
    std::string why = e.what();
    why.resize(std::min(why.find('\n'), why.size()));
    result = fail(ErrorCode::failed, INTARSIA_TEXT("Training failed: {reason}"), {{"reason", why}});
  }
  files.finish(result);
  return result;
}

Expected<RateCurve> rateSession(const RunFolder& run, double limit, const EngineHooks& hooks, TrainerControl& control, const SessionEvents& events) {
  INTARSIA_TRY(const RunFolder::Snapshot snapshot, run.snapshot());
  INTARSIA_TRY(const auto source, hooks.open(run, snapshot));
  TrainerEvents trainer;
  trainer.notice = events.notice;
  trainer.progress = [&](const TrainerProgress& p) {
    if (events.progress && p.steps > 0) events.progress({"", 0, 0, p.step, p.steps, 0, p.secondsLeft, 0});
  };
  return findRate(*source, {.recipe = snapshot.recipe, .rateSeconds = limit}, control, trainer);
}

Expected<std::shared_ptr<const Model>> loadModel(const std::filesystem::path& path, const std::string& device) {
  INTARSIA_TRY(const ModelFiles files, findModel(path));
  INTARSIA_TRY(const ModelInfo info, ModelInfo::read(files.info));
  INTARSIA_TRY(const TensorSet weights, readTensorSet(files.weights));
  return makeModel(info, weights, device);
}

}  // namespace intarsia
