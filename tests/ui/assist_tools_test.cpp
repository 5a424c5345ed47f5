// SPDX-License-Identifier: GPL-3.0-or-later
// The tools that make areas: a gesture becomes one commit, and the annotation has exactly the pixels that were shown.
#include <QTest>
#include <random>

#include "annotate/assist/tile_mask.h"
#include "tests/support/register.h"
#include "tests/ui/tool_host.h"
#include "ui/canvas/box_tool.h"
#include "ui/canvas/brush_tool.h"
#include "ui/canvas/canvas_view.h"
#include "ui/canvas/grab_cut_tool.h"
#include "ui/canvas/scissors_tool.h"
#include "ui/canvas/superpixel_tool.h"
#include "ui/canvas/wand_tool.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

using Pixels = std::vector<uint16_t>;

/// A disc of radius r of one colour on another, with some noise.
Image discImage(Size size, Point centre, double r, int channels = 3, int bits = 8) {
  std::mt19937 random(9);
  Image image{size.width, size.height, channels, bits, {}};
  image.bytes.resize(image.rowBytes() * size_t(size.height));
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const bool in = std::hypot(x + 0.5 - centre.x, y + 0.5 - centre.y) <= r;
      for (int c = 0; c < channels; ++c) {
        const int value = (in ? 210 - 30 * c : 60 + 20 * c) + int(random() % 9) - 4;
        const size_t i = size_t(x * channels + c);
        if (bits == 16)
          reinterpret_cast<uint16_t*>(image.row(y))[i] = uint16_t(value << 8);
        else
          image.row(y)[i] = uint8_t(value);
      }
    }
  return image;
}

Pixels discPixels(Size size, Point centre, double r) {
  Pixels out(size_t(size.width) * size_t(size.height), kUnlabelled);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      if (std::hypot(x + 0.5 - centre.x, y + 0.5 - centre.y) <= r) out[size_t(y * size.width + x)] = 0;
  return out;
}

void paint(Pixels& pixels, Size size, std::span<const Span> spans, uint16_t value) {
  for (const Span& s : spans)
    for (int x = std::max(0, s.begin); x < std::min(size.width, s.end); ++x)
      if (s.y >= 0 && s.y < size.height) pixels[size_t(s.y) * size_t(size.width) + size_t(x)] = value;
}

/// Class 1 is index 0, class 2 index 1.
Pixels maskOf(const ImageHost& host) {
  ClassTable classes;
  (void)classes.add("one");
  (void)classes.add("two");
  return rasterize(host.value, classes).pixels();
}

double iou(const Pixels& a, const Pixels& b) {
  double both = 0, any = 0;
  for (size_t i = 0; i < a.size(); ++i) both += a[i] == 0 && b[i] == 0, any += a[i] == 0 || b[i] == 0;
  return any ? both / any : 1;
}

const Ring kSquare{{20, 20}, {60, 20}, {60, 60}, {20, 60}};

}  // namespace

class AssistToolsTest : public QObject {
  Q_OBJECT
 private slots:
  void brushPaintsExactlyItsPixels();
  void brushChangesTheSelectedShape();
  void strokesJoinAndBecomeOneUndoStep();
  void brushOnPixels();
  void brushSizes();
  void strokeWaitsForAClassAndEscDropsIt();
  void eraserTakesFromTheClass();
  void strokesJoinAllThatTheyMeet();
  void eraserTakesFromShapesAndMap();
  void ellipseAddsAndCuts();
  void wandTakesTheColour();
  void wandDragSetsTheTolerance();
  void superpixelsPaintSegments();
  void scissorsFollowTheEdge();
  void scissorsTakePointsBack();
  void grabCutFindsTheThing();
  void grabCutOfEverythingSaysWhy();
  void anyGestureOnAnyImage_data();
  void anyGestureOnAnyImage();
  void heldKeySubtractsTappedKeySwitches();
};

