// SPDX-License-Identifier: GPL-3.0-or-later
// Polygons into label maps beside cv::fillPoly, one thread; a large label map into polygons.
#include <benchmark/benchmark.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <random>

#include "annotate/raster/rasterizer.h"
#include "annotate/raster/vectorizer.h"

namespace {

using namespace intarsia;

struct Scene {
  Annotation annotation;
  ClassTable classes;
  std::vector<std::vector<cv::Point>> fixed;  // in 1/16 pixel, for fillPoly
};

/// Star-shaped polygons of 11 classes.
Scene scene(int width, int height, int count, int vertices, double radius) {
  std::mt19937 random(1);
  std::uniform_real_distribution<> u(0, 1);
  Scene s;
  s.annotation.size = {width, height};
  for (int i = 0; i < 11; ++i) (void)s.classes.add("class " + std::to_string(i));
  for (int i = 0; i < count; ++i) {
    const double cx = u(random) * width, cy = u(random) * height, r = radius * (.3 + .7 * u(random));
    auto shape = std::make_shared<Shape>();
    shape->id = s.annotation.nextId++;
    shape->classId = s.classes[i % 11].id;
    Ring ring;
    auto& fixed = s.fixed.emplace_back();
    for (int k = 0; k < vertices; ++k) {
      const double a = 2 * M_PI * k / vertices, d = r * (.6 + .4 * u(random));
      ring.push_back({cx + d * std::cos(a), cy + d * std::sin(a)});
      fixed.emplace_back(int(std::lround(ring.back().x * 16)), int(std::lround(ring.back().y * 16)));
    }
    shape->polygon.rings = {ring};
    s.annotation.shapes.push_back(shape);
  }
  return s;
}

Scene smallScene() { return scene(640, 480, 12, 24, 120); }
Scene largeScene() { return scene(4096, 4096, 400, 60, 300); }

template <Scene (*make)()>
void ours(benchmark::State& state) {
  const Scene s = make();
  LabelMap map;
  const Rect all{0, 0, s.annotation.size.width, s.annotation.size.height};
  for (auto _ : state) {
    rasterizeInto(map, s.annotation, s.classes, all);
    benchmark::DoNotOptimize(map.row(0));
    benchmark::ClobberMemory();
  }
}

template <Scene (*make)()>
void oursInBytes(benchmark::State& state) {
  const Scene s = make();
  std::vector<uint8_t> map;
  std::vector<PaintedPolygon> polygons;
  for (size_t i = 0; i < s.annotation.shapes.size(); ++i) polygons.push_back({s.annotation.shapes[i]->polygon.rings, uint16_t(i % 11)});
  for (auto _ : state) {
    paintBytes(map, s.annotation.size, 255, polygons);
    benchmark::DoNotOptimize(map.data());
    benchmark::ClobberMemory();
  }
}

template <Scene (*make)(), int type>
void fillPoly(benchmark::State& state) {
  const Scene s = make();
  cv::setNumThreads(1);
  cv::Mat map(s.annotation.size.height, s.annotation.size.width, type);
  for (auto _ : state) {
    map.setTo(0);
    for (size_t i = 0; i < s.fixed.size(); ++i) {
      const cv::Point* points = s.fixed[i].data();
      const int count = int(s.fixed[i].size());
      cv::fillPoly(map, &points, &count, 1, cv::Scalar(double(i % 11 + 1)), 8, 4);
    }
    benchmark::DoNotOptimize(map.data);
    benchmark::ClobberMemory();
  }
}

BENCHMARK(ours<smallScene>)->Name("small/ours, 16 bit")->Unit(benchmark::kMicrosecond);
BENCHMARK(fillPoly<smallScene, CV_16U>)->Name("small/fillPoly, 16 bit")->Unit(benchmark::kMicrosecond);
BENCHMARK(oursInBytes<smallScene>)->Name("small/ours, 8 bit")->Unit(benchmark::kMicrosecond);
BENCHMARK(fillPoly<smallScene, CV_8U>)->Name("small/fillPoly, 8 bit")->Unit(benchmark::kMicrosecond);
BENCHMARK(ours<largeScene>)->Name("large/ours, 16 bit")->Unit(benchmark::kMillisecond);
BENCHMARK(fillPoly<largeScene, CV_16U>)->Name("large/fillPoly, 16 bit")->Unit(benchmark::kMillisecond);
BENCHMARK(oursInBytes<largeScene>)->Name("large/ours, 8 bit")->Unit(benchmark::kMillisecond);
BENCHMARK(fillPoly<largeScene, CV_8U>)->Name("large/fillPoly, 8 bit")->Unit(benchmark::kMillisecond);

void vectorizeLarge(benchmark::State& state) {
  // 2,000 areas with wavy borders: nearest of sites on a bent grid.
  constexpr int kSize = 4096, kColumns = 50, kRows = 40;
  LabelMap map(kSize, kSize);
  for (int y = 0; y < kSize; ++y)
    for (int x = 0; x < kSize; ++x) {
      const double bx = x + 9 * std::sin(y * 0.07) + 5 * std::sin(y * 0.31), by = y + 9 * std::sin(x * 0.05) + 5 * std::sin(x * 0.37);
      const int column = std::clamp(int(bx * kColumns / kSize), 0, kColumns - 1), row = std::clamp(int(by * kRows / kSize), 0, kRows - 1);
      map.set(x, y, uint16_t(row * kColumns + column));
    }
  size_t regions = 0;
  for (auto _ : state) regions = vectorize(map, {double(state.range(0)) / 10}).value().size();
  state.counters["regions"] = double(regions);
}
BENCHMARK(vectorizeLarge)->Name("vectorize 4096², tolerance in 1/10 px")->Arg(0)->Arg(10)->Arg(20)->Unit(benchmark::kMillisecond);

}  // namespace
