// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/vectorizer.h"

#include <QElapsedTimer>
#include <QTest>
#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "annotate/raster/rasterizer.h"
#include "core/geometry/boolean.h"
#include "core/media/decode.h"
#include "tests/support/register.h"

using namespace intarsia;

namespace {

/// Each pixel's number of owners, and the label painted.
struct Painted {
  LabelMap labels;
  std::vector<int> owners;
};
Painted paint(const std::vector<Region>& regions, Size size) {
  Painted painted{LabelMap(size.width, size.height), std::vector<int>(size_t(size.width) * size_t(size.height), 0)};
  for (const Region& region : regions)
    for (const Span& s : spans(region.polygon, {0, 0, size.width, size.height}))
      for (int x = s.begin; x < s.end; ++x) {
        painted.labels.set(x, s.y, region.label);
        ++painted.owners[size_t(s.y) * size.width + size_t(x)];
      }
  return painted;
}

LabelMap randomMap(std::mt19937& random) {
  LabelMap map(1 + int(random() % 40), 1 + int(random() % 40));
  const int labels = 1 + int(random() % 5), kind = int(random() % 4);
  const auto label = [&] {
    const unsigned v = random() % unsigned(labels + 1);
    return v == unsigned(labels) ? kUnlabelled : uint16_t(v);
  };
  if (kind == 0) {  // noise
    for (auto& v : map.pixels()) v = label();
    return map;
  }
  const uint16_t ground = label();
  for (auto& v : map.pixels()) v = ground;
  for (int i = 0; i < 12; ++i) {  // rectangles or discs over each other
    const int cx = int(random() % 40), cy = int(random() % 40), rx = 1 + int(random() % 12), ry = 1 + int(random() % 12);
    const uint16_t v = label();
    for (int y = 0; y < map.height(); ++y)
      for (int x = 0; x < map.width(); ++x) {
        const double dx = double(x - cx) / rx, dy = double(y - cy) / ry;
        if (kind == 1 ? std::abs(dx) < 1 && std::abs(dy) < 1 : dx * dx + dy * dy < 1) map.set(x, y, v);
      }
  }
  return map;
}

LabelMap voronoi(int size, int count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::array<int, 2>> sites;
  for (int i = 0; i < count; ++i) sites.push_back({int(random() % unsigned(size)), int(random() % unsigned(size))});
  // Jump flooding from the sites.
  std::vector<int> nearest(size_t(size) * size, -1);
  for (int i = 0; i < count; ++i) nearest[size_t(sites[size_t(i)][1]) * size + size_t(sites[size_t(i)][0])] = i;
  const auto distance = [&](int i, int x, int y) {
    const int64_t dx = sites[size_t(i)][0] - x, dy = sites[size_t(i)][1] - y;
    return dx * dx + dy * dy;
  };
  for (int step = size / 2; step >= 1; step /= 2)
    for (int y = 0; y < size; ++y)
      for (int x = 0; x < size; ++x) {
        int& best = nearest[size_t(y) * size + x];
        for (int oy = -step; oy <= step; oy += step)
          for (int ox = -step; ox <= step; ox += step) {
            if (x + ox < 0 || y + oy < 0 || x + ox >= size || y + oy >= size) continue;
            const int other = nearest[size_t(y + oy) * size + size_t(x + ox)];
            if (other >= 0 && (best < 0 || distance(other, x, y) < distance(best, x, y))) best = other;
          }
      }
  LabelMap map(size, size);
  for (size_t i = 0; i < nearest.size(); ++i) map.pixels()[i] = uint16_t(nearest[i]);
  return map;
}

}  // namespace

class VectorizerTest : public QObject {
  Q_OBJECT
 private slots:
  void exactRoundTripOfRandomMaps() {
    std::mt19937 random(1);
    for (int i = 0; i < 1000; ++i) {
      const LabelMap map = randomMap(random);
      const auto regions = vectorize(map);
      QVERIFY(regions.has_value());
      const Painted painted = paint(*regions, map.size());
      QVERIFY2(painted.labels == map, qPrintable(QString("map %1").arg(i)));
      for (size_t p = 0; p < painted.owners.size(); ++p) QCOMPARE(painted.owners[p], map.pixels()[p] == kUnlabelled ? 0 : 1);
      for (const Region& region : *regions) {
        QCOMPARE(region.pixels, pixelCount(region.polygon, map.rect()));
        QVERIFY(signedArea(region.polygon.rings[0]) > 0);
        for (size_t r = 1; r < region.polygon.rings.size(); ++r) QVERIFY(signedArea(region.polygon.rings[r]) < 0);
        for (const Ring& ring : region.polygon.rings) QVERIFY(ring.size() >= 4);
      }
    }
  }

