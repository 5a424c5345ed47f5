// SPDX-License-Identifier: GPL-3.0-or-later
// The tools without a window: a host that only keeps the annotation.
#include <QTest>

#include "annotate/edit/edit.h"
#include "tests/support/register.h"
#include "tests/ui/tool_host.h"
#include "ui/canvas/polygon_tool.h"
#include "ui/canvas/box_tool.h"
#include "ui/canvas/select_tool.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

struct Host : ImageHost {
  Host() : ImageHost(Size{100, 80}) {}
  void commit(Annotation after, const Rect& dirty, const QString& name) override {
    QVERIFY(!sameContent(value, after));
    ImageHost::commit(std::move(after), dirty, name);
  }
};

const Ring kSquare{{20, 20}, {60, 20}, {60, 60}, {20, 60}};

}  // namespace

class ToolsTest : public QObject {
  Q_OBJECT
 private slots:
  void polygonFinishes_data();
  void polygonFinishes();
  void polygonTakesPointsBack();
  void polygonWithoutAClassWaits();
  void polygonOutsideIsDrawnToTheBorder();
  void twoPointsAreNoPolygon();
  void rectangleByDragAndByClicks();
  void rectangleOfNothingIsDropped();
  void selectPicksTheTopmost();
  void shiftSelectsSeveral();
  void aDragIsOneCommit();
  void aSmallShakeMovesNothing();
  void verticesMoveInsertAndGo();
  void anEdgeIsDragged();
  void lockedShapesStay();
  void escDropsTheDrag();
};

void ToolsTest::polygonFinishes_data() {
  QTest::addColumn<QString>("how");
  for (const char* how : {"enter", "double click", "first point"}) QTest::newRow(how) << QString::fromLatin1(how);
}

void ToolsTest::polygonFinishes() {
  QFETCH(QString, how);
  Host host;
  PolygonTool tool(host);
  click(tool, 10, 10);
  click(tool, 50, 12);
  click(tool, 30, 40);
  QVERIFY(host.value.shapes.empty());
  if (how == "enter") QVERIFY(tool.key(Qt::Key_Return, {}));
  if (how == "double click") tool.doubleClick(at(30, 40));
  if (how == "first point") click(tool, 13, 12);
  QCOMPARE(host.value.shapes.size(), size_t(1));
  QCOMPARE(host.ring(), (Ring{{10, 10}, {50, 12}, {30, 40}}));
  QCOMPARE(host.commits.size(), 1);
  QVERIFY(!tool.canUndo());
}

void ToolsTest::polygonTakesPointsBack() {
  Host host;
  PolygonTool tool(host);
  for (double x : {10, 20, 30, 40}) click(tool, x, x * x / 40);
  QVERIFY(tool.key(Qt::Key_Backspace, {}));
  tool.undo();
  QCOMPARE(tool.points().size(), size_t(2));
  QVERIFY(tool.canRedo());
  tool.redo();
  QCOMPARE(tool.points().back(), (Point{30, 22.5}));
  click(tool, 15, 60);
  QVERIFY(!tool.canRedo());
  QVERIFY(tool.key(Qt::Key_Escape, {}));
  QVERIFY(tool.points().empty() && host.value.shapes.empty());
  QVERIFY(!tool.key(Qt::Key_Escape, {}));  // the second one is the canvas's
}

void ToolsTest::polygonWithoutAClassWaits() {
  Host host;
  host.drawClass = kNoClass;
  PolygonTool tool(host);
  click(tool, 10, 10);
  click(tool, 50, 10);
  click(tool, 30, 40);
  tool.key(Qt::Key_Enter, {});
  QVERIFY(host.waiting && host.value.shapes.empty());
  QCOMPARE(tool.points().size(), size_t(3));
  host.waiting(7);
  QCOMPARE(host.value.shapes.size(), size_t(1));
  QCOMPARE(host.value.shapes[0]->classId, ClassId(7));
}

void ToolsTest::polygonOutsideIsDrawnToTheBorder() {
  Host host;
  PolygonTool tool(host);
  click(tool, -30, -5);
  click(tool, 300, 40);
  click(tool, 50, 900);
  tool.key(Qt::Key_Return, {});
  QCOMPARE(host.ring(), (Ring{{0, 0}, {100, 40}, {50, 80}}));
}

void ToolsTest::twoPointsAreNoPolygon() {
  Host host;
  PolygonTool tool(host);
  click(tool, 10, 10);
  click(tool, 50, 10);
  click(tool, 50, 10);  // the same place twice is one point
  tool.key(Qt::Key_Return, {});
  QVERIFY(host.value.shapes.empty());
  QCOMPARE(tool.points().size(), size_t(2));
}

void ToolsTest::rectangleByDragAndByClicks() {
  Host host;
  RectangleTool tool(host);
  drag(tool, {50.4, 40.2}, {10.3, 9.7});
  QCOMPARE(host.ring(), (Ring{{10, 10}, {50, 10}, {50, 40}, {10, 40}}));
  click(tool, 60, 60);
  tool.move(at(70, 65));
  click(tool, 80, 75);
  QCOMPARE(host.ring(1), (Ring{{60, 60}, {80, 60}, {80, 75}, {60, 75}}));
  QCOMPARE(host.value.shapes[1]->kind, std::string("rectangle"));
}

