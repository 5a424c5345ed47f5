// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/checker.h"

#include <QTest>
#include <limits>

#include "annotate/raster/rasterizer.h"
#include "tests/annotate/random_editor.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

using Kind = Finding::Kind;

ClassTable table() {
  ClassTable classes;
  for (int i = 1; i <= 4; ++i) (void)classes.addWithId({ClassId(i), "class " + std::to_string(i), {}, false});
  return classes;
}

Polygon box(double x, double y, double width, double height) { return {{{{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}}}}; }

Annotation of(std::initializer_list<Polygon> polygons) {
  Annotation annotation;
  annotation.size = {40, 30};
  ClassId id = 0;
  for (const Polygon& polygon : polygons) annotation = addShape(annotation, shapeOf(polygon, 1 + id++ % 4)).after;
  return annotation;
}

std::vector<Finding> only(Kind kind, const std::vector<Finding>& all) {
  std::vector<Finding> found;
  for (const Finding& finding : all)
    if (finding.kind == kind) found.push_back(finding);
  return found;
}

}  // namespace

class CheckerTest : public QObject {
  Q_OBJECT
 private slots:
  void aCleanImageHasNothing() {
    QVERIFY(check(of({box(0, 0, 20, 30), box(20, 0, 20, 30)}), table()).empty());
  }
  void gapsAndUnlabelled() {
    const auto found = check(of({box(0, 0, 19, 30), box(20, 0, 20, 30)}), table());
    QCOMPARE(only(Kind::gap, found).size(), size_t(1));
    QVERIFY(only(Kind::gap, found)[0].rect == Rect(19, 0, 1, 30));
    QCOMPARE(only(Kind::unlabelled, found)[0].pixels, int64_t(30));
    QCOMPARE(only(Kind::unlabelled, found)[0].share, 1.0 / 40);
    CheckOptions options;
    options.background = true;
    QVERIFY(check(of({box(0, 0, 19, 30), box(20, 0, 20, 30)}), table(), options).empty());
    QVERIFY(only(Kind::gap, check(of({box(0, 0, 10, 30), box(20, 0, 20, 30)}), table())).empty());
  }
  void overlaps() {
    const auto found = only(Kind::overlap, check(of({box(0, 0, 21, 30), box(20, 0, 20, 30)}), table()));
    QCOMPARE(found.size(), size_t(1));
    QVERIFY(found[0] == (Finding{Kind::overlap, {20, 0, 1, 30}, {1, 2}, 30, 30.0 / 600}));
  }
  void slivers() {
    const auto found = only(Kind::sliver, check(of({box(0, 0, 40, 30), box(5, 5, 1, 20), box(10, 5, 2, 20)}), table()));
    QCOMPARE(found.size(), size_t(1));
    QVERIFY(found[0].rect == Rect(5, 5, 1, 20));
  }
  void brokenShapes() {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const Polygon bowTie{{{{0, 0}, {20, 20}, {20, 0}, {0, 20}}}};
    const auto found = check(of({box(-5, -5, 10, 10), box(100, 100, 5, 5), bowTie, Polygon{{{{1, 1}, {2, 2}}}}, Polygon{{{{nan, 0}, {4, 0}, {4, 4}}}}, Polygon{}}), table());
    QCOMPARE(only(Kind::outOfImage, found).size(), size_t(2));
    QCOMPARE(only(Kind::selfIntersection, found).size(), size_t(1));
    QVERIFY(only(Kind::selfIntersection, found)[0].rect == Rect(8, 8, 5, 5));
    QCOMPARE(only(Kind::degenerate, found).size(), size_t(4));
    for (const Finding& finding : found) QVERIFY(!nameOf(finding.kind).empty());
    QVERIFY(check(Annotation(), table()).empty());
  }
  void randomImages() {
    Editor editor(6);
    Annotation annotation;
    annotation.size = kSize;
    for (int i = 0; i < 200; ++i) {
      annotation = editor.any(annotation).after;
      if (i % 10) continue;
      const LabelMap map = rasterize(annotation, table());
      const int64_t unlabelled = std::count(map.pixels().begin(), map.pixels().end(), kUnlabelled);
      int64_t seen = 0;
      for (const Finding& finding : check(annotation, table())) {
        QVERIFY(finding.rect.empty() || finding.rect.intersected(map.rect()) == finding.rect);
        if (finding.kind == Kind::unlabelled) seen = finding.pixels;
      }
      QCOMPARE(seen, unlabelled);
    }
  }
};

INTARSIA_TEST(CheckerTest)
#include "checker_test.moc"
