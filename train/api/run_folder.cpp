// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/run_folder.h"

#include <algorithm>
#include <chrono>

#include "core/base/append_file.h"
#include "core/base/atomic_file.h"
#include "core/base/file_lock.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "train/api/class_json.h"
#include "train/api/json_field.h"

namespace intarsia {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr int kVersion = 1;

Expected<Json> readJson(const fs::path& path, const char* format) {
  INTARSIA_TRY(const std::string text, readFile(path));
  INTARSIA_TRY(Json json, parseOrderedJson(text, displayPath(path)));
  if (jsonField<std::string>(json, "format") != format) return failField(displayPath(path), "format");
  if (jsonField<int>(json, "version") != kVersion)
    return fail(ErrorCode::unsupported, INTARSIA_TEXT("{file} was written by a newer version of this program"),
                {{"file", displayPath(path)}});
  return json;
}

Expected<RunSample> parseSample(const Json& json, const std::string& file) {
  RunSample sample;
  INTARSIA_FIELD(sample.key, std::string, json, "key", file);
  INTARSIA_FIELD(const std::string image, std::string, json, "image", file);
  INTARSIA_FIELD(sample.labels, std::string, json, "labels", file);
  INTARSIA_FIELD(const std::string split, std::string, json, "split", file);
  sample.image = decodePath(image);
  // The hash becomes a file name: nothing but hex digits.
  if (sample.labels.empty() || sample.labels.find_first_not_of("0123456789abcdef") != std::string::npos)
    return failField(file, "labels");
  const auto parsed = splitFromName(split);
  if (!parsed) return failField(file, "split");
  sample.split = *parsed;
  sample.imageHash = jsonField<std::string>(json, "imageHash").value_or("");
  return sample;
}

Json metricsJson(const EpochMetrics& m) {
  Json json{{"epoch", m.epoch}, {"seconds", m.seconds}, {"trainLoss", m.trainLoss}};
  if (m.valLoss) json["valLoss"] = *m.valLoss;
  if (m.pixelAccuracy) json["pixelAccuracy"] = *m.pixelAccuracy;
  if (m.meanIoU) json["meanIoU"] = *m.meanIoU;
  if (!m.classIoU.empty()) {
    json["classIoU"] = Json::array();
    for (const auto& iou : m.classIoU) json["classIoU"].push_back(iou ? Json(*iou) : Json());
  }
  json["learningRate"] = m.learningRate;
  json["imagesPerSecond"] = m.imagesPerSecond;
  json["step"] = m.step;
  if (m.best) json["best"] = true;
  return json;
}

std::optional<EpochMetrics> parseMetrics(const std::string& line) {
  const auto json = parseOrderedJson(line, "metrics.jsonl");
  if (!json) return std::nullopt;
  const auto epoch = jsonField<int>(*json, "epoch");
  if (!epoch) return std::nullopt;
  EpochMetrics m;
  m.epoch = *epoch;
  m.seconds = jsonField<double>(*json, "seconds").value_or(0);
  m.trainLoss = jsonField<double>(*json, "trainLoss").value_or(0);
  m.valLoss = jsonField<double>(*json, "valLoss");
  m.pixelAccuracy = jsonField<double>(*json, "pixelAccuracy");
  m.meanIoU = jsonField<double>(*json, "meanIoU");
  m.learningRate = jsonField<double>(*json, "learningRate").value_or(0);
  m.imagesPerSecond = jsonField<double>(*json, "imagesPerSecond").value_or(0);
  m.step = jsonField<int64_t>(*json, "step").value_or(0);
  m.best = jsonField<bool>(*json, "best").value_or(false);
  if (const auto at = json->find("classIoU"); at != json->end() && at->is_array())
    for (const auto& value : *at)
      m.classIoU.push_back(value.is_number() ? std::optional(value.get<double>()) : std::nullopt);
  return m;
}

/// Runs are listed by the time of this file: of a clock that was put back since, another run would be the newest.
void makeNewest(const fs::path& labels) {
  std::error_code error;
  auto time = fs::last_write_time(labels, error);
  const auto runs = labels.parent_path().parent_path();
  for (fs::directory_iterator at(runs, error), end; !error && at != end; at.increment(error)) {
    std::error_code none;
    const auto other = at->path() == labels.parent_path() ? fs::file_time_type::min() : fs::last_write_time(at->path() / labels.filename(), none);
    if (!none && other >= time) time = other + std::chrono::seconds(2);  // FAT counts in twos
  }
  fs::last_write_time(labels, time, error);
}

}  // namespace

