// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wiring/label_maps.h"

#include <set>
#include <thread>

#include "core/base/hash.h"
#include "core/base/parallel.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace intarsia {

namespace fs = std::filesystem;

std::string labelsHash(const LabelMap& map) {
  return contentHash(std::to_string(map.width()) + "×" + std::to_string(map.height()) + contentHash(std::as_bytes(std::span(map.pixels()))));
}

Expected<FileLock> lockLabelMaps(const fs::path& folder, const Job& job) {
  std::error_code error;
  fs::create_directories(folder, error);
  for (;;) {
    auto lock = FileLock::acquire(folder / "lock");
    if (lock || lock.error().code != ErrorCode::busy) return lock;
    INTARSIA_CHECK(job.check());
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

int cleanLabelMaps(const fs::path& runs) {
  const fs::path folder = RunFolder(runs / "x").labelsPath("x").parent_path();
  std::error_code error;
  if (!fs::is_directory(folder, error)) return 0;
  const auto lock = FileLock::acquire(folder / "lock");
  if (!lock) return 0;
  std::set<std::string> named;
  for (fs::directory_iterator at(runs, error), end; !error && at != end; at.increment(error)) {
    std::error_code none;
    if (!fs::exists(at->path() / "labels.json", none)) continue;
    const auto snapshot = RunFolder(at->path()).snapshot();
    if (!snapshot) return 0;  // a run that cannot be read may name any of them
    for (const auto& sample : snapshot->samples) named.insert(sample.labels);
  }
  if (error) return 0;
  int removed = 0;
  std::vector<fs::path> surplus;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".png" && !named.contains(at->path().stem().string())) surplus.push_back(at->path());
  for (const auto& file : surplus) removed += fs::remove(file, error);
  return removed;
}

Expected<std::vector<std::string>> changedSince(const RunFolder& run, const Job& job) {
  INTARSIA_TRY(const auto snapshot, run.snapshot());
  std::vector<std::string> found(snapshot.samples.size());
  const auto one = [&](int i) -> Expected<> {
    const RunSample& sample = snapshot.samples[size_t(i)];
    std::string& said = found[size_t(i)];
    if (!sample.imageHash.empty()) {
      const auto hash = fileHash(sample.image);
      if (!hash) said = hash.error().message();
      else if (*hash != sample.imageHash) said = displayPath(sample.image) + " has changed";
    } else if (std::error_code error; !fs::exists(sample.image, error)) {
      said = displayPath(sample.image) + " is missing";
    }
    if (!said.empty()) return {};
    const auto labels = readLabelPng(run.labelsPath(sample.labels));
    if (!labels) said = labels.error().message();
    else if (labelsHash(*labels) != sample.labels) said = "The labels of " + sample.key + " have changed";
    return {};
  };
  INTARSIA_CHECK(parallelFor(int(found.size()), INTARSIA_TEXT("Comparing the images"), one, job));
  for (const auto& shard : snapshot.shards)
    if (std::error_code error; !fs::exists(shard, error)) found.push_back(displayPath(shard) + " is missing");
  std::erase_if(found, [](const std::string& text) { return text.empty(); });
  return found;
}

}  // namespace intarsia
