// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry/boolean.h"
#include "core/geometry/noding.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "core/base/random.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;

namespace {

Ring square(double x, double y, double side) { return {{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}}; }

/// Any points at all: such rings cross themselves.
Polygon scribble(Random& random, int rings, int points) {
  Polygon polygon;
  for (int r = 0; r < rings; ++r) {
    Ring ring;
    for (int i = 0; i < points; ++i) ring.push_back({random.uniform(0, 20), random.uniform(0, 20)});
    polygon.rings.push_back(ring);
  }
  return polygon;
}

}  // namespace

class BooleanTest : public QObject {
  Q_OBJECT
 private slots:
  void squares() {
    const Polygon a{{square(0, 0, 10)}}, b{{square(5, 5, 10)}};
    QCOMPARE(area(*united(a, b)), 175.0);
    QCOMPARE(area(*subtracted(a, b)), 75.0);
    QCOMPARE(area(*intersected(a, b)), 25.0);
    const Polygon ring = *subtracted(a, {{square(2, 2, 3)}});
    QCOMPARE(ring.rings.size(), size_t(2));
    QCOMPARE(area(ring), 91.0);
    QVERIFY(subtracted(b, {{square(0, 0, 100)}})->rings.empty());
    QCOMPARE(subtracted({{square(0, 0, 9)}}, {{square(3, -1, 3), square(3, 2, 8)}})->rings.size(), size_t(2));
    const std::vector<Polygon> many(5, a);
    QCOMPARE(area(*united(std::span(many))), 100.0);
    QVERIFY(united(std::span<const Polygon>())->rings.empty());
    QVERIFY(united(Polygon(), Polygon())->rings.empty());
  }

  /// The result covers exactly what the operands' even-odd areas say, point by point, for operands that cross themselves.
  void agreesWithTheDefinition_data() {
    QTest::addColumn<int>("rings");
    QTest::addColumn<int>("points");
    QTest::newRow("triangles") << 1 << 3;
    QTest::newRow("crossing") << 1 << 7;
    QTest::newRow("several rings") << 3 << 5;
  }
  void agreesWithTheDefinition() {
    QFETCH(int, rings);
    QFETCH(int, points);
    Random random(uint64_t(rings * 100 + points));
    for (int round = 0; round < 40; ++round) {
      const Polygon a = scribble(random, rings, points), b = scribble(random, rings, points);
      const auto both = united(a, b), rest = subtracted(a, b), common = intersected(a, b), clean = repaired(a);
      EXPECT_OK(both);
      EXPECT_OK(rest);
      EXPECT_OK(common);
      EXPECT_OK(clean);
      int wrong = 0;
      for (int i = 0; i < 400; ++i) {
        const Point p{random.uniform(0, 20), random.uniform(0, 20)};
        const bool inA = contains(a, p), inB = contains(b, p);
        wrong += contains(*both, p) != (inA || inB);
        wrong += contains(*rest, p) != (inA && !inB);
        wrong += contains(*common, p) != (inA && inB);
        wrong += contains(*clean, p) != inA;
      }
      QCOMPARE(wrong, 0);
      for (const auto& ring : rest->rings) QVERIFY(!selfIntersection(ring));
    }
  }

  void oddInput() {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    const Polygon a{{square(0, 0, 10)}};
    for (const Polygon& odd : {Polygon{}, Polygon{{{}}}, Polygon{{{{1, 1}}}}, Polygon{{{{1, 1}, {2, 2}}}}, Polygon{{{{1, 1}, {2, 2}, {3, 3}}}},
                               Polygon{{{{1, 1}, {1, 1}, {1, 1}}}}, Polygon{{{{kNaN, 1}, {2, 2}, {3, 5}}}}, Polygon{{{{0, 0}, {1e308, 1}, {3, 1e308}}}},
                               Polygon{{{{1, 1}, {5, 5}, {1, 1}, {5, 5}}}}}) {
      const auto rest = subtracted(a, odd);
      EXPECT_OK(rest);
      QCOMPARE(area(*rest), 100.0);
      EXPECT_OK(united(a, odd));
      EXPECT_OK(intersected(odd, a));
      EXPECT_OK(repaired(odd));
    }
  }

  /// Points that lay outside of a picture and were moved onto its edge: the ring runs there and back along it.
  void ringsAlongAnEdgeTwice() {
    std::mt19937 random(5);
    std::uniform_real_distribution<> unit(0, 1);
    int doubled = 0;
    for (int round = 0; round < 300; ++round) {
      Ring ring;
      const double cx = 100 * unit(random), cy = 100 * unit(random);
      for (int k = 0; k < 24; ++k) {
        const double d = 60 * (.3 + .7 * unit(random)), t = k * M_PI / 12;
        ring.push_back({std::clamp(cx + d * std::cos(t), 0.0, 99.0), std::clamp(cy + d * std::sin(t), 0.0, 99.0)});
      }
      doubled += withoutDoubledEdges(ring) != Polygon{{ring}};
      const auto valid = repaired({{ring}});
      EXPECT_OK(valid);
      for (int i = 0; i < 300; ++i) {
        const Point p{99 * unit(random), i % 2 ? 99 * unit(random) : 95 + 4 * unit(random)};
        QCOMPARE(contains(*valid, p), contains(Polygon{{ring}}, p));
      }
    }
    QVERIFY(doubled > 50);
  }

  void manyHoles() {
    Polygon sieve{{square(0, 0, 400)}};
    for (int y = 0; y < 20; ++y)
      for (int x = 0; x < 20; ++x) sieve.rings.push_back(square(x * 20 + 5, y * 20 + 5, 10));
    const auto rest = subtracted(sieve, {{square(0, 0, 200)}});
    EXPECT_OK(rest);
    QCOMPARE(area(*rest), (160000.0 - 400 * 100) * 3 / 4);
    EXPECT_OK(repaired(sieve));
  }

  void sharedVertices() {
    const Polygon a{{square(0, 0, 10)}}, cutter{{{{3.3, -1}, {12, 4.1}, {7.7, 12}}}};
    const auto rest = subtracted(a, cutter);
    EXPECT_OK(rest);
    const Polygon noded = withVerticesOf(cutter, *rest);
    QVERIFY(noded.rings[0].size() > 3);
    for (const auto& ring : rest->rings)
      for (const Point p : ring)
        for (size_t i = 0; i < 3; ++i)
          if (distanceToSegment(p, cutter.rings[0][i], cutter.rings[0][(i + 1) % 3]) < 1e-6)
            QVERIFY(std::ranges::find(noded.rings[0], p) != noded.rings[0].end());
    QVERIFY(std::abs(area(noded) - area(cutter)) < 1e-4);
    QVERIFY(withVerticesOf(cutter, {}) == cutter);
  }

  void crossings() {
    const auto bow = selfIntersection({{0, 0}, {10, 10}, {10, 0}, {0, 10}});
    QVERIFY(bow.has_value());
    QCOMPARE(*bow, (Point{5, 5}));
    QVERIFY(!selfIntersection(square(0, 0, 5)));
    QVERIFY(!selfIntersection({{0, 0}, {10, 0}, {10, 10}, {5, 0}, {0, 10}}));  // touches its own edge
    QVERIFY(!selfIntersection({{0, 0}, {1, 1}}));
    QVERIFY(!selfIntersection({}));
  }
};

INTARSIA_TEST(BooleanTest)
#include "boolean_test.moc"
