// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of gestures that are complete, or whose answer is on its way, when the user goes on elsewhere; tools over the table.
#include <QLabel>
#include <QSignalSpy>
#include <QTest>
#include <QToolBar>

#include "tests/support/register.h"
#include "tests/ui/sample_window.h"
#include "tests/ui/tool_host.h"
#include "ui/canvas/box_tool.h"
#include "ui/canvas/canvas_view.h"
#include "ui/canvas/gap_tool.h"
#include "ui/canvas/grab_cut_tool.h"
#include "ui/canvas/polygon_tool.h"
#include "ui/canvas/scissors_tool.h"
#include "ui/canvas/wand_tool.h"
#include "ui/panels/image_panel.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

/// Presses, moves and lets go where these image pixels are shown.
void press(CanvasView& canvas, Point p) { QTest::mousePress(&canvas, Qt::LeftButton, {}, canvas.transform().toScreen(p).toPoint()); }
void moveTo(CanvasView& canvas, Point p) {
  const QPointF at = canvas.transform().toScreen(p);
  QMouseEvent event(QEvent::MouseMove, at, canvas.mapToGlobal(at), Qt::NoButton, Qt::LeftButton, {});
  QApplication::sendEvent(&canvas, &event);
}
void release(CanvasView& canvas, Point p) { QTest::mouseRelease(&canvas, Qt::LeftButton, {}, canvas.transform().toScreen(p).toPoint()); }
void clickAt(CanvasView& canvas, Point p) {
  press(canvas, p);
  release(canvas, p);
}
void dragOver(CanvasView& canvas, Point from, Point to) {
  press(canvas, from);
  moveTo(canvas, {(from.x + to.x) / 2, (from.y + to.y) / 2});
  moveTo(canvas, to);
  release(canvas, to);
}

/// Brings a tool to where its answer is complete or on its way.
void begin(CanvasView& canvas, ToolKind kind) {
  canvas.setTool(kind);
  switch (kind) {
    case ToolKind::polygon:
    case ToolKind::scissors:
      for (const Point p : {Point{10, 10}, {40, 12}, {35, 50}}) clickAt(canvas, p);
      break;
    case ToolKind::grabCut: dragOver(canvas, {20, 15}, {70, 60}); break;
    case ToolKind::wand: clickAt(canvas, {30, 30}); break;
    case ToolKind::brush:
      press(canvas, {20, 20});
      moveTo(canvas, {50, 40});
      break;
    default: break;
  }
}

}  // namespace

class PendingTest : public QObject {
  Q_OBJECT
  SampleWindows m_windows;
  std::unique_ptr<MainWindow> m_toolWindow;  // every tool in one

 private slots:
  void initTestCase() { m_windows.make(); }
  void cleanupTestCase() { m_toolWindow.reset(); }

