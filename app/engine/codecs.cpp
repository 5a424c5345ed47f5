// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine/codecs.h"

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/media/decode.h"
#include "train/api/shard.h"

namespace intarsia {
namespace {

/// Images where they lie, label maps from the run's snapshot.
class SnapshotSource final : public SampleSource {
 public:
  SnapshotSource(RunFolder run, RunFolder::Snapshot snapshot) : m_run(std::move(run)), m_snapshot(std::move(snapshot)) {}
  int count() const override { return int(m_snapshot.samples.size()); }
  Split split(int index) const override { return at(index).split; }
  std::string name(int index) const override { return at(index).key; }
  const ClassTable& classes() const override { return m_snapshot.classes; }
  Expected<Sample> sample(int index) const override {
    const RunSample& s = at(index);
    Sample out;
    INTARSIA_TRY(out.image, decodeImage(s.image));
    INTARSIA_TRY(out.labels, readLabelPng(m_run.labelsPath(s.labels)));
    if (out.labels.size() != out.image.size())
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is now {now} pixels large; when it was labelled it was {then}"),
                  {{"file", displayPath(s.image)},
                   {"now", fmt::format("{}×{}", out.image.width, out.image.height)},
                   {"then", fmt::format("{}×{}", out.labels.width(), out.labels.height())}});
    for (const uint16_t value : out.labels.pixels())
      if (value >= m_snapshot.classes.size() && value != kUnlabelled)
        return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The labels of {file} name class {index}, which the run does not have"),
                    {{"file", displayPath(s.image)}, {"index", std::to_string(value)}});
    return out;
  }
  Expected<Image> image(const std::string& path) const override { return decodeImage(path); }

 private:
  const RunSample& at(int index) const { return m_snapshot.samples[size_t(index)]; }
  const RunFolder m_run;
  const RunFolder::Snapshot m_snapshot;
};

}  // namespace

EngineHooks engineHooks() {
  return {.open = [](const RunFolder& run, const RunFolder::Snapshot& snapshot) -> Expected<std::shared_ptr<const SampleSource>> {
            if (!snapshot.shards.empty()) return ShardSource::open(snapshot.shards);
            return std::make_shared<SnapshotSource>(run, snapshot);
          },
          .readImage = [](const std::string& path) { return decodeImage(path); }};
}

Expected<> writeLabels(const std::filesystem::path& path, const LabelMap& map, const ClassTable& classes) {
  return writeLabelPng(path, map, classes);
}

}  // namespace intarsia
