// SPDX-License-Identifier: GPL-3.0-or-later
// Decoding and encoding beside PIL (which uses the same libraries) on the same files, in the same run. CPU time per picture: the CPU
// column of ours, the Time column of PIL.
#include <benchmark/benchmark.h>

#include <cmath>
#include <filesystem>

#include "core/base/random.h"
#include "core/base/resize.h"
#include "core/base/subprocess.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace {

using namespace intarsia;
namespace fs = std::filesystem;

/// 12 megapixels like a photograph (smooth, with a little noise), and labels like a street's.
class Files {
 public:
  static const Files& instance() {
    static const Files files;
    return files;
  }
  fs::path folder = fs::temp_directory_path() / ("intarsia-bench-" + std::to_string(::getpid()));
  LabelMap labels{4000, 3000};
  ClassTable classes;
  ~Files() { fs::remove_all(folder); }

 private:
  Files() {
    fs::create_directories(folder);
    Random random(1);
    Image photo{4000, 3000, 3, 8, std::vector<uint8_t>(size_t(4000) * 3000 * 3)};
    for (int y = 0; y < 3000; ++y)
      for (int x = 0; x < 4000; ++x)
        for (int c = 0; c < 3; ++c)
          photo.row(y)[3 * x + c] = uint8_t(120 + 90 * std::sin(x / (90.0 + 20 * c)) * std::cos(y / 130.0) + random.below(9));
    (void)writeJpeg(folder / "photo.jpg", photo);
    (void)writePng(folder / "photo.png", photo);
    for (int c = 0; c < 12; ++c) (void)classes.add("class " + std::to_string(c));
    for (int y = 0; y < 3000; ++y)
      for (int x = 0; x < 4000; ++x) labels.set(x, y, uint16_t(6 + 5.9 * std::sin(x / 211.0 + std::sin(y / 57.0)) * std::cos(y / 173.0)));
    (void)writeLabelPng(folder / "labels.png", labels, classes);
  }
};

void check(benchmark::State& state, bool good) {
  if (!good) state.SkipWithError("it failed");
}

void decode(benchmark::State& state, const char* name, int maxSide) {
  const auto path = Files::instance().folder / name;
  for (auto _ : state) check(state, decodeImage(path, {.maxSide = maxSide}).has_value());
}
BENCHMARK_CAPTURE(decode, jpeg, "photo.jpg", 0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, jpeg_thumbnail, "photo.jpg", 256)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, png, "photo.png", 0)->Unit(benchmark::kMillisecond);

void probe(benchmark::State& state) {
  for (auto _ : state) check(state, probeImage(Files::instance().folder / "photo.jpg").has_value());
}
BENCHMARK(probe)->Unit(benchmark::kMillisecond);

void readLabels(benchmark::State& state) {
  for (auto _ : state) check(state, readLabelPng(Files::instance().folder / "labels.png").has_value());
}
BENCHMARK(readLabels)->Unit(benchmark::kMillisecond);

void writeLabels(benchmark::State& state) {
  const auto& files = Files::instance();
  for (auto _ : state) check(state, writeLabelPng(files.folder / "out.png", files.labels, files.classes).has_value());
  state.counters["kB"] = double(fs::file_size(files.folder / "out.png")) / 1000;
}
BENCHMARK(writeLabels)->Unit(benchmark::kMillisecond);

void writeColors(benchmark::State& state) {
  const auto& files = Files::instance();
  for (auto _ : state) check(state, writeColorPng(files.folder / "out.png", files.labels, files.classes).has_value());
  state.counters["kB"] = double(fs::file_size(files.folder / "out.png")) / 1000;
}
BENCHMARK(writeColors)->Unit(benchmark::kMillisecond);

/// Python times itself (CPU), so that its start does not count.
void pil(benchmark::State& state, const std::string& statement) {
  for (auto _ : state) {
    const auto output = runProcess("/usr/bin/python3", {"-c",
        "import sys, time, os\nfrom PIL import Image\nf = sys.argv[1] + '/'\nlabels = Image.open(f + 'labels.png'); labels.load(); colors = labels.convert('RGB')\n"
        "def once():\n    " + statement + "\nonce(); t = time.process_time()\nfor i in range(3): once()\nprint((time.process_time() - t) / 3)",
        Files::instance().folder.string()});
    const auto seconds = output ? parseDouble(output->out) : std::nullopt;
    check(state, seconds.has_value());
    state.SetIterationTime(seconds.value_or(0));
  }
}
#define PIL_BENCHMARK(name, statement) BENCHMARK_CAPTURE(pil, name, statement)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(1)
PIL_BENCHMARK(jpeg, "Image.open(f + 'photo.jpg').load()");
PIL_BENCHMARK(jpeg_thumbnail, "im = Image.open(f + 'photo.jpg'); im.thumbnail((256, 256))");
PIL_BENCHMARK(png, "Image.open(f + 'photo.png').load()");
PIL_BENCHMARK(readLabels, "Image.open(f + 'labels.png').load()");
PIL_BENCHMARK(writeLabels, "labels.save(f + 'out2.png')");
PIL_BENCHMARK(writeColors, "colors.save(f + 'out2.png')");

}  // namespace
