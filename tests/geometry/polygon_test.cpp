// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry/polygon.h"

#include <QElapsedTimer>
#include <QTest>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/base/random.h"
#include "core/geometry/simplify.h"
#include "tests/support/register.h"

using namespace intarsia;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();

Ring square(double x, double y, double side) { return {{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}}; }
Ring reversed(Ring ring) { return {ring.rbegin(), ring.rend()}; }

Ring star(Random& random, int points, double radius) {
  Ring ring;
  for (int i = 0; i < points; ++i) {
    const double angle = 2 * std::numbers::pi * i / points, r = radius * random.uniform(0.3, 1);
    ring.push_back({50 + r * std::cos(angle), 50 + r * std::sin(angle)});
  }
  return ring;
}

}  // namespace

class PolygonTest : public QObject {
  Q_OBJECT
 private slots:
  void areas() {
    QCOMPARE(signedArea(square(3, 4, 10)), 100.0);
    QCOMPARE(signedArea(reversed(square(3, 4, 10))), -100.0);
    QCOMPARE(signedArea({{0, 0}, {1, 1}}), 0.0);
    QCOMPARE(area({}), 0.0);
    QCOMPARE(area({{reversed(square(0, 0, 10))}}), 100.0);
    QCOMPARE(area({{{{0, 0}, {4, 0}, {0, 3}}}}), 6.0);
  }

  /// Orientation and order of the rings do not matter: nesting tells holes from parts.
  void nestedRings_data() {
    QTest::addColumn<int>("turned");
    for (int i = 0; i < 16; ++i) QTest::addRow("%d", i) << i;
  }
  void nestedRings() {
    QFETCH(int, turned);
    std::vector<Ring> rings = {square(0, 0, 10), square(2, 2, 6), square(4, 4, 2), square(20, 0, 5)};
    for (int i = 0; i < 4; ++i)
      if (turned >> i & 1) std::ranges::reverse(rings[size_t(i)]);
    std::rotate(rings.begin(), rings.begin() + turned % 4, rings.end());
    const Polygon polygon{rings};
    QCOMPARE(area(polygon), 100.0 - 36 + 4 + 25);
    QVERIFY(contains(polygon, {1, 1}));
    QVERIFY(!contains(polygon, {3, 3}));
    QVERIFY(contains(polygon, {5, 5}));
    QVERIFY(contains(polygon, {22, 2}));
    QVERIFY(!contains(polygon, {15, 2}));
  }

  void holesThatTouchTheBorder() {
    QCOMPARE(area({{square(0, 0, 10), square(0, 0, 4)}}), 84.0);             // shares a corner and two edges
    QCOMPARE(area({{square(0, 0, 10), square(6, 3, 4)}}), 84.0);             // ends on the right edge
    QCOMPARE(area({{square(0, 0, 10), square(10, 0, 10)}}), 200.0);          // neighbours
    QCOMPARE(area({{square(0, 0, 10), square(0, 0, 10)}}), 0.0);             // twice the same: even
    QCOMPARE(area({{square(0, 0, 10), {{5, 0}, {10, 5}, {5, 10}, {0, 5}}}}), 50.0);  // all corners on the edges
  }

  void wildNumbers() {
    const Polygon wild{{{{kNaN, 0}, {1, kInfinity}, {-kInfinity, 5}}, square(2, 3, 4)}};
    QCOMPARE(area(wild), 16.0);
    QVERIFY(contains(wild, {3, 4}));
    QVERIFY(!contains(wild, {kNaN, 4}));
    const Rect limit{0, 0, 100, 80};
    QVERIFY(!pixelBounds(wild, limit).empty());
    const Polygon huge{{{{-1e308, -1e308}, {1e308, -1e308}, {1e308, 1e308}, {-1e308, 1e308}}}};
    QCOMPARE(pixelBounds(huge, limit), limit);
    QVERIFY(contains(huge, {5, 5}));
    QVERIFY(!contains(huge, {1.5e308, 5}));
    QVERIFY(std::isfinite(area(huge)));
    QVERIFY(std::isfinite(distanceToSegment({0, 0}, {-1e308, 1e308}, {1e308, 1e308})));
    QCOMPARE(bounds({{{{kNaN, kNaN}}}}).right, 0.0);
    QVERIFY(bounds({}).empty());
  }

  void pixelBoundsCover() {
    const Rect limit{0, 0, 100, 80};
    QCOMPARE(pixelBounds({{{{1.2, 3.7}, {4.1, 3.9}, {2, 5.5}}}}, limit), (Rect{1, 3, 4, 3}));
    QCOMPARE(pixelBounds({{square(2, 2, 3)}}, limit), (Rect{2, 2, 3, 3}));
    QVERIFY(pixelBounds({{square(-50, 0, 10)}}, limit).empty());
    QVERIFY(pixelBounds({{square(100, 0, 10)}}, limit).empty());
    QVERIFY(pixelBounds({{square(0, 0, 10)}}, {}).empty());
    QVERIFY(pixelBounds({}, limit).empty());
    QCOMPARE(pixelBounds({{square(-5, -5, 10)}}, {2, 2, 10, 10}), (Rect{2, 2, 3, 3}));
  }

