// SPDX-License-Identifier: GPL-3.0-or-later
// The real engine: how much live answers slow training down, how long the open image's answer takes, and what a large picture needs.
//   live_speed share [NETWORK=resnet18_unet] [ROUNDS=6] [SECONDS=10]   training without and with live answers, alternating: images/s, and
//                                                                     the engine's processor time per image, which other programs disturb less
//                                                                     (its threads do not spin while they wait)
//   live_speed refresh [NETWORK=fast] [WIDTH=480] [HEIGHT=368]        an answer from request to last tile, nothing trains; weights untrained
//   live_speed memory [NETWORK=fast] [WIDTH=11000] [HEIGHT=9100] [SCALE=1]  time and peak memory of `intarsia-engine predict`
// INTARSIA_ENGINE names the engine.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/random.h"
#include "core/base/subprocess.h"
#include "core/media/decode.h"
#include "tests/support/engine_events.h"
#include "train/api/run_folder.h"

using namespace intarsia;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

[[noreturn]] void end(const std::string& why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(1);
}
template <class T>
T must(Expected<T> value) {
  if (!value) end(value.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*value);
}

Image scene(Size size, uint64_t seed) {
  Image image{size.width, size.height, 3, 8, std::vector<uint8_t>(size_t(size.width) * size_t(size.height) * 3)};
  Random random(seed);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      for (int c = 0; c < 3; ++c) image.row(y)[3 * x + c] = uint8_t(((x / 60 + y / 45 + int(seed)) % 3 == c ? 160 : 60) + random.below(50));
  return image;
}