void AssistToolsTest::brushPaintsExactlyItsPixels() {
  ImageHost host(Size{120, 90});
  BrushTool tool(host);
  tool.setOption("size", 13);
  Pixels wanted(120 * 90, kUnlabelled);
  const std::vector<Point> way{{15.3, 20.1}, {60.7, 33}, {61, 80.2}, {130, 95}};
  tool.press(at(way[0].x, way[0].y));
  for (size_t i = 1; i < way.size(); ++i) {
    tool.move(at(way[i].x, way[i].y));
    paint(wanted, host.value.size, brushSpans(way[i - 1], way[i], 13), 0);
  }
  Pixels shown(120 * 90, kUnlabelled);
  paint(shown, host.value.size, tool.stroke().spans(), 0);
  QCOMPARE(shown, wanted);
  QVERIFY(host.commits.isEmpty());
  tool.release(at(way.back().x, way.back().y));
  QCOMPARE(host.commits.size(), 1);
  QCOMPARE(maskOf(host), wanted);
  QCOMPARE(host.value.shapes[0]->kind, std::string("brush"));
  QVERIFY(tool.stroke().empty());
}

void AssistToolsTest::brushChangesTheSelectedShape() {
  ImageHost host(Size{120, 90});
  host.selected = {host.add(kSquare, 2)};
  Pixels wanted = maskOf(host);
  BrushTool tool(host);
  tool.setOption("size", 9);
  drag(tool, {50, 40}, {90, 45});
  paint(wanted, host.value.size, brushSpans({50, 40}, {70, 42.5}, 9), 1);
  paint(wanted, host.value.size, brushSpans({70, 42.5}, {90, 45}, 9), 1);
  QCOMPARE(maskOf(host), wanted);
  drag(tool, {20, 25}, {40, 25}, Qt::AltModifier);
  paint(wanted, host.value.size, brushSpans({20, 25}, {40, 25}, 9), kUnlabelled);
  QCOMPARE(maskOf(host), wanted);
  QCOMPARE(host.commits.size(), 2);
  QCOMPARE(host.value.shapes.size(), size_t(1));
  QVERIFY(tool.key(Qt::Key_Escape, {}));
  QVERIFY(host.selected.empty());
  QVERIFY(!tool.key(Qt::Key_Escape, {}));  // the next one is the canvas's
}

void AssistToolsTest::strokesJoinAndBecomeOneUndoStep() {
  ImageHost host(Size{120, 90});
  BrushTool tool(host);
  drag(tool, {20, 20}, {60, 20});
  drag(tool, {60, 20}, {60, 70});
  QCOMPARE(host.value.shapes.size(), size_t(1));
  QCOMPARE(host.commits.size(), 2);
  tool.setOption("join", 0);
  drag(tool, {60, 70}, {20, 70});
  QCOMPARE(host.value.shapes.size(), size_t(2));
}

void AssistToolsTest::brushOnPixels() {
  ImageHost host(Size{120, 90});
  BrushTool tool(host);
  tool.setOption("target", 2);
  Pixels wanted(120 * 90, kUnlabelled);
  drag(tool, {20, 20}, {60, 30});
  QVERIFY(host.value.shapes.empty() && !host.value.base.empty());
  paint(wanted, host.value.size, brushSpans({20, 20}, {40, 25}, 20), 0);
  paint(wanted, host.value.size, brushSpans({40, 25}, {60, 30}, 20), 0);
  QCOMPARE(maskOf(host), wanted);
  // From now on Auto paints pixels where nothing is selected.
  tool.setOption("target", 0);
  host.drawClass = 2;
  drag(tool, {40, 20}, {40, 60});
  paint(wanted, host.value.size, brushSpans({40, 20}, {40, 60}, 20), 1);
  QCOMPARE(maskOf(host), wanted);
  EraserTool eraser(host);
  drag(eraser, {0, 25}, {120, 25});
  paint(wanted, host.value.size, brushSpans({0, 25}, {120, 25}, 20), kUnlabelled);
  QCOMPARE(maskOf(host), wanted);
  QVERIFY(host.value.shapes.empty());
}

void AssistToolsTest::brushSizes() {
  ImageHost host(Size{50, 50});
  BrushTool tool(host);
  QVERIFY(tool.key(Qt::Key_BracketRight, {}));
  QCOMPARE(tool.size(), 24.0);
  QVERIFY(tool.wheel(-1, Qt::ControlModifier));
  QVERIFY(tool.size() < 24);
  QVERIFY(!tool.wheel(1, {}));
  for (int i = 0; i < 60; ++i) tool.key(Qt::Key_BracketLeft, {});
  QCOMPARE(tool.size(), 1.0);
  tool.key(Qt::Key_BracketRight, {});
  QCOMPARE(tool.size(), 2.0);
  tool.setOption("size", 1);
  click(tool, 10.7, 12.2);
  QCOMPARE(pixelCount(host.value.shapes[0]->polygon, {0, 0, 50, 50}), int64_t(1));
  QCOMPARE(maskOf(host)[12 * 50 + 10], uint16_t(0));
}