Expected<> RunFolder::create(const Snapshot& snapshot) const {
  std::error_code error;
  fs::create_directories(m_path.parent_path(), error);
  if (fs::exists(m_path / "run.json") || (fs::exists(m_path) && !fs::is_empty(m_path, error)))
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The run {name} exists already ({folder}); choose another name"),
                {{"name", name()}, {"folder", displayPath(m_path)}});
  fs::create_directories(m_path, error);
  if (error) return failErrno(error.value(), INTARSIA_TEXT("Cannot create {file}: {reason}"), displayPath(m_path));

  Json labels{{"format", "intarsia-run-labels"}, {"version", kVersion}, {"samples", Json::array()}};
  for (const auto& sample : snapshot.samples) {
    Json item{{"key", sample.key}, {"image", encodePath(sample.image)}, {"labels", sample.labels}, {"split", splitName(sample.split)}};
    if (!sample.imageHash.empty()) item["imageHash"] = sample.imageHash;
    labels["samples"].push_back(std::move(item));
  }
  INTARSIA_CHECK(writeFileAtomically(m_path / "labels.json", dumpJson(labels, 1) + "\n"));
  makeNewest(m_path / "labels.json");

  const auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  Json run{{"format", "intarsia-run"}, {"version", kVersion}, {"created", now}, {"seed", snapshot.recipe.seed}};
  run["recipe"] = Json::parse(snapshot.recipe.toJson());
  run["classes"] = classesToJson(snapshot.classes);
  run["shards"] = Json::array();
  for (const auto& shard : snapshot.shards) run["shards"].push_back(encodePath(shard));
  return writeFileAtomically(m_path / "run.json", dumpJson(run, 2) + "\n");  // last: a folder with run.json is complete
}

Expected<> RunFolder::writeEngineInfo(const std::string& program, const std::string& torch, const std::string& device, int threads) const {
  INTARSIA_TRY(Json run, readJson(m_path / "run.json", "intarsia-run"));
  run["engine"] = {{"program", program}, {"torch", torch}, {"device", device}, {"threads", threads}};
  return writeFileAtomically(m_path / "run.json", dumpJson(run, 2) + "\n");
}

RunFolder::EngineInfo RunFolder::engineInfo() const {
  EngineInfo info;
  const auto run = readJson(m_path / "run.json", "intarsia-run");
  if (!run) return info;
  info.created = jsonField<int64_t>(*run, "created").value_or(0);
  if (const auto engine = run->find("engine"); engine != run->end()) {
    info.program = jsonField<std::string>(*engine, "program").value_or("");
    info.torch = jsonField<std::string>(*engine, "torch").value_or("");
    info.device = jsonField<std::string>(*engine, "device").value_or("");
    info.threads = jsonField<int>(*engine, "threads").value_or(0);
  }
  return info;
}

Expected<RunFolder::Snapshot> RunFolder::snapshot() const {
  const std::string runFile = displayPath(m_path / "run.json"), labelsFile = displayPath(m_path / "labels.json");
  INTARSIA_TRY(const Json run, readJson(m_path / "run.json", "intarsia-run"));
  Snapshot snapshot;
  const auto recipe = run.find("recipe"), classes = run.find("classes"), shards = run.find("shards");
  if (recipe == run.end()) return failField(runFile, "recipe");
  INTARSIA_TRY(snapshot.recipe, Recipe::fromJson(dumpJson(*recipe, -1), runFile));
  if (classes == run.end()) return failField(runFile, "classes");
  INTARSIA_TRY(snapshot.classes, classesFromJson(*classes, runFile));
  if (shards != run.end()) {
    if (!shards->is_array()) return failField(runFile, "shards");
    for (const auto& shard : *shards) {
      if (!shard.is_string()) return failField(runFile, "shards");
      snapshot.shards.push_back(decodePath(shard.get<std::string>()));
    }
  }
  INTARSIA_TRY(const Json labels, readJson(m_path / "labels.json", "intarsia-run-labels"));
  const auto samples = labels.find("samples");
  if (samples == labels.end() || !samples->is_array()) return failField(labelsFile, "samples");
  for (const auto& item : *samples) {
    INTARSIA_TRY(RunSample sample, parseSample(item, labelsFile));
    snapshot.samples.push_back(std::move(sample));
  }
  return snapshot;
}

