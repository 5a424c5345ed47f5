// SPDX-License-Identifier: GPL-3.0-or-later
// 1,000 brush strokes on 8192×8192 stay in the history, and undo leads back through all of them.
#include <QTest>
#include <random>

#include "annotate/assist/area_edit.h"
#include "annotate/assist/tile_mask.h"
#include "annotate/edit/history.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;

namespace {

constexpr Size kSize{8192, 8192};

/// A curved stroke of a few hundred pixels.
std::vector<Span> strokeAt(std::mt19937& random) {
  TileMask mask(kSize);
  Point at{double(random() % 8192), double(random() % 8192)};
  double direction = double(random() % 628) / 100;
  const double diameter = 20 + double(random() % 40);
  for (int i = 0; i < 12; ++i) {
    direction += (double(random() % 100) - 50) / 100;
    const Point next{at.x + 40 * std::cos(direction), at.y + 40 * std::sin(direction)};
    mask.add(brushSpans(at, next, diameter));
    at = next;
  }
  return mask.spans();
}

}  // namespace

class BrushBudgetTest : public QObject {
  Q_OBJECT
 private slots:
  void thousandStrokes_data() {
    QTest::addColumn<int>("target");
    QTest::newRow("pixels") << int(AreaTarget::pixels);
    QTest::newRow("shapes") << int(AreaTarget::shape);
  }
  void thousandStrokes() {
    QFETCH(int, target);
    std::mt19937 random(8);
    Annotation now;
    now.size = kSize;
    const Annotation first = now;
    History history;
    double slowest = 0;
    for (int i = 0; i < 1000; ++i) {
      const std::vector<Span> stroke = strokeAt(random);
      AreaWish wish{i % 7 == 3 ? AreaMode::subtract : AreaMode::add, AreaTarget(target), ClassId(1 + i % 2), {}, "brush", true};
      const std::clock_t begin = std::clock();
      const auto area = areaOf(stroke, 0);
      EXPECT_OK(area);
      auto edit = applyArea(now, *area, wish);
      EXPECT_OK(edit);
      slowest = std::max(slowest, double(std::clock() - begin) * 1000 / CLOCKS_PER_SEC);
      history.push({"paint", {{"image", now, edit->after}}, {}});
      now = edit->after;
    }
    size_t points = 0;
    for (const ShapePtr& shape : now.shapes)
      for (const Ring& ring : shape->polygon.rings) points += ring.size();
    qInfo("%zu MB of history, slowest stroke %.1f ms, %zu shapes, %zu points", history.bytes() >> 20, slowest, now.shapes.size(), points);
    QCOMPARE(history.dropped(), size_t(0));
    QVERIFY(history.bytes() < size_t(256) << 20);
    const Annotation last = now;
    for (int i = 0; i < 1000; ++i) now = history.undo()->images[0].second;
    QVERIFY(sameContent(now, first));
    for (int i = 0; i < 1000; ++i) now = history.redo()->images[0].second;
    QVERIFY(sameContent(now, last));
  }
};

INTARSIA_TEST(BrushBudgetTest)
#include "brush_budget_slow_test.moc"