  /// A point on a shared border belongs to exactly one of two neighbours, however they are written.
  void bordersBelongToOne() {
    Random random(4);
    for (int round = 0; round < 300; ++round) {
      const Point a{double(random.below(9)), 0}, b{double(random.below(9)), 8};
      const Polygon left{{{{-1, 0}, a, b, {-1, 8}}}};
      Polygon right{{{a, {9, 0}, {9, 8}, b}}};
      if (round % 2) std::ranges::reverse(right.rings[0]);
      for (int y = 0; y < 8; ++y)
        for (int x = 0; x <= 8; ++x)
          for (const double part : {0.0, 0.5, 1.0 / 3}) {
            const Point p{x + part, y + part};
            QCOMPARE(int(contains(left, p)) + int(contains(right, p)), 1);
          }
    }
    const Polygon box{{square(2, 2, 4)}};
    QVERIFY(contains(box, {2, 2}));   // left and upper borders are inside
    QVERIFY(contains(box, {2, 4}));
    QVERIFY(!contains(box, {6, 4}));  // right and lower ones are not
    QVERIFY(!contains(box, {4, 6}));
  }

  void areaAgreesWithCounting() {
    Random random(8);
    for (int round = 0; round < 20; ++round) {
      const Polygon polygon{{star(random, 40, 45), star(random, 12, 10)}};
      int inside = 0;
      constexpr int n = 200;
      for (int y = 0; y < n; ++y)
        for (int x = 0; x < n; ++x) inside += contains(polygon, {(x + 0.5) * 100 / n, (y + 0.5) * 100 / n});
      QVERIFY(std::abs(area(polygon) - inside * (100.0 / n) * (100.0 / n)) < 15);
    }
  }

  /// What a noisy label map gives: thousands of holes in a long outline.
  void manyHolesAreQuick() {
    Polygon sieve{{{}}};
    for (int i = 0; i < 50000; ++i) sieve.rings[0].push_back({i * 0.02, (i % 2) * 0.5});
    for (int i = 0; i < 50000; ++i) sieve.rings[0].push_back({1000 - i * 0.02, 1000 - (i % 2) * 0.5});
    const double outside = area(sieve);
    for (int y = 0; y < 60; ++y)
      for (int x = 0; x < 60; ++x) sieve.rings.push_back(square(x * 16 + 10, y * 16 + 10, 3));
    QElapsedTimer timer;
    timer.start();
    QVERIFY(std::abs(area(sieve) - (outside - 3600 * 9)) < 1e-3);
    QVERIFY2(timer.elapsed() < 2000, QByteArray::number(timer.elapsed()));
  }

  void distances() {
    QCOMPARE(distanceToSegment({0, 5}, {0, 0}, {10, 0}), 5.0);
    QCOMPARE(distanceToSegment({-3, 4}, {0, 0}, {10, 0}), 5.0);
    QCOMPARE(distanceToSegment({13, 4}, {0, 0}, {10, 0}), 5.0);
    QCOMPARE(distanceToSegment({3, 4}, {0, 0}, {0, 0}), 5.0);
    QVERIFY(!(distanceToSegment({kNaN, 4}, {0, 0}, {1, 0}) < 1e300));
  }

  void simplifying() {
    const Ring box{{0, 0}, {5, 0}, {10, 0}, {10, 10}, {4, 10}, {0, 10}, {0, 7}};
    QCOMPARE(simplified(box, 0).size(), size_t(4));
    QCOMPARE(simplified({{0, 0}, {1, 0}, {2, 0}}, 1).size(), size_t(3));
    QCOMPARE(simplified({{0, 0}, {1, 0.1}, {2, 0}, {1, -0.1}}, 5).size(), size_t(4));  // would vanish: stays
    Random random(2);
    for (const double tolerance : {0.5, 2.0, 8.0}) {
      const Ring ring = star(random, 500, 45), simple = simplified(ring, tolerance);
      QVERIFY(simple.size() < ring.size());
      for (const Point p : ring) {
        double nearest = kInfinity;
        for (size_t i = 0; i < simple.size(); ++i) nearest = std::min(nearest, distanceToSegment(p, simple[i], simple[(i + 1) % simple.size()]));
        QVERIFY(nearest <= tolerance + 1e-9);
      }
    }
    Ring long_;
    for (int i = 0; i < 200000; ++i) long_.push_back({i < 100000 ? i * 0.01 : (200000 - i) * 0.01, i < 100000 ? 0.0 : 1.0 + (i % 2) * 0.001});
    QVERIFY(simplified(long_, 0.01).size() < 20);
  }
};

INTARSIA_TEST(PolygonTest)
#include "polygon_test.moc"