Expected<std::vector<EpochMetrics>> RunFolder::metrics() const {
  size_t offset = 0;
  return metricsFrom(offset);
}

Expected<std::vector<EpochMetrics>> RunFolder::metricsFrom(size_t& offset) const {
  INTARSIA_TRY(const auto lines, readLines(m_path / "metrics.jsonl", offset));
  std::vector<EpochMetrics> out;
  for (const auto& line : lines)
    if (auto metrics = parseMetrics(line)) out.push_back(std::move(*metrics));  // a damaged line is left out
  return out;
}

Expected<> RunFolder::appendMetrics(const EpochMetrics& line) const {
  INTARSIA_TRY(AppendFile file, AppendFile::open(m_path / "metrics.jsonl"));
  return file.line(dumpJson(metricsJson(line), -1));
}

Expected<> RunFolder::replaceMetrics(const std::vector<EpochMetrics>& lines) const {
  std::string text;
  for (const auto& line : lines) text += dumpJson(metricsJson(line), -1) + "\n";
  return writeFileAtomically(m_path / "metrics.jsonl", text);
}

Expected<RunStatus> RunFolder::status() const {
  const std::string file = displayPath(m_path / "status.json");
  INTARSIA_TRY(const std::string text, readFile(m_path / "status.json"));
  INTARSIA_TRY(const Json json, parseOrderedJson(text, file));
  RunStatus status;
  INTARSIA_FIELD(status.phase, std::string, json, "phase", file);
  status.message = jsonField<std::string>(json, "message").value_or("");
  status.epoch = jsonField<int>(json, "epoch").value_or(0);
  status.epochs = jsonField<int>(json, "epochs").value_or(0);
  status.step = jsonField<int64_t>(json, "step").value_or(0);
  status.steps = jsonField<int64_t>(json, "steps").value_or(0);
  status.seconds = jsonField<double>(json, "seconds").value_or(0);
  status.secondsLeft = jsonField<double>(json, "secondsLeft").value_or(0);
  status.imagesPerSecond = jsonField<double>(json, "imagesPerSecond").value_or(0);
  status.pid = jsonField<int>(json, "pid").value_or(0);
  return status;
}

Expected<> RunFolder::writeStatus(const RunStatus& s) const {
  const Json json{{"phase", s.phase},     {"message", s.message}, {"epoch", s.epoch},
                  {"epochs", s.epochs},   {"step", s.step},       {"steps", s.steps},
                  {"seconds", s.seconds}, {"secondsLeft", s.secondsLeft},
                  {"imagesPerSecond", s.imagesPerSecond},         {"pid", s.pid}};
  return writeFileAtomically(m_path / "status.json", dumpJson(json, 1) + "\n");
}

bool RunFolder::hasBest() const {
  std::error_code ignored;
  return fs::is_regular_file(bestPath(), ignored);
}

bool RunFolder::hasLast() const {
  std::error_code ignored;
  return fs::is_regular_file(lastPath(), ignored);
}

bool RunFolder::inUse() const { return FileLock::holder(lockPath()).has_value(); }

std::vector<RunFolder> RunFolder::list(const fs::path& runs) {
  std::vector<std::pair<fs::file_time_type, RunFolder>> found;
  std::error_code error;
  for (fs::directory_iterator at(runs, error), end; !error && at != end; at.increment(error)) {
    const fs::path file = at->path() / "run.json";
    std::error_code none;
    if (!fs::is_regular_file(file, none)) continue;
    // labels.json is written once, when the run is created; run.json again when it starts.
    const auto time = fs::last_write_time(at->path() / "labels.json", none);
    found.emplace_back(none ? fs::file_time_type::min() : time, RunFolder(at->path()));
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second.path() > b.second.path();
  });
  std::vector<RunFolder> out;
  for (auto& [time, run] : found) out.push_back(std::move(run));
  return out;
}

}  // namespace intarsia
