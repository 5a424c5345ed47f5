// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/masks.h"

#include <atomic>
#include <mutex>

#include "core/base/atomic_file.h"
#include "core/base/json.h"
#include "core/base/parallel.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace intarsia::cli {
namespace {

Expected<> makeFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    return failErrno(error.value(), INTARSIA_TEXT("Cannot make the folder {file}: {reason}"), displayPath(folder));
  return {};
}

/// Which value is which class.
Expected<> writeClasses(const Source& source, const fs::path& path) {
  Json json{{"classes", Json::array()}, {"unlabelled", source.classes.size() <= 255 ? 255 : 65535}};
  for (int i = 0; i < source.classes.size(); ++i)
    json["classes"].push_back({{"index", i},
                               {"name", source.names[size_t(i)]},
                               {"color", source.classes[i].color.hex()},
                               {"ignore", source.classes[i].ignore}});
  return writeFileAtomically(path, dumpJson(json, 1) + "\n");
}

}  // namespace

Expected<WrittenMasks> writeMasks(const Source& source, const fs::path& out, RasterRule rule, bool color,
                                  const Job& job) {
  INTARSIA_CHECK(makeFolder(out));
  INTARSIA_CHECK(writeClasses(source, out / "classes.json"));
  const auto paths = maskPaths(source, out);
  WrittenMasks written;
  std::mutex mutex;
  std::atomic<int64_t> done = 0;
  std::vector<bool> made(paths.size());  // guarded by mutex
  const auto one = [&](int i) -> Expected<> {
    job.report(++done, source.count(), INTARSIA_TEXT("Writing masks"));
    if (!source.labelled(i)) return {};
    const auto& path = paths[size_t(i)];
    const auto picture = source.picture(i);
    if (!picture || picture->annotation.size.empty()) {
      std::lock_guard lock(mutex);
      written.skipped.push_back(
          {source.name(i), picture ? "the size of the picture is not known" : picture.error().message()});
      return {};
    }
    INTARSIA_CHECK(makeFolder(path.parent_path()));
    const auto map = rasterize(picture->annotation, source.classes, source.uncovered, rule);
    INTARSIA_CHECK(writeLabelPng(path, map, source.classes));
    if (color) {
      const auto colored = out / "color" / path.lexically_relative(out);
      INTARSIA_CHECK(makeFolder(colored.parent_path()));
      INTARSIA_CHECK(writeColorPng(colored, map, source.classes));
    }
    std::lock_guard lock(mutex);
    made[size_t(i)] = true;
    return {};
  };
  INTARSIA_CHECK(parallelFor(source.count(), one, job));
  for (size_t i = 0; i < paths.size(); ++i)
    if (made[i]) written.files.push_back(paths[i]);
  return written;
}

int reportMasks(const Expected<WrittenMasks>& written, const std::string& out, const Terminal& terminal) {
  if (!written) return terminal.fail(written.error());
  for (const auto& line : written->skipped) terminal.note("Skipped: " + line.path + ": " + line.reason);
  terminal.say(std::to_string(written->files.size()) + " masks are in " + out);
  if (terminal.json) {
    Json files = Json::array();
    for (const auto& file : written->files) files.push_back(displayPath(file));
    terminal.print({{"images", written->files.size()}, {"files", files}, {"skipped", reportLines(written->skipped)}});
  }
  if (!written->files.empty()) return kDone;
  terminal.note("intarsia-cli: There is no labelled picture, so no mask was written");
  return kFailed;
}

}  // namespace intarsia::cli