void AssistToolsTest::strokeWaitsForAClassAndEscDropsIt() {
  ImageHost host(Size{100, 80});
  host.drawClass = kNoClass;
  BrushTool tool(host);
  drag(tool, {20, 20}, {60, 20});
  QVERIFY(host.waiting && host.commits.isEmpty() && !tool.stroke().empty());
  host.waiting(2);
  QCOMPARE(host.value.shapes[0]->classId, ClassId(2));
  tool.press(at(10, 60));
  tool.move(at(50, 60));
  QVERIFY(tool.key(Qt::Key_Escape, {}));
  tool.release(at(50, 60));
  QCOMPARE(host.commits.size(), 1);
  QVERIFY(tool.stroke().empty());
}

void AssistToolsTest::eraserTakesFromTheClass() {
  ImageHost host(Size{120, 90});
  host.add(kSquare, 1);
  host.add({{70, 20}, {110, 20}, {110, 60}, {70, 60}}, 2);
  Pixels wanted = maskOf(host);
  EraserTool tool(host);
  tool.setOption("size", 10);
  drag(tool, {0, 40}, {120, 40});
  for (const Span& s : brushSpans({0, 40}, {120, 40}, 10))
    for (int x = 0; x < 120; ++x)
      if (uint16_t& v = wanted[size_t(s.y * 120 + x)]; v == 0) v = kUnlabelled;
  QCOMPARE(maskOf(host), wanted);
  QCOMPARE(host.commits.size(), 1);
  drag(tool, {0, 40}, {120, 40}, Qt::AltModifier);  // the other way round
  QVERIFY(maskOf(host)[40 * 120 + 10] == 0);
}

void AssistToolsTest::strokesJoinAllThatTheyMeet() {
  const auto left = Ring{{10, 20}, {40, 20}, {40, 60}, {10, 60}}, right = Ring{{70, 20}, {100, 20}, {100, 60}, {70, 60}};
  const auto stroke = [](ImageHost& host) {
    BrushTool tool(host);
    tool.setOption("size", 9);
    drag(tool, {30, 40}, {80, 40});
  };
  {
    ImageHost host(Size{120, 90});
    const ShapeId a = host.add(left), b = host.add(right);
    Pixels wanted = maskOf(host);
    paint(wanted, host.value.size, brushSpans({30, 40}, {80, 40}, 9), 0);
    stroke(host);
    QCOMPARE(maskOf(host), wanted);
    QCOMPARE(host.value.shapes.size(), size_t(1));
    QVERIFY(host.value.find(b) && !host.value.find(a));  // in the topmost one's place
    QCOMPARE(host.commits.size(), 1);
  }
  {  // another class lies between and over the lower one: it must not come above it
    ImageHost host(Size{120, 90});
    host.add(left);
    host.add({{10, 20}, {25, 20}, {25, 60}, {10, 60}}, 2);
    host.add(right);
    Pixels wanted = maskOf(host);
    paint(wanted, host.value.size, brushSpans({30, 40}, {80, 40}, 9), 0);
    stroke(host);
    QCOMPARE(maskOf(host), wanted);
    QCOMPARE(host.value.shapes.size(), size_t(3));
  }
  for (const bool locked : {true, false}) {  // locked, or of another instance
    ImageHost host(Size{120, 90});
    const ShapeId a = host.add(left);
    host.add(right);
    if (locked) host.value = setLocked(host.value, {&a, 1}, true).after;
    auto copy = std::make_shared<Shape>(*host.value.shapes[1]);
    if (!locked) copy->group = 7;
    host.value.shapes[1] = copy;
    stroke(host);
    QCOMPARE(host.value.shapes.size(), size_t(2));
    QVERIFY(host.value.find(a)->polygon == Polygon{{left}} || pixelCount(host.value.find(a)->polygon, {0, 0, 120, 90}) == 1200);
  }
}