  void goingOnAccepts_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<bool>("image");  // another image, else another tool
    for (const ToolKind kind : {ToolKind::polygon, ToolKind::scissors, ToolKind::grabCut, ToolKind::wand, ToolKind::brush})
      for (const bool image : {true, false}) QTest::addRow("%s, then another %s", toolInfo(kind).id, image ? "image" : "tool") << int(kind) << image;
  }
  void goingOnAccepts() {
    QFETCH(int, kind);
    QFETCH(bool, image);
    const auto w = m_windows.open();
    CanvasView& canvas = w->canvas();
    Session& session = w->session();
    const Annotation before = session.annotation();
    const size_t steps = session.history().done();
    begin(canvas, ToolKind(kind));
    if (image)
      session.show(1);
    else
      canvas.setTool(ToolKind::select);
    QTRY_COMPARE(session.history().done(), steps + 1);
    if (image) QTRY_COMPARE(session.current(), 1);
    session.undo();
    QTRY_VERIFY(session.current() == 0 && session.hasImage());
    QTRY_COMPARE(session.history().done(), steps);
    QVERIFY(session.annotation().shapes == before.shapes || sameContent(session.annotation(), before));
    session.redo();
    QTRY_VERIFY(!sameContent(session.annotation(), before));
  }

  void escDrops_data() {
    QTest::addColumn<int>("kind");
    for (const ToolKind kind : {ToolKind::polygon, ToolKind::scissors, ToolKind::grabCut, ToolKind::wand, ToolKind::brush})
      QTest::newRow(toolInfo(kind).id) << int(kind);
  }
  void escDrops() {
    QFETCH(int, kind);
    const auto w = m_windows.open();
    begin(w->canvas(), ToolKind(kind));
    w->canvas().pressKey(Qt::Key_Escape);
    QTest::qWait(300);
    QCOMPARE(w->session().history().done(), size_t(0));
    w->session().show(1);
    QTRY_COMPARE(w->session().current(), 1);
    QCOMPARE(w->session().history().done(), size_t(0));
  }

  void escDropsWhatIsOnItsWayWithAnotherToolInHand() {
    const auto w = m_windows.open();
    begin(w->canvas(), ToolKind::wand);
    w->canvas().setTool(ToolKind::select);
    w->canvas().pressKey(Qt::Key_Escape);
    QTest::qWait(300);
    QCOMPARE(w->session().history().done(), size_t(0));
  }

  void tooLittleIsDropped() {
    const auto w = m_windows.open();
    w->canvas().setTool(ToolKind::polygon);
    clickAt(w->canvas(), {10, 10});
    clickAt(w->canvas(), {40, 10});
    w->session().show(1);
    QTRY_COMPARE(w->session().current(), 1);
    QCOMPARE(w->session().history().done(), size_t(0));
    QVERIFY(!w->canvas().tool().canUndo());
  }

  // ---- modifiers -----------------------------------------------------------------------------------------------------
  void polygonsAndBoxesAddAndCut() {
    ImageHost host(Size{120, 90});
    const ShapeId id = host.add({{20, 20}, {60, 20}, {60, 60}, {20, 60}});
    host.selected = {id};
    const auto pixels = [&] { return pixelCount(host.value.find(id)->polygon, {0, 0, 120, 90}); };
    PolygonTool polygon(host);
    const auto triangle = [&](Qt::KeyboardModifiers first, const Ring& points) {
      for (size_t i = 0; i < points.size(); ++i) click(polygon, points[i].x, points[i].y, i == 0 ? first : Qt::ControlModifier);
      QVERIFY(polygon.key(Qt::Key_Return, {}));
    };
    triangle(Qt::AltModifier, {{30, 30}, {50, 30}, {50, 50}, {30, 50}});
    QCOMPARE(pixels(), int64_t(1200));  // a hole
    QCOMPARE(host.commits.last(), QStringLiteral("cut polygon"));
    triangle(Qt::ShiftModifier, {{55, 20}, {80, 20}, {80, 40}, {55, 40}});
    QCOMPARE(pixels(), int64_t(1200 + 20 * 20));
    QCOMPARE(host.value.shapes.size(), size_t(1));
    RectangleTool box(host);
    drag(box, {20, 20}, {30, 60}, Qt::AltModifier);
    QCOMPARE(pixels(), int64_t(1600 - 400));
    drag(box, {20, 20}, {30, 60}, Qt::ShiftModifier);
    QCOMPARE(pixels(), int64_t(1600));
    box.press(at(70, 50));
    box.move(at(100, 60, Qt::ControlModifier));
    box.release(at(100, 60, Qt::ControlModifier));
    QCOMPARE(host.ring(1), (Ring{{70, 50}, {80, 50}, {80, 60}, {70, 60}}));
  }

  void gapsShowUnderTheMouse() {
    ImageHost host(Size{120, 90});
    host.add({{0, 0}, {60, 0}, {60, 90}, {0, 90}});
    GapTool tool(host);
    tool.move(at(100, 50));
    QTRY_COMPARE(area(tool.gap()), 60.0 * 90);
    tool.move(at(30, 50));
    QTRY_VERIFY(tool.gap().rings.empty());
    tool.move(at(100, 20));
    QTRY_VERIFY(!tool.gap().rings.empty());
    click(tool, 100, 20);
    QCOMPARE(host.value.shapes.size(), size_t(2));
    QVERIFY(tool.gap().rings.empty());
  }

  void undoWithItsKeySelectsOneImage() {
    const auto w = m_windows.open();
    dragOver((w->canvas().setTool(ToolKind::rectangle), w->canvas()), {10, 10}, {40, 40});
    QTRY_COMPARE(w->session().history().done(), size_t(1));
    w->session().show(2);
    QTRY_VERIFY(w->session().current() == 2 && w->session().hasImage());
    QTest::keyClick(w.get(), Qt::Key_Z, Qt::ControlModifier);
    QTRY_VERIFY(w->session().current() == 0 && w->session().history().done() == 0);
    QCOMPARE(w->imagePanel().selected(), std::vector<int>{0});
  }

  void heldOAndTheWheelChangeTheOpacity() {
    const auto w = m_windows.open();
    CanvasView& canvas = w->canvas();
    const int before = canvas.labelOpacity();
    const double scale = canvas.transform().scale();
    canvas.setFocus();
    const auto wheel = [&](int turn) {
      const QPointF at = QRectF(canvas.rect()).center();
      QWheelEvent event(at, canvas.mapToGlobal(at), {}, {0, turn}, {}, {}, Qt::NoScrollPhase, false);
      QApplication::sendEvent(&canvas, &event);
    };
    QTest::keyPress(&canvas, Qt::Key_O);
    wheel(120);
    wheel(120);
    QCOMPARE(canvas.labelOpacity(), before + 10);
    QCOMPARE(canvas.transform().scale(), scale);
    QTest::keyRelease(&canvas, Qt::Key_O);
    wheel(120);
    QCOMPARE(canvas.labelOpacity(), before + 10);
    QVERIFY(canvas.transform().scale() != scale);
  }

  void workOfToolsIsInTheStatusBar_data() {
    QTest::addColumn<int>("kind");
    for (const ToolKind kind : {ToolKind::scissors, ToolKind::grabCut, ToolKind::wand, ToolKind::superpixels}) QTest::newRow(toolInfo(kind).id) << int(kind);
  }
  void workOfToolsIsInTheStatusBar() {
    QFETCH(int, kind);
    const auto w = m_windows.open();
    QSignalSpy tasks(&w->session(), &Session::taskStarted);
    begin(w->canvas(), ToolKind(kind));
    if (ToolKind(kind) == ToolKind::superpixels) moveTo(w->canvas(), {30, 30});
    QVERIFY(tasks.size() > 0);
    QTRY_VERIFY(w->session().findChildren<Task*>().isEmpty());  // and they end
  }

  // ---- every tool ----------------------------------------------------------------------------------------------------
  void everyToolHasKeyButtonAndHint_data() {
    QTest::addColumn<int>("kind");
    for (const ToolInfo& info : toolTable()) QTest::newRow(info.id) << int(info.kind);
  }
  void everyToolHasKeyButtonAndHint() {
    if (!m_toolWindow) m_toolWindow = m_windows.open();
    const auto& w = m_toolWindow;
    QFETCH(int, kind);
    const ToolInfo& info = toolInfo(ToolKind(kind));
    QCOMPARE(int(info.kind), kind);
    QAction* action = w->actions().tool(info.kind);
    QVERIFY(!info.keys.isEmpty() && !action->shortcuts().isEmpty() && !action->icon().isNull() && !action->toolTip().isEmpty());
    QVERIFY(std::ranges::any_of(w->findChildren<QToolBar*>(), [&](QToolBar* bar) { return bar->actions().contains(action); }));
    action->trigger();
    QCOMPARE(int(w->canvas().toolKind()), kind);
    const QString hint = w->canvas().tool().hint();
    QVERIFY2(!hint.isEmpty() && !hint.contains(QLatin1Char('\n')) && hint.size() <= 170, qPrintable(hint));
    QVERIFY(std::ranges::any_of(w->findChildren<QLabel*>(), [&](QLabel* label) { return label->text() == hint; }));
    if (w->canvas().tool().subtracts()) QVERIFY2(hint.contains(QLatin1String("Alt")) || hint.contains(QLatin1String("rase")), qPrintable(hint));
  }

  /// Dropped at any moment, no gesture leaves a trace.
  void escLeavesNoTrace_data() { everyToolHasKeyButtonAndHint_data(); }
  void escLeavesNoTrace() {
    QFETCH(int, kind);
    const auto w = m_windows.open();
    const Annotation before = w->session().annotation();
    w->canvas().setTool(ToolKind(kind));
    press(w->canvas(), {30, 30});
    moveTo(w->canvas(), {60, 50});
    w->canvas().pressKey(Qt::Key_Escape);
    release(w->canvas(), {60, 50});
    QTest::qWait(50);
    QVERIFY(sameContent(w->session().annotation(), before));
    QCOMPARE(w->session().history().done(), size_t(0));
  }
};

INTARSIA_TEST(PendingTest)
#include "pending_test.moc"
