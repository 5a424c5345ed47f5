// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "app/engine/codecs.h"
#include "app/engine/commands.h"
#include "app/engine/stop_signal.h"
#include "core/base/atomic_file.h"
#include "core/base/file_name.h"
#include "core/base/json.h"
#include "core/base/source_files.h"
#include "core/base/text.h"
#include "train/loop/device.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

/// Where each image's answer goes: its own name, made unique by its folder's names where two images share it, as long as a name may be.
std::vector<fs::path> outputNames(const std::vector<fs::path>& images) {
  std::vector<fs::path> names;
  std::set<std::string> used;
  for (const fs::path& image : images) {
    fs::path parent = fs::absolute(image).parent_path();
    std::string name = image.stem().native();
    while (!used.insert(name).second) {
      name = parent.filename().native() + "_" + name;
      if (parent == parent.parent_path()) name += "_";
      parent = parent.parent_path();
    }
    names.emplace_back(fittingName(name, ".png"));
  }
  return names;
}

/// Those that are named, then those of the list.
Expected<std::vector<fs::path>> imagesOf(const PredictArguments& a) {
  std::vector<fs::path> images = a.images;
  if (!a.list.empty()) {
    INTARSIA_TRY(const std::string list, readFile(a.list));
    for (size_t at = 0, end; (end = list.find('\0', at)) != list.npos; at = end + 1) images.emplace_back(list.substr(at, end - at));
  }
  if (images.empty()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("There is no image to predict"));
  return images;
}

struct FileTimes {
  int64_t written = 0, placed = 0;  // ns; placed: when it got its content or came here, whichever is later
};
std::optional<FileTimes> timesOf(const fs::path& file) {
  struct stat info = {};
  if (::stat(file.c_str(), &info) != 0) return std::nullopt;
  const auto time = [](const timespec& t) { return int64_t(t.tv_sec) * 1'000'000'000 + t.tv_nsec; };
  return FileTimes{time(info.st_mtim), std::max(time(info.st_mtim), time(info.st_ctim))};
}

/// `mask` was written after `image` and `weights` came to their places: an older picture that takes another's place is new there.
bool upToDate(const fs::path& mask, const fs::path& image, const fs::path& weights) {
  const auto answer = timesOf(mask), picture = timesOf(image), trained = timesOf(weights);
  return answer && picture && trained && answer->written >= picture->placed && answer->written >= trained->placed;
}

std::string timeLeft(double seconds) {
  if (seconds < 1) return "less than 1 s left";
  if (seconds < 90) return fmt::format("{:.0f} s left", seconds);
  return seconds < 5400 ? fmt::format("{:.0f} min left", seconds / 60) : fmt::format("{:.1f} h left", seconds / 3600);
}

/// Says on stderr how far a picture of many tiles is, every two seconds.
Job tileJob(std::stop_token stop, const std::string& name) {
  return Job(std::move(stop), [name, told = Clock::now()](const Progress& p) mutable {
    if (Clock::now() - told < std::chrono::seconds(2)) return;
    told = Clock::now();
    fmt::print(stderr, "{}: tile {} of {}\n", name, p.done, p.total);
  });
}

}  // namespace

Expected<> predictCommand(const PredictArguments& a) {
  std::stop_source stop;
  StopOnSignal onSignal([stop]() mutable {
    fmt::print(stderr, "Stopping; what is written is kept.\n");
    stop.request_stop();
  });
  useThreads(0);
  INTARSIA_TRY(const auto images, imagesOf(a));
  INTARSIA_TRY(const auto files, findModel(a.model));
  INTARSIA_TRY(const auto model, loadModel(a.model, a.device));
  const EngineHooks hooks = engineHooks();
  const auto names = outputNames(images);
  const SourceFiles pictures(images);
  for (const auto& name : names) INTARSIA_CHECK(pictures.check(a.out / name));
  std::error_code error;
  fs::create_directories(a.out, error);
  if (error) return failErrno(error.value(), INTARSIA_TEXT("Cannot create {file}: {reason}"), displayPath(a.out));
  Json list = Json::array(), failed = Json::array();
  const size_t total = images.size();
  size_t predicted = 0, kept = 0;
  double spent = 0;
  for (size_t i = 0; i < total && !stop.stop_requested(); ++i) {
    const fs::path& image = images[i];
    const fs::path mask = a.out / names[i];
    if (a.resume && upToDate(mask, image, files.weights)) {
      list.push_back({{"image", encodePath(image)}, {"mask", encodePath(mask)}});
      ++kept;
      continue;
    }
    const auto start = Clock::now();
    const auto one = [&]() -> Expected<> {
      INTARSIA_TRY(const Image picture, hooks.readImage(image.string()));
      INTARSIA_TRY(const LabelMap labels, predictLabels(*model, picture, {.scale = a.scale, .job = tileJob(stop.get_token(), displayPath(image))}));
      return writeLabels(mask, labels, model->info().classes);
    }();
    if (!one && one.error().code == ErrorCode::cancelled) break;
    spent += std::chrono::duration<double>(Clock::now() - start).count();
    ++predicted;
    if (one) {
      list.push_back({{"image", encodePath(image)}, {"mask", encodePath(mask)}});
      fmt::print(stderr, "{} of {}: {}  ({})\n", i + 1, total, displayPath(mask), timeLeft(spent / double(predicted) * double(total - i - 1)));
    } else {
      failed.push_back({{"path", encodePath(image)}, {"reason", one.error().message()}});
      fmt::print(stderr, "{}\n", one.error().message());
    }
  }
  if (kept > 0) fmt::print(stderr, "{} of {} were there already\n", kept, total);
  if (a.json) print({{"predicted", list}, {"skipped", failed}});
  if (stop.stop_requested() && list.size() + failed.size() < total)
    return fail(ErrorCode::cancelled, INTARSIA_TEXT("Stopped: {count} of {total} label maps are written; with --resume the others follow"),
                {{"count", std::to_string(list.size())}, {"total", std::to_string(total)}});
  if (!failed.empty())
    return fail(ErrorCode::failed, INTARSIA_TEXT("{count} of {total} images were not predicted"),
                {{"count", std::to_string(failed.size())}, {"total", std::to_string(total)}});
  return {};
}

}  // namespace intarsia