void AssistToolsTest::eraserTakesFromShapesAndMap() {
  ImageHost host(Size{120, 90});
  const std::vector<Span> map{{40, 0, 120}, {41, 0, 120}, {70, 0, 120}};
  host.value = paintBase(host.value, map, 2).after;
  host.add({{10, 20}, {40, 20}, {40, 60}, {10, 60}});
  host.add({{70, 20}, {100, 20}, {100, 60}, {70, 60}});
  Pixels wanted = maskOf(host);
  EraserTool tool(host);
  tool.setOption("size", 10);
  drag(tool, {0, 40}, {120, 40});
  paint(wanted, host.value.size, brushSpans({0, 40}, {120, 40}, 10), kUnlabelled);
  QCOMPARE(maskOf(host), wanted);
  QCOMPARE(host.commits.size(), 1);
}

void AssistToolsTest::ellipseAddsAndCuts() {
  ImageHost host(Size{120, 90});
  EllipseTool tool(host);
  drag(tool, {20, 20}, {80, 60});
  QCOMPARE(host.value.shapes[0]->kind, std::string("ellipse"));
  const Pixels first = maskOf(host);
  QCOMPARE(first[40 * 120 + 50], uint16_t(0));
  host.selected = {host.value.shapes[0]->id};
  drag(tool, {40, 30}, {60, 50}, Qt::AltModifier);
  QCOMPARE(host.value.shapes.size(), size_t(1));
  QCOMPARE(maskOf(host)[40 * 120 + 50], kUnlabelled);
  drag(tool, {70, 30}, {110, 50}, Qt::ShiftModifier);
  QCOMPARE(host.value.shapes.size(), size_t(1));
  QCOMPARE(maskOf(host)[40 * 120 + 100], uint16_t(0));
  click(tool, 10, 70);
  tool.move(at(18, 74));
  QVERIFY(tool.key(Qt::Key_Escape, {}));
  QCOMPARE(host.commits.size(), 3);
}

void AssistToolsTest::wandTakesTheColour() {
  for (const int channels : {1, 3, 4})
    for (const int bits : {8, 16}) {
      ImageHost host(discImage({120, 90}, {60, 45}, 25, channels, bits));
      WandTool tool(host);
      tool.setOption("simplify", 0);
      click(tool, 60, 45);
      QTRY_COMPARE(host.commits.size(), 1);
      QCOMPARE(maskOf(host), discPixels({120, 90}, {60, 45}, 25));
      click(tool, -5, 20);  // outside
      click(tool, 60, 90);
      QTest::qWait(5);
      QCOMPARE(host.commits.size(), 1);
    }
}

void AssistToolsTest::wandDragSetsTheTolerance() {
  ImageHost host(discImage({120, 90}, {60, 45}, 25));
  WandTool tool(host);
  tool.setOption("tolerance", 0);
  tool.press(at(60, 45));
  tool.move(at(60 + 24, 45 - 36));
  QCOMPARE(tool.tolerance(), 20);
  QVERIFY(tool.key(Qt::Key_Escape, {}));
  QCOMPARE(tool.tolerance(), 0);
  tool.release(at(84, 9));
  QTest::qWait(5);
  QVERIFY(host.commits.isEmpty());
  tool.press(at(60, 45));
  tool.move(at(60 + 60, 45));
  tool.release(at(60 + 60, 45));
  QTRY_COMPARE(host.commits.size(), 1);
  QVERIFY(iou(maskOf(host), discPixels({120, 90}, {60, 45}, 25)) > 0.97);  // simplified by a pixel
}

void AssistToolsTest::superpixelsPaintSegments() {
  ImageHost host(discImage({160, 120}, {80, 60}, 35));
  SuperpixelTool tool(host);
  tool.setOption("side", 12);
  tool.move(at(80, 60));
  QTRY_VERIFY(tool.ready());
  click(tool, 80, 60);
  QCOMPARE(host.commits.size(), 1);
  const Pixels disc = discPixels({160, 120}, {80, 60}, 35);
  const Pixels one = maskOf(host);
  const auto count = [](const Pixels& p) { return std::ranges::count(p, uint16_t(0)); };
  QVERIFY(count(one) > 40 && count(one) < 600);
  QVERIFY(tool.ready());
  // Over the whole disc, row by row: segments keep to its edge.
  for (int y = 27; y < 94; y += 4) {
    const double half = std::sqrt(std::max(0.0, 33.0 * 33 - (y - 60) * (y - 60)));
    drag(tool, {80 - half, double(y)}, {80 + half, double(y)});
  }
  QVERIFY2(iou(maskOf(host), disc) > 0.96, qPrintable(QString::number(iou(maskOf(host), disc))));
  drag(tool, {60, 60}, {100, 60}, Qt::AltModifier);
  QVERIFY(count(maskOf(host)) < count(disc) - 400);
}

