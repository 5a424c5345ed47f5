// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "annotate/edit/snap.h"
#include "core/geometry/simplify.h"
#include "annotate/edit/edit.h"
#include "tests/support/register.h"

using namespace intarsia;

class SnapTest : public QObject {
  Q_OBJECT
  Annotation m_annotation;

 private slots:
  void init() {
    m_annotation = {};
    m_annotation.size = {100, 80};
    Shape shape;
    shape.polygon.rings = {{{20, 20}, {60, 20}, {60, 60}, {20, 60}}};
    m_annotation = addShape(m_annotation, shape).after;
  }

  void verticesBeforeEdgesBeforeTheImage() {
    HitTester hits;
    QCOMPARE(snapTo(hits, m_annotation, {23, 22}, 5)->point, (Point{20, 20}));
    QVERIFY(snapTo(hits, m_annotation, {23, 22}, 5)->kind == Snap::Kind::vertex);
    QCOMPARE(snapTo(hits, m_annotation, {40, 22}, 5)->point, (Point{40, 20}));
    QVERIFY(snapTo(hits, m_annotation, {40, 22}, 5)->kind == Snap::Kind::edge);
    QCOMPARE(snapTo(hits, m_annotation, {98, 3}, 5)->point, (Point{100, 0}));
    QVERIFY(!snapTo(hits, m_annotation, {40, 40}, 5));
    QVERIFY(!snapTo(hits, m_annotation, {23, 22}, 0));
    // What is being dragged does not hold itself.
    QVERIFY(!snapTo(hits, m_annotation, {22, 22}, 5, Point{20, 20}));
  }

  void waysAlongABorder() {
    const auto corner = waysBetween(m_annotation, {40, 20}, {60, 40});
    QCOMPARE(corner->shorter, (Ring{{60, 20}}));
    QCOMPARE(corner->longer, (Ring{{20, 20}, {20, 60}, {60, 60}}));
    const auto back = waysBetween(m_annotation, {60, 40}, {40, 20});
    QCOMPARE(back->shorter, (Ring{{60, 20}}));
    QCOMPARE(back->longer, (Ring{{60, 60}, {20, 60}, {20, 20}}));
    const auto vertices = waysBetween(m_annotation, {20, 20}, {60, 60});
    QCOMPARE(vertices->shorter.size(), size_t(1));
    QCOMPARE(vertices->longer.size(), size_t(1));
    const auto same = waysBetween(m_annotation, {30, 20}, {50, 20});
    QVERIFY(same->shorter.empty());
    QCOMPARE(same->longer.size(), size_t(4));
    QVERIFY(!waysBetween(m_annotation, {30, 20}, {30, 21}));
    QVERIFY(!waysBetween(m_annotation, {30, 20}, {30, 20}));
  }

  void linesByHandLosePoints() {
    const Ring line{{0, 0}, {1, 0.1}, {2, -0.1}, {3, 0}, {3, 5}, {3.1, 9}};
    QCOMPARE(simplifiedLine(line, 0.2), (Ring{{0, 0}, {3, 0}, {3.1, 9}}));
    QCOMPARE(simplifiedLine({{1, 1}, {2, 2}}, 1), (Ring{{1, 1}, {2, 2}}));
  }
};

INTARSIA_TEST(SnapTest)
#include "snap_test.moc"
