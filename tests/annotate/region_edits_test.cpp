// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "annotate/edit/region_edits.h"
#include "tests/annotate/project_support.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

class RegionEditsTest : public QObject {
  Q_OBJECT
 private slots:
  void baseBecomesShapesExactly();
  void toleranceMovesBordersALittle();
  void answerFillsWhatIsOpen();
  void stops();
};

static ClassTable table() {
  ClassTable classes;
  for (int i = 0; i < 4; ++i) (void)classes.addWithId({ClassId(10 + 3 * i), "c" + std::to_string(i), {}, false});
  return classes;
}

static Annotation withBase(Random& random, Size size) {
  Annotation a;
  a.size = size;
  a.base = TileMap(size);
  for (int i = 0; i < 30; ++i) {
    const int x = random.below(size.width), y = random.below(size.height);
    const Rect rect = Rect{x, y, 1 + random.below(30), 1 + random.below(30)}.intersected({0, 0, size.width, size.height});
    a.base.write(rect, std::vector<uint32_t>(size_t(rect.width) * size_t(rect.height), random.below(5) ? ClassId(10 + 3 * random.below(4)) : kNoClass).data());
  }
  addShape(a, square(3.3, 4.4, 17.5, 13));
  return a;
}

void RegionEditsTest::baseBecomesShapesExactly() {
  Random random(3);
  for (int i = 0; i < 40; ++i) {
    const Annotation a = withBase(random, {20 + random.below(300), 20 + random.below(60)});
    const auto edit = baseToShapes(a, {});
    EXPECT_OK(edit);
    QVERIFY(edit->after.base.empty() && edit->after.shapes.size() > 1);
    QVERIFY(edit->after.shapes.back() == a.shapes[0]);  // below what was there, with its id
    QVERIFY(rasterize(edit->after, table()) == rasterize(a, table()));
    std::vector<ShapeId> ids;
    for (const auto& shape : edit->after.shapes) ids.push_back(shape->id);
    std::ranges::sort(ids);
    QVERIFY(std::ranges::adjacent_find(ids) == ids.end() && ids.back() < edit->after.nextId);
  }
}

void RegionEditsTest::toleranceMovesBordersALittle() {
  Random random(4);
  const Annotation a = withBase(random, {200, 120});
  const auto exact = baseToShapes(a, {}), loose = baseToShapes(a, {.tolerance = 2});
  EXPECT_OK(loose);
  size_t before = 0, after = 0;
  for (const auto& shape : exact->after.shapes)
    for (const auto& ring : shape->polygon.rings) before += ring.size();
  for (const auto& shape : loose->after.shapes)
    for (const auto& ring : shape->polygon.rings) after += ring.size();
  QVERIFY(after <= before);
  const LabelMap p = rasterize(a, table()), q = rasterize(loose->after, table());
  for (int y = 3; y < 117; ++y)
    for (int x = 3; x < 197; ++x) {  // a pixel that changed has another label within the tolerance
      if (p.at(x, y) == q.at(x, y)) continue;
      bool near = false;
      for (int dy = -3; dy <= 3; ++dy)
        for (int dx = -3; dx <= 3; ++dx) near = near || p.at(x + dx, y + dy) == q.at(x, y);
      QVERIFY(near);
    }
}

void RegionEditsTest::answerFillsWhatIsOpen() {
  Random random(5);
  for (const int level : {0, 2}) {
    const Annotation a = withBase(random, {101, 75});
    LabelMap answer((101 + 3) >> level, (75 + 3) >> level);
    for (auto& v : answer.pixels()) v = uint16_t(random.below(6));  // two of them stand for no class
    const auto edit = answerToShapes(a, answer, level, table(), {});
    EXPECT_OK(edit);
    QVERIFY(edit->after.base == a.base);
    const LabelMap before = rasterize(a, table()), after = rasterize(edit->after, table());
    // Shapes lie over the base, so where it was labelled they have no pixel.
    for (int y = 0; y < 75; ++y)
      for (int x = 0; x < 101; ++x) {
        const uint16_t said = answer.at(x >> level, y >> level);
        QCOMPARE(after.at(x, y), before.at(x, y) != kUnlabelled ? before.at(x, y) : said < 4 ? said : kUnlabelled);
      }
  }
}

void RegionEditsTest::stops() {
  Random random(6);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_ERROR(baseToShapes(withBase(random, {100, 100}), {}, Job(stop.get_token())), ErrorCode::cancelled);
}

INTARSIA_TEST(RegionEditsTest)
#include "region_edits_test.moc"