void AssistToolsTest::scissorsFollowTheEdge() {
  ImageHost host(discImage({160, 120}, {80, 60}, 40));
  ScissorsTool tool(host);
  for (const double a : {0.0, 1.6, 3.2, 4.8}) {
    tool.move(at(80 + 40 * std::cos(a), 60 + 40 * std::sin(a)));
    click(tool, 80 + 40 * std::cos(a), 60 + 40 * std::sin(a));
  }
  QVERIFY(tool.key(Qt::Key_Return, {}));
  QTRY_COMPARE(host.commits.size(), 1);
  const double same = iou(maskOf(host), discPixels({160, 120}, {80, 60}, 40));
  QVERIFY2(same > 0.96, qPrintable(QString::number(same)));  // four straight sides would have 0.64
  QCOMPARE(tool.anchors(), size_t(0));
}

void AssistToolsTest::scissorsTakePointsBack() {
  ImageHost host(discImage({160, 120}, {80, 60}, 40));
  ScissorsTool tool(host);
  click(tool, 120, 60);
  click(tool, 80, 100);
  click(tool, 40, 60);
  QVERIFY(tool.key(Qt::Key_Backspace, {}));
  QCOMPARE(tool.anchors(), size_t(2));
  tool.undo();
  QCOMPARE(tool.anchors(), size_t(1));
  QTRY_VERIFY(tool.ready());
  QVERIFY(tool.key(Qt::Key_Return, {}));  // a point is no area
  QCOMPARE(tool.anchors(), size_t(1));
  QVERIFY(tool.key(Qt::Key_Escape, {}));
  QVERIFY(!tool.canUndo() && host.commits.isEmpty());
}

void AssistToolsTest::grabCutFindsTheThing() {
  ImageHost host(discImage({200, 160}, {100, 80}, 40));
  GrabCutTool tool(host);
  drag(tool, {50, 30}, {150, 130});
  QVERIFY(host.commits.isEmpty());
  QTRY_VERIFY_WITH_TIMEOUT(tool.ready(), 20000);
  QVERIFY(host.commits.isEmpty());  // shown, not taken
  QVERIFY(tool.key(Qt::Key_Return, {}));
  QCOMPARE(host.commits.size(), 1);
  const Pixels disc = discPixels({200, 160}, {100, 80}, 40);
  QVERIFY2(iou(maskOf(host), disc) > 0.96, qPrintable(QString::number(iou(maskOf(host), disc))));
  // A mark takes something away; accepting waits for the answer.
  drag(tool, {50, 30}, {150, 130});
  drag(tool, {80, 60}, {80, 100}, Qt::AltModifier);
  QVERIFY(tool.canUndo());
  QVERIFY(tool.key(Qt::Key_Return, {}));
  host.drawClass = 2;  // too late for what was accepted
  QTRY_COMPARE_WITH_TIMEOUT(host.commits.size(), 2, 20000);
  QCOMPARE(host.value.shapes[1]->classId, ClassId(1));
  QVERIFY(!tool.canUndo());
  ImageHost second(Size{200, 160});
  second.value.shapes = {host.value.shapes[1]};
  QCOMPARE(maskOf(second)[80 * 200 + 80], kUnlabelled);
}

void AssistToolsTest::grabCutOfEverythingSaysWhy() {
  ImageHost host(discImage({60, 50}, {30, 25}, 10));
  GrabCutTool tool(host);
  drag(tool, {-10, -10}, {100, 100});
  QTRY_VERIFY(tool.hint().contains("background"));
  QTRY_VERIFY(tool.ready());
  QVERIFY(tool.key(Qt::Key_Return, {}));
  QVERIFY(host.commits.isEmpty());
  QVERIFY(tool.key(Qt::Key_Escape, {}));
}

void AssistToolsTest::anyGestureOnAnyImage_data() {
  QTest::addColumn<int>("kind");
  for (const ToolInfo& info : toolTable()) QTest::newRow(info.id) << int(info.kind);
}