void ToolsTest::rectangleOfNothingIsDropped() {
  Host host;
  RectangleTool tool(host);
  drag(tool, {10, 10}, {40, 10.2});
  QVERIFY(host.value.shapes.empty());
}

void ToolsTest::selectPicksTheTopmost() {
  Host host;
  host.add(kSquare);
  const ShapeId top = host.add({{40, 40}, {80, 40}, {80, 70}, {40, 70}});
  SelectTool tool(host);
  click(tool, 50, 50);
  QCOMPARE(host.selected, std::vector<ShapeId>{top});
  click(tool, 95, 5);
  QVERIFY(host.selected.empty());
  QVERIFY(host.commits.isEmpty());
}

void ToolsTest::shiftSelectsSeveral() {
  Host host;
  const ShapeId a = host.add(kSquare);
  const ShapeId b = host.add({{70, 10}, {90, 10}, {90, 30}, {70, 30}});
  SelectTool tool(host);
  click(tool, 30, 50);
  click(tool, 80, 20, Qt::ShiftModifier);
  QCOMPARE(host.selected, (std::vector<ShapeId>{a, b}));
  click(tool, 40, 40, Qt::ShiftModifier);
  QCOMPARE(host.selected, std::vector<ShapeId>{b});
}

void ToolsTest::aDragIsOneCommit() {
  Host host;
  host.add(kSquare);
  SelectTool tool(host);
  drag(tool, {40, 40}, {50, 35});
  QCOMPARE(host.commits.size(), 1);
  QCOMPARE(host.ring(), (Ring{{30, 15}, {70, 15}, {70, 55}, {30, 55}}));
}

void ToolsTest::aSmallShakeMovesNothing() {
  Host host;
  host.add(kSquare);
  SelectTool tool(host);
  drag(tool, {40, 40}, {42, 41});
  QVERIFY(host.commits.isEmpty());
  QCOMPARE(host.ring(), kSquare);
}

void ToolsTest::verticesMoveInsertAndGo() {
  Host host;
  host.add(kSquare);
  SelectTool tool(host);
  click(tool, 40, 40);
  drag(tool, {58, 61}, {66, 70});
  QCOMPARE(host.ring()[2], (Point{66, 70}));
  tool.doubleClick(at(40, 21));  // on the upper edge
  QCOMPARE(host.ring().size(), size_t(5));
  QCOMPARE(host.ring()[1], (Point{40, 20}));
  click(tool, 40, 20, Qt::AltModifier | Qt::ShiftModifier);
  QCOMPARE(host.ring().size(), size_t(4));
  click(tool, 20, 40, Qt::AltModifier);  // left edge
  QCOMPARE(host.ring().size(), size_t(5));
  tool.move(at(20, 40));
  QVERIFY(tool.key(Qt::Key_Backspace, {}));
  QCOMPARE(host.ring().size(), size_t(4));
  QCOMPARE(host.commits.size(), 5);
}

void ToolsTest::anEdgeIsDragged() {
  Host host;
  const ShapeId id = host.add(kSquare);
  host.add({{20, 20}, {60, 20}, {60, 5}, {20, 5}});  // on the same border
  SelectTool tool(host);
  drag(tool, {40, 21}, {40, 31});
  QCOMPARE(host.ring()[0], (Point{20, 30}));  // not selected yet: the shape as a whole
  host.value = moveShapes(host.value, std::vector{id}, 0, -10).after;
  host.commits.clear();
  host.selected = {id};
  tool.press(at(40, 21));
  tool.move(at(44, 30));
  tool.move(at(44, 32));
  QVERIFY(tool.key(Qt::Key_Escape, {}));
  tool.release(at(44, 32));
  QVERIFY(host.commits.isEmpty());
  drag(tool, {40, 21}, {44, 32});
  QCOMPARE(host.commits.size(), 1);
  QCOMPARE(host.ring(0), (Ring{{20, 20}, {44, 32}, {60, 20}, {60, 60}, {20, 60}}));
  QVERIFY(std::ranges::find(host.ring(1), Point{44, 32}) != host.ring(1).end());  // the border is still one
  drag(tool, {40, 45}, {40, 40});  // from within: the shape
  QCOMPARE(host.ring(0)[1], (Point{44, 27}));
}

void ToolsTest::lockedShapesStay() {
  Host host;
  const ShapeId id = host.add(kSquare);
  host.value = setLocked(host.value, std::vector{id}, true).after;
  SelectTool tool(host);
  drag(tool, {40, 40}, {60, 40});
  QCOMPARE(host.ring(), kSquare);
}

void ToolsTest::escDropsTheDrag() {
  Host host;
  host.add(kSquare);
  SelectTool tool(host);
  tool.press(at(40, 40));
  tool.move(at(60, 60));
  QVERIFY(tool.key(Qt::Key_Escape, {}));
  tool.release(at(60, 60));
  QVERIFY(host.commits.isEmpty());
  QCOMPARE(host.ring(), kSquare);
}

INTARSIA_TEST(ToolsTest)
#include "tools_test.moc"
