// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine/codecs.h"
#include "core/base/text.h"
#include "train/api/shard.h"

namespace intarsia {

static std::unexpected<Error> noCodecs(const std::string& file) {
  return fail(ErrorCode::unsupported, INTARSIA_TEXT("{file}: this engine was built without image codecs and works with shards alone"), {{"file", file}});
}

EngineHooks engineHooks() {
  return {.open = [](const RunFolder& run, const RunFolder::Snapshot& snapshot) -> Expected<std::shared_ptr<const SampleSource>> {
            if (snapshot.shards.empty()) return noCodecs(displayPath(run.path()));
            return ShardSource::open(snapshot.shards);
          },
          .readImage = [](const std::string& path) -> Expected<Image> { return noCodecs(displayPath(path)); }};
}

Expected<> writeLabels(const std::filesystem::path& path, const LabelMap&, const ClassTable&) { return noCodecs(displayPath(path)); }

}  // namespace intarsia
