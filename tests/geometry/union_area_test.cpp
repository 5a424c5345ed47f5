// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry/union_area.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "core/geometry/boolean.h"
#include "tests/support/register.h"

using namespace intarsia;

static Ring box(double x, double y, double w, double h) { return {{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}; }

class UnionAreaTest : public QObject {
  Q_OBJECT
 private slots:
  void known_data() {
    QTest::addColumn<QList<Ring>>("rings");
    QTest::addColumn<double>("area");
    const Ring bow{{0, 0}, {10, 10}, {10, 0}, {0, 10}};
    const double nan = std::numeric_limits<double>::quiet_NaN();
    QTest::newRow("nothing") << QList<Ring>{} << 0.0;
    QTest::newRow("one") << QList<Ring>{box(0, 0, 10, 10)} << 100.0;
    QTest::newRow("apart") << QList<Ring>{box(0, 0, 10, 10), box(20, 0, 5, 5)} << 125.0;
    QTest::newRow("overlapping") << QList<Ring>{box(0, 0, 10, 10), box(5, 5, 10, 10)} << 175.0;
    QTest::newRow("one in the other") << QList<Ring>{box(0, 0, 10, 10), box(2, 2, 3, 3)} << 100.0;
    QTest::newRow("the same twice") << QList<Ring>{box(0, 0, 10, 10), box(0, 0, 10, 10)} << 100.0;
    QTest::newRow("a common border") << QList<Ring>{box(0, 0, 10, 10), box(10, 0, 10, 10)} << 200.0;
    QTest::newRow("three") << QList<Ring>{box(0, 0, 10, 10), box(5, 0, 10, 10), box(0, 5, 15, 10)} << 225.0;
    QTest::newRow("bow tie") << QList<Ring>{bow} << 50.0;
    QTest::newRow("bow tie under a box") << QList<Ring>{bow, box(0, 0, 10, 5)} << 75.0;
    QTest::newRow("not a number is no ring") << QList<Ring>{box(0, 0, 10, 10), {{nan, 0}, {1, 1}, {2, 2}}} << 100.0;
    QTest::newRow("two points") << QList<Ring>{{{0, 0}, {5, 5}}} << 0.0;
  }
  void known() {
    QFETCH(QList<Ring>, rings);
    QFETCH(double, area);
    const auto got = unionArea(std::span(rings.constData(), size_t(rings.size())));
    QVERIFY(got && std::abs(*got - area) < 1e-9);
  }

  void equalsTheUnion() {
    std::mt19937 random(3);
    std::uniform_real_distribution<> u(0, 100);
    for (int i = 0; i < 400; ++i) {
      std::vector<Ring> rings(1 + random() % 4);
      std::vector<Polygon> polygons;
      for (Ring& ring : rings) {
        ring.resize(3 + random() % 12);
        for (Point& p : ring) p = i % 2 ? Point{u(random), u(random)} : Point{std::round(u(random) / 10) * 10, std::round(u(random) / 10) * 10};
        polygons.push_back({{ring}});
      }
      const auto got = unionArea(rings);
      QVERIFY(got);
      if (i % 2) {
        const auto whole = united(polygons);
        QVERIFY(whole);
        QVERIFY2(std::abs(*got - area(*whole)) < 1e-6, qPrintable(QString("case %1: %2, %3").arg(i).arg(*got).arg(area(*whole))));
      } else if (i % 40 == 0) {  // edges on edges, points on points: there GEOS repairs otherwise, so points are counted
        int hits = 0;
        for (int y = 0; y < 200; ++y)
          for (int x = 0; x < 200; ++x)
            hits += std::ranges::any_of(polygons, [&](const Polygon& p) { return contains(p, {x * 0.5 + 0.2512, y * 0.5 + 0.2487}); });
        QVERIFY2(std::abs(*got - hits * 0.25) < 60, qPrintable(QString("case %1: %2, %3").arg(i).arg(*got).arg(hits * 0.25)));
      }
    }
  }

  void leavesLargeOnes() {
    Ring ring;
    for (int i = 0; i < 5000; ++i) ring.push_back({std::cos(i * 0.1) * i, std::sin(i * 0.1) * i});
    QVERIFY(!unionArea({&ring, 1}));
  }
};

INTARSIA_TEST(UnionAreaTest)
#include "union_area_test.moc"
