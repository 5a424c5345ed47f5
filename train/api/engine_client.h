// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/error.h"
#include "core/base/rect.h"

namespace intarsia {

// ---- what the engine says -------------------------------------------------------------------------------------------
struct EngineReady { std::string version; std::string torchVersion; std::vector<std::string> devices; };
struct RunProgress {           // every second and at each change of phase
  std::string phase;           // preparing, training, evaluating, saving, paused
  int epoch = 0, epochs = 0;
  int64_t step = 0, steps = 0;
  double imagesPerSecond = 0, secondsLeft = 0, trainLoss = 0;
};
struct MetricsAdded {};        // metrics.jsonl of the run has a new line: read it from the file
struct WeightsChanged { int64_t step = 0; };  // a fresher prediction can be had
struct RunEnded { bool ok = true; std::string reason; };  // finished, stopped, failed
struct PredictionTile {        // one part of an answer
  uint64_t generation = 0;
  int level = 0;               // 0 = image pixels, 1 = half size …
  Rect rect;                   // in pixels of that level
  std::vector<uint16_t> classes;    // argmax, rect.width × rect.height
  std::vector<uint8_t> confidence;  // 0…255
};
struct PredictionDone { uint64_t generation = 0; bool ok = true; std::string reason; double seconds = 0; int64_t step = 0; };
struct EngineNotice { std::string text; };    // a sentence for the user (batch halved, image vanished …)
struct EngineNotResponding {};                // 30 s of silence: offer Wait or End
struct EngineEnded { bool crashed = false; std::string reason; };  // last event; the sentence names the cause

using EngineEvent = std::variant<EngineReady, RunProgress, MetricsAdded, WeightsChanged, RunEnded, PredictionTile, PredictionDone,
                                 EngineNotice, EngineNotResponding, EngineEnded>;

/// The window's and CLI's end of an engine process. Methods: any thread, never wait for the engine (a writer thread sends).
/// The handler is called on the client's reader thread and must not destroy the client. Destroying the client ends the engine and
/// waits for it: stop → 10 s → SIGTERM → 5 s → SIGKILL.
class EngineClient {
 public:
  struct Options {
    std::filesystem::path program;       // empty = findEngine()
    std::filesystem::path log;           // engine's stderr is appended here; empty = `log` of the run that is trained
    std::optional<int> niceness;         // empty = 10 on up to 4 cores, so that the window stays fluid, else 0
    std::chrono::milliseconds silence{30'000};    // without a sign of life: EngineNotResponding, again after each such time
    std::chrono::milliseconds stopWait{10'000};   // of the ending: after stop, before SIGTERM
    std::chrono::milliseconds termWait{5'000};    // after SIGTERM, before SIGKILL
    std::vector<std::string> arguments{"--pipe"};
    std::vector<std::pair<std::string, std::string>> environment;
  };
  static Expected<std::unique_ptr<EngineClient>> start(const Options& options, std::function<void(EngineEvent)> handler);
  virtual ~EngineClient() = default;

  /// Trains the prepared run folder; `resume` goes on from its last checkpoint.
  virtual void train(const std::filesystem::path& run, bool resume = false) = 0;
  virtual void pause(bool paused) = 0;
  /// Keeps best and last; RunEnded follows.
  virtual void stop() = 0;
  /// The learning rate falls to its end soon, then the run ends as finished.
  virtual void finish() = 0;
  /// Predicts an image with the run in training, or with `model` (run folder or .safetensors with model.json). Newest request wins.
  /// `viewport` in image pixels is answered first.
  struct PredictRequest {
    std::filesystem::path image;
    std::filesystem::path model;   // empty = the run in training
    uint64_t generation = 0;
    Rect viewport;
    int level = 0;
    bool fresh = false;            // nothing of this image is shown yet: a large one is answered coarsely first (tiles of a higher level)
  };
  virtual void predict(const PredictRequest& request) = 0;
  /// What the request of that generation still owes comes in another order.
  virtual void setViewport(uint64_t generation, const Rect& viewport) = 0;
  virtual void acknowledge(uint64_t generation, int tiles) = 0;  // flow control: at most 8 unacknowledged tiles
  virtual void cancelPrediction() = 0;
  virtual int pid() const = 0;
  /// Ends it at once (the user chose End).
  virtual void kill() = 0;
};

/// Engines beside the program, in INTARSIA_ENGINE, or on PATH: intarsia-engine, intarsia-engine-cuda.
std::vector<std::filesystem::path> findEngines();
/// The first of them, or an error that says what to install.
Expected<std::filesystem::path> findEngine();

struct EngineDescription {
  std::filesystem::path program;
  std::string version, torchVersion;
  std::vector<std::string> devices;        // "cpu", "cuda:0"
  std::vector<std::string> deviceNames;    // "CPU (bf16)", "NVIDIA H200"
  std::vector<std::string> networks, losses;
};
/// Runs `--describe`, cached by path, size and mtime below the user's cache folder. Blocking (up to seconds): call it in the background.
Expected<EngineDescription> describeEngine(const std::filesystem::path& program);

}  // namespace intarsia