/// Clicks, drags and keys anywhere, also far outside, on tiny, grey and 16-bit pictures: nothing breaks, Esc ends every gesture.
void AssistToolsTest::anyGestureOnAnyImage() {
  QFETCH(int, kind);
  const ToolInfo& info = toolInfo(ToolKind(kind));
  std::mt19937 random(unsigned(kind) + 1);
  for (const Size size : {Size{1, 1}, Size{3, 200}, Size{90, 70}})
    for (const auto& [channels, bits] : {std::pair(1, 8), {3, 8}, {4, 16}}) {
      ImageHost host(discImage(size, {size.width / 2.0, size.height / 2.0}, size.height / 3.0, channels, bits));
      if (random() % 2) host.selected = {host.add(kSquare)};
      const auto tool = info.make(host);
      QImage canvas(120, 100, QImage::Format_RGB32);
      const auto place = [&] { return double(int(random() % 300)) - 90; };
      for (int i = 0; i < 40; ++i) {
        const Qt::KeyboardModifiers modifiers = random() % 4 == 0 ? Qt::AltModifier : random() % 4 == 0 ? Qt::ShiftModifier : Qt::NoModifier;
        const auto event = at(place(), place(), modifiers);
        switch (random() % 8) {
          case 0: tool->press(event); break;
          case 1: case 2: case 3: tool->move(event); break;
          case 4: tool->release(event); break;
          case 5: tool->doubleClick(event); break;
          case 6: tool->key(std::array{int(Qt::Key_Return), int(Qt::Key_Backspace), int(Qt::Key_BracketLeft), int(Qt::Key_Delete)}[random() % 4], {}); break;
          default: tool->wheel(1, Qt::ControlModifier); tool->leave(); break;
        }
        if (i % 8 == 0) {
          QPainter painter(&canvas);
          tool->paint(painter);
          QCoreApplication::processEvents();
        }
        QVERIFY(!tool->hint().isEmpty());
      }
      for (const ToolOption& option : tool->options())
        for (const double value : {option.minimum, option.maximum, -1e9, 1e9}) tool->setOption(option.id, value);
      for (int i = 0; i < 3; ++i) tool->key(Qt::Key_Escape, {});
      QVERIFY(!tool->canUndo());
      tool->cancel();
    }
  QThreadPool::globalInstance()->waitForDone();
  QCoreApplication::processEvents();
}

void AssistToolsTest::heldKeySubtractsTappedKeySwitches() {
  CanvasView canvas;
  canvas.resize(400, 300);
  canvas.setImage(std::make_shared<const ImagePyramid>(discImage({100, 80}, {50, 40}, 20)));
  ClassTable classes;
  (void)classes.add("one");
  canvas.setClasses(classes);
  canvas.setSubtractKey(Qt::Key_E);
  canvas.setTool(ToolKind::brush);
  Annotation annotation;
  annotation.size = {100, 80};
  canvas.setAnnotation(annotation);
  QStringList names;
  connect(&canvas, &CanvasView::edited, this, [&](const Annotation& after, const Rect&, const QString& name) {
    names << name;
    canvas.setAnnotation(after);
  });
  int taps = 0;
  connect(&canvas, &CanvasView::subtractKeyTapped, this, [&] { ++taps; });
  canvas.show();
  const auto stroke = [&] {
    QTest::mousePress(&canvas, Qt::LeftButton, {}, {180, 150});
    QTest::mouseMove(&canvas, {230, 150});
    QTest::mouseRelease(&canvas, Qt::LeftButton, {}, {230, 150});
  };
  stroke();
  QCOMPARE(names, QStringList{"paint"});
  QTest::keyPress(&canvas, Qt::Key_E);
  stroke();
  QTest::keyRelease(&canvas, Qt::Key_E);
  QCOMPARE(names, (QStringList{"paint", "erase"}));
  QVERIFY(canvas.shownAnnotation().shapes.empty());
  QCOMPARE(taps, 0);
  QTest::qWait(120);  // not the repetition of a held key
  QTest::keyClick(&canvas, Qt::Key_E);
  QCOMPARE(taps, 1);
  stroke();
  QCOMPARE(names.back(), QString("paint"));
}

INTARSIA_TEST(AssistToolsTest)
#include "assist_tools_test.moc"