  void shapesOfKnownMaps() {
    LabelMap map(5, 5, 3);
    auto regions = vectorize(map).value();
    QCOMPARE(regions.size(), size_t(1));
    QVERIFY(regions[0].polygon.rings == (std::vector<Ring>{{{0, 0}, {5, 0}, {5, 5}, {0, 5}}}));
    map.set(2, 2, 1);
    regions = vectorize(map).value();
    QCOMPARE(regions.size(), size_t(2));
    QCOMPARE(regions[0].polygon.rings.size(), size_t(2));
    QVERIFY(regions[1].polygon.rings == (std::vector<Ring>{{{2, 2}, {3, 2}, {3, 3}, {2, 3}}}));
    LabelMap board(2, 2, 0);
    board.set(1, 0, 1), board.set(0, 1, 1);
    QCOMPARE(vectorize(board).value().size(), size_t(4));
    QVERIFY(vectorize(LabelMap()).value().empty());
    QVERIFY(vectorize(LabelMap(3, 3)).value().empty());
    QCOMPARE(vectorize(map, {0, 2}).value().size(), size_t(1));
  }

  void simplifiedBordersStayShared_data() {
    QTest::addColumn<double>("tolerance");
    for (const double t : {0.5, 0.8, 1.5, 4.0, 20.0}) QTest::newRow(qPrintable(QString::number(t))) << t;
  }
  void simplifiedBordersStayShared() {
    QFETCH(double, tolerance);
    std::mt19937 random(2);
    for (int i = 0; i < 250; ++i) {
      LabelMap map = randomMap(random);
      for (auto& v : map.pixels())
        if (v == kUnlabelled) v = 7;  // so that every pixel has an owner
      const auto exact = vectorize(map).value();
      const auto regions = vectorize(map, {tolerance}).value();
      QCOMPARE(regions.size(), exact.size());
      const Painted painted = paint(regions, map.size());
      QVERIFY2(std::all_of(painted.owners.begin(), painted.owners.end(), [](int n) { return n == 1; }), qPrintable(QString("map %1").arg(i)));
      for (size_t r = 0; r < regions.size(); ++r) {
        QCOMPARE(regions[r].polygon.rings.size(), exact[r].polygon.rings.size());
        std::set<std::pair<double, double>> vertices;
        for (const Ring& ring : exact[r].polygon.rings)
          for (const Point& p : ring) vertices.insert({p.x, p.y});
        QVERIFY(signedArea(regions[r].polygon.rings[0]) > 0);
        for (const Ring& ring : regions[r].polygon.rings) {
          QVERIFY(ring.size() >= 3);
          QVERIFY(!selfIntersection(ring));
          for (const Point& p : ring) QVERIFY(vertices.contains({p.x, p.y}));
        }
      }
      // No left-out vertex lies farther away than the tolerance.
      for (size_t r = 0; r < regions.size(); ++r)
        for (const Ring& ring : exact[r].polygon.rings)
          for (const Point& p : ring) {
            double nearest = 1e9;
            for (const Ring& s : regions[r].polygon.rings)
              for (size_t k = 0; k < s.size(); ++k) nearest = std::min(nearest, distanceToSegment(p, s[k], s[(k + 1) % s.size()]));
            QVERIFY(nearest <= tolerance + 1e-9);
          }
    }
  }

  void realMasksComeBack() {
    const std::filesystem::path folder = std::filesystem::path(INTARSIA_SOURCE_DIR) / "../shared/data/camvid/valannot";
    std::error_code none;
    int masks = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
      if (entry.path().extension() != ".png" || ++masks > 20) continue;
      const auto map = readLabelPng(entry.path());
      QVERIFY(map.has_value());
      QVERIFY(paint(vectorize(*map).value(), map->size()).labels == *map);
    }
    if (masks == 0) QSKIP("no CamVid masks beside the source tree");
  }

  void largeMapIsFast() {
    const LabelMap map = voronoi(2048, 500, 3);
    QElapsedTimer timer;
    timer.start();
    const auto exact = vectorize(map).value();
    const qint64 first = timer.restart();
    const auto simple = vectorize(map, {1.5}).value();
    qInfo("2048², %d regions: exact %lld ms, tolerance 1.5 %lld ms", int(exact.size()), first, timer.elapsed());
    QVERIFY(paint(exact, map.size()).labels == map);
    const Painted painted = paint(simple, map.size());
    QVERIFY(std::all_of(painted.owners.begin(), painted.owners.end(), [](int n) { return n == 1; }));
  }

  void stops() {
    std::stop_source stop;
    stop.request_stop();
    const auto result = vectorize(LabelMap(10, 10, 1), {}, Job(stop.get_token()));
    QVERIFY(!result && result.error().code == ErrorCode::cancelled);
  }
};

INTARSIA_TEST(VectorizerTest)
#include "vectorizer_test.moc"