/// 24 pictures of 480 × 360 with three classes.
RunFolder makeRun(const fs::path& folder, const std::string& network, int64_t steps) {
  RunFolder run(folder / "runs" / ("run" + std::to_string(steps)));
  Recipe recipe;
  recipe.network = network;
  recipe.size = {240, 180};
  recipe.device = "cpu";
  recipe.steps = steps;
  RunFolder::Snapshot snapshot{.recipe = recipe, .classes = {}};
  for (const char* name : {"a", "b", "c"}) (void)snapshot.classes.add(name);
  fs::create_directories(folder / "images");
  fs::create_directories(folder / "runs" / ".labels");
  for (int i = 0; i < 24; ++i) {
    const RunSample sample{std::to_string(i), folder / "images" / (std::to_string(i) + ".png"), "abc" + std::to_string(i), i < 22 ? Split::train : Split::val};
    LabelMap labels(480, 360);
    for (int y = 0; y < 360; ++y)
      for (int x = 0; x < 480; ++x) labels.set(x, y, uint16_t((x / 60 + y / 45 + i) % 3));
    must(writePng(sample.image, scene({480, 360}, uint64_t(i))));
    must(writeLabelPng(run.labelsPath(sample.labels), labels, snapshot.classes));
    snapshot.samples.push_back(sample);
  }
  must(run.create(snapshot));
  return run;
}

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Processor time that a process has used.
double cpuSeconds(int pid) {
  const auto text = must(readFile("/proc/" + std::to_string(pid) + "/stat", 4096));
  long user = 0, system = 0;
  std::sscanf(text.c_str() + text.rfind(')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user, &system);
  return double(user + system) / double(::sysconf(_SC_CLK_TCK));
}

/// The engine's events, of which tiles and steps are counted and not kept.
struct Watch {
  test::EngineEvents events;
  std::mutex mutex;
  int open = 0;             // tiles to acknowledge; guarded by mutex, like the next
  int64_t tiles = 0;
  std::vector<std::pair<int64_t, double>> steps;
  std::function<void(EngineEvent)> handler() {
    return [this, keep = events.handler()](EngineEvent event) {
      if (std::holds_alternative<PredictionTile>(event)) {
        std::lock_guard lock(mutex);
        ++open, ++tiles;
      } else if (const auto* progress = std::get_if<RunProgress>(&event)) {
        std::lock_guard lock(mutex);
        if (steps.empty() || steps.back().first != progress->step) steps.emplace_back(progress->step, seconds());
      } else {
        keep(std::move(event));
      }
    };
  }
};

/// Answers are asked for as the window does: when the last one is there, but not sooner than 5 s after it was asked for.
void share(const fs::path& folder, const std::string& network, int rounds, int length) {
  must(writeJpeg(folder / "large.jpg", scene({6000, 4000}, 99)));
  const RunFolder run = makeRun(folder, network, 1'000'000);
  Watch watch;
  auto client = must(EngineClient::start({.environment = {{"OMP_WAIT_POLICY", "passive"}}}, watch.handler()));
  client->train(run.path());
  if (!watch.events.wait<WeightsChanged>(120s)) end("no weights");
  std::this_thread::sleep_for(10s);
  uint64_t generation = 0;
  std::vector<double> without, with, timeWithout, timeWith;
  for (int round = 0; round < 2 * rounds; ++round) {
    const bool answers = round % 2;
    {
      std::lock_guard lock(watch.mutex);
      watch.steps.clear();
      watch.open = 0;
    }
    double asked = -100;
    const double cpu = cpuSeconds(client->pid());
    for (const double began = seconds(); seconds() - began < length;) {
      const bool idle = generation == 0 || asked < 0 || watch.events.wait<PredictionDone>(1ms, [&](const PredictionDone& d) { return d.generation == generation; });
      if (answers && idle && seconds() - asked > 5) {
        client->predict({folder / "large.jpg", {}, ++generation, {2000, 1500, 1600, 900}, 0, generation == 1});
        asked = seconds();
      }
      std::this_thread::sleep_for(20ms);
      std::unique_lock lock(watch.mutex);
      const int open = std::exchange(watch.open, 0);
      lock.unlock();
      if (open > 0) client->acknowledge(generation, open);
    }
    client->cancelPrediction();
    std::lock_guard lock(watch.mutex);
    const auto& seen = watch.steps;
    if (seen.size() < 2) end("no steps");
    const double rate = double(seen.back().first - seen.front().first) / (seen.back().second - seen.front().second) * 8;
    const double time = (cpuSeconds(client->pid()) - cpu) / (rate * length);
    (answers ? with : without).push_back(rate);
    (answers ? timeWith : timeWithout).push_back(time);
    fmt::print("{} {:.2f} images/s, {:.4f} s of the processors each\n", answers ? "with   " : "without", rate, time);
    std::fflush(stdout);
  }
  const auto median = [](std::vector<double> v) {
    std::sort(v.begin(), v.end());
    return v[v.size() / 2];
  };
  std::vector<double> ratios;
  for (size_t i = 0; i < with.size(); ++i) ratios.push_back(with[i] / without[i]);
  fmt::print("processor time per image, median: {:.4f} s without, {:.4f} s with: {:+.1f} %\n", median(timeWithout), median(timeWith), 100 * (median(timeWith) / median(timeWithout) - 1));
  fmt::print("{}: {:.2f} images/s without, {:.2f} with live answers for 6000 x 4000, median ratio of neighbours {:.3f}; {} tiles came\n", network, median(without), median(with), median(ratios), watch.tiles);
  client->kill();
}

}  // namespace

int main(int argc, char** argv) {
  const auto text = [&](int i, const char* otherwise) { return std::string(argc > i ? argv[i] : otherwise); };
  const auto number = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  const std::string what = text(1, "share");
  const fs::path folder = fs::temp_directory_path() / ("live_speed-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  if (what == "share") {
    share(folder, text(2, "resnet18_unet"), number(3, 6), number(4, 10));
  } else {
    const std::string network = text(2, "fast");
    const RunFolder run = makeRun(folder, network, 2);
    test::EngineEvents events;
    auto client = must(EngineClient::start({}, events.handler()));
    client->train(run.path());
    if (!events.wait<RunEnded>(120s)) end("training of two steps did not end");
    const Size size = what == "refresh" ? Size{number(3, 480), number(4, 368)} : Size{number(3, 11000), number(4, 9100)};
    must(writeJpeg(folder / "open.jpg", scene(size, 5)));
    if (what == "refresh") {
      std::vector<double> inner, outer;
      for (uint64_t i = 1; i <= 21; ++i) {
        const double began = seconds();
        client->predict({folder / "open.jpg", run.path(), i, {}, 0, i == 1});
        const auto done = events.wait<PredictionDone>(60s, [&](const PredictionDone& d) { return d.generation == i; });
        if (!done || !done->ok) end("no answer");
        if (i > 1) inner.push_back(1e3 * done->seconds), outer.push_back(1e3 * (seconds() - began));
        client->acknowledge(i, 8);
      }
      std::sort(inner.begin(), inner.end()), std::sort(outer.begin(), outer.end());
      fmt::print("{} {}x{}: {:.1f} ms in the engine (least {:.1f}), {:.1f} ms from request to the last tile (least {:.1f}); medians of 20\n", network, size.width, size.height,
                 inner[10], inner[0], outer[10], outer[0]);
    } else {
      client.reset();
      const auto output = must(runProcess(must(findEngine()), {"predict", run.path().string(), (folder / "open.jpg").string(), "--out", (folder / "masks").string(), "--scale", text(5, "1")}));
      rusage usage{};
      getrusage(RUSAGE_CHILDREN, &usage);
      fmt::print("{} {}x{} scale {}: status {}, peak {} MB, {:.1f} s CPU in all children\n{}", network, size.width, size.height, text(5, "1"), output.status, usage.ru_maxrss / 1024,
                 double(usage.ru_utime.tv_sec) + double(usage.ru_stime.tv_sec), output.err);
    }
  }
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}
