// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <map>
#include <random>

#include "annotate/raster/supersample.h"
#include "tests/support/register.h"

using namespace intarsia;

/// Against a painting that is n times as large, counted pixel by pixel.
class SupersampleTest : public QObject {
  Q_OBJECT
 private slots:
  void equalsALargePainting_data();
  void equalsALargePainting();
  void halfCovered();
};

void SupersampleTest::equalsALargePainting_data() {
  QTest::addColumn<int>("n");
  QTest::addColumn<int>("rule");
  for (const int n : {1, 2, 3, 4, 7})
    for (const int rule : {0, 1, 2, 3}) QTest::addRow("n %d, rule %d", n, rule) << n << rule;
}

void SupersampleTest::equalsALargePainting() {
  QFETCH(int, n);
  QFETCH(int, rule);
  std::mt19937 random(unsigned(n * 10 + rule));
  std::uniform_real_distribution<> u(-5, 45);
  ClassTable classes;
  for (int c = 0; c < 4; ++c) (void)classes.add(std::to_string(c));
  for (int round = 0; round < 8; ++round) {
    LabelMap ground(37, 29);
    for (auto& v : ground.pixels()) v = random() % 3 ? kUnlabelled : uint16_t(random() % 4);
    std::vector<Polygon> polygons(5);
    std::vector<PaintedPolygon> painted;
    for (size_t i = 0; i < polygons.size(); ++i) {
      Ring ring;
      for (int k = 0; k < 3 + int(i); ++k) ring.push_back({u(random), u(random)});
      polygons[i].rings = {ring};
      painted.push_back({polygons[i].rings, uint16_t(random() % 4)});
    }
    LabelMap large(37 * n, 29 * n), plain = ground;
    for (int y = 0; y < large.height(); ++y)
      for (int x = 0; x < large.width(); ++x) large.set(x, y, ground.at(x / n, y / n));
    for (const auto& [rings, value] : painted) {
      const Polygon polygon{{rings.begin(), rings.end()}};
      for (const Span& s : spans(polygon, plain.rect(), RasterRule(rule))) std::fill(plain.row(s.y) + s.begin, plain.row(s.y) + s.end, value);
      Polygon scaled = polygon;
      for (auto& p : scaled.rings[0]) p = {p.x * n, p.y * n};
      for (const Span& s : spans(scaled, large.rect(), RasterRule(rule))) std::fill(large.row(s.y) + s.begin, large.row(s.y) + s.end, value);
    }
    const LabelMap map = supersampled(ground, painted, n, RasterRule(rule));
    const Image colors = supersampledColors(ground, painted, classes, n, RasterRule(rule));
    for (int y = 0; y < 29; ++y)
      for (int x = 0; x < 37; ++x) {
        std::map<uint16_t, int> counts;
        double sum = 0;
        for (int j = 0; j < n; ++j)
          for (int i = 0; i < n; ++i) {
            const uint16_t v = large.at(x * n + i, y * n + j);
            ++counts[v];
            if (v < 4) sum += classes[v].color.g;
          }
        int most = 0;
        for (const auto& [value, count] : counts) most = std::max(most, count);
        const uint16_t got = map.at(x, y);
        QCOMPARE(counts[got], most);
        if (counts[plain.at(x, y)] == most) QCOMPARE(got, plain.at(x, y));
        else
          for (const auto& [value, count] : counts)
            if (count == most) QVERIFY(got <= value);
        QVERIFY(std::abs(colors.row(y)[x * 3 + 1] - sum / (n * n)) <= 0.5);
      }
  }
}

void SupersampleTest::halfCovered() {
  ClassTable classes;
  (void)classes.add("red", Color{200, 100, 0});
  Polygon polygon{{{{1.5, 0}, {3, 0}, {3, 2}, {1.5, 2}}}};
  const PaintedPolygon one{polygon.rings, 0};
  const LabelMap ground(4, 2);
  const Image colors = supersampledColors(ground, {&one, 1}, classes, 4);
  QCOMPARE(int(colors.row(0)[3]), 100);  // half of the pixel
  QCOMPARE(int(colors.row(0)[6]), 200);
  // Centres at 1.5 are on the edge and belong to its right; as many samples lie on either side.
  QCOMPARE(supersampled(ground, {&one, 1}, 4).at(1, 0), uint16_t(0));
}

INTARSIA_TEST(SupersampleTest)
#include "supersample_test.moc"
