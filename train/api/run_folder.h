// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/class_table.h"
#include "core/base/split.h"
#include "train/api/recipe.h"

namespace intarsia {

/// One line of metrics.jsonl. Fractions from 0 to 1; NaN-free: what was not measured is absent.
struct EpochMetrics {
  int epoch = 0;                 // from 1
  double seconds = 0;            // of training since the run began, evaluation included
  double trainLoss = 0;
  std::optional<double> valLoss, pixelAccuracy, meanIoU;
  std::vector<std::optional<double>> classIoU;   // by class index
  double learningRate = 0;
  double imagesPerSecond = 0;
  int64_t step = 0;
  bool best = false;
};

/// A picture of the run's snapshot.
struct RunSample {
  std::string key;               // for messages
  std::filesystem::path image;   // absolute
  std::string labels;            // content hash: runs/.labels/<hash>.png
  Split split = Split::train;
  std::string imageHash;         // of the file's bytes; empty in older runs
};

/// status.json: what the engine does now; rewritten at most every second and at each change of phase.
struct RunStatus {
  std::string phase;             // preparing, training, evaluating, stopped, finished, failed
  std::string message;           // the sentence when failed
  int epoch = 0, epochs = 0;
  int64_t step = 0, steps = 0;
  double seconds = 0, secondsLeft = 0, imagesPerSecond = 0;
  int pid = 0;
};

/// The contract between whoever trains and whoever watches: run.json (recipe, seed, versions, device), labels.json, metrics.jsonl,
/// status.json, best.safetensors, last.safetensors, model.json, log. Only the engine writes metrics, status and checkpoints.
class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path path) : m_path(std::move(path)) {}
  const std::filesystem::path& path() const { return m_path; }
  std::string name() const { return m_path.filename().string(); }

  struct Snapshot {
    Recipe recipe;
    ClassTable classes;
    std::vector<RunSample> samples;            // empty when shards are given
    std::vector<std::filesystem::path> shards;
  };
  /// What the engine adds to run.json when it starts: versions and the device used.
  Expected<> writeEngineInfo(const std::string& program, const std::string& torch, const std::string& device, int threads = 0) const;
  /// What computed the run and since when; what is unknown is empty or 0.
  struct EngineInfo {
    int64_t created = 0;                       // seconds since 1970
    std::string program, torch, device;
    int threads = 0;                           // sums depend on it in their last bits
  };
  EngineInfo engineInfo() const;
  /// Writes run.json and labels.json into a new folder (an existing run of that name is an error).
  Expected<> create(const Snapshot& snapshot) const;
  Expected<Snapshot> snapshot() const;
  std::filesystem::path labelsPath(const std::string& hash) const { return m_path.parent_path() / ".labels" / (hash + ".png"); }

  Expected<std::vector<EpochMetrics>> metrics() const;   // all complete lines
  /// Lines from byte `offset` on, for live charts.
  Expected<std::vector<EpochMetrics>> metricsFrom(size_t& offset) const;
  Expected<> appendMetrics(const EpochMetrics& line) const;   // engine
  Expected<> replaceMetrics(const std::vector<EpochMetrics>& lines) const;  // engine
  Expected<RunStatus> status() const;
  Expected<> writeStatus(const RunStatus& status) const;      // engine
  std::filesystem::path bestPath() const { return m_path / "best.safetensors"; }
  std::filesystem::path lastPath() const { return m_path / "last.safetensors"; }
  std::filesystem::path modelInfoPath() const { return m_path / "model.json"; }
  /// What `evaluate` found last: all figures and the score of each picture.
  std::filesystem::path evaluationPath(Split split) const { return m_path / ("evaluation-" + std::string(splitName(split)) + ".json"); }
  std::filesystem::path logPath() const { return m_path / "log"; }
  std::filesystem::path lockPath() const { return m_path / "lock"; }
  bool hasBest() const;
  bool hasLast() const;
  /// Held by the engine while it trains.
  bool inUse() const;

  /// Runs below `runs`, newest first.
  static std::vector<RunFolder> list(const std::filesystem::path& runs);

 private:
  std::filesystem::path m_path;
};

}  // namespace intarsia
