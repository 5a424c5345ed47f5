// SPDX-License-Identifier: GPL-3.0-or-later
// Commands on shapes show what they would make before it is kept.
#include <QDoubleSpinBox>
#include <QLabel>
#include <QTest>

#include "annotate/edit/borders.h"
#include "tests/support/register.h"
#include "tests/ui/sample_window.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/change_preview.h"
#include "ui/main_window/message_bar.h"
#include "ui/panels/shape_panel.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

Ring box(double x, double y, double w, double h) { return {{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}; }

/// A large shape with a hole and a second part, one that overlaps it on top, and a round one apart.
Annotation scene(const Annotation& from) {
  Annotation a = from;
  a.shapes.clear();
  const auto add = [&](Polygon polygon, ClassId id) {
    Shape shape;
    shape.classId = id;
    shape.polygon = std::move(polygon);
    a = addShape(a, std::move(shape)).after;
  };
  add({{box(5, 5, 50, 50), box(10, 40, 8, 8), box(70, 5, 10, 10)}}, 1);
  add({{box(20, 10, 20, 20)}}, 2);
  Ring ragged;
  for (int i = 0; i < 60; ++i) ragged.push_back({75 + (12 + i % 2) * std::cos(i * 0.10472), 50 + (12 + i % 2) * std::sin(i * 0.10472)});
  add({{ragged}}, 1);
  return a;
}

struct Opened {
  std::unique_ptr<MainWindow> window;
  Annotation before;
  std::vector<ShapeId> ids;
  size_t steps = 0;
  CanvasView& canvas() { return window->canvas(); }
  Session& session() { return window->session(); }
  ChangePreview& preview() { return window->preview(); }
  QAction* action(const QString& id) { return window->actions().registry.find(id); }
  QColor shown(Point p) {
    const QImage picture = canvas().grab().toImage();
    return picture.pixelColor((canvas().transform().toScreen(p) * picture.devicePixelRatio()).toPoint());
  }
};

}  // namespace

class PreviewTest : public QObject {
  Q_OBJECT
  SampleWindows m_windows;

  Opened open(int selected) {
    Opened o{m_windows.open(), {}, {}, 0};
    const Annotation a = scene(o.session().annotation());
    o.session().edit(a, {0, 0, a.size.width, a.size.height}, QStringLiteral("scene"));
    for (int i = 0; i < selected; ++i) o.ids.push_back(a.shapes[size_t(i)]->id);
    o.canvas().setTool(ToolKind::select);
    o.canvas().setSelection(o.ids);
    o.before = o.session().annotation();
    o.steps = o.session().history().done();
    return o;
  }
  static void commands() {
    QTest::addColumn<QString>("id");
    QTest::addColumn<int>("selected");
    for (const char* id : {"unite", "subtract", "take", "yield", "fillHoles", "splitParts", "simplify", "smooth"})
      QTest::newRow(id) << QStringLiteral("shape.") + QString::fromLatin1(id) << (qstrcmp(id, "unite") && qstrcmp(id, "subtract") ? 3 : 2);
  }

 private slots:
  void initTestCase() { m_windows.make(); }

  void shownThenDroppedOrKept_data() { commands(); }
  void shownThenDroppedOrKept() {
    QFETCH(QString, id);
    QFETCH(int, selected);
    Opened o = open(selected);
    if (id == QLatin1String("shape.take") || id == QLatin1String("shape.yield")) o.canvas().setSelection(o.ids = {o.ids[1]});
    o.action(id)->trigger();
    QVERIFY(o.preview().active() && o.preview().isVisible());
    QTRY_VERIFY(o.preview().known());
    QVERIFY(!sameContent(o.canvas().shownAnnotation(), o.before));
    QVERIFY(sameContent(o.session().annotation(), o.before));
    QCOMPARE(o.session().history().done(), o.steps);
    QTest::keyClick(&o.canvas(), Qt::Key_Escape);
    QVERIFY(!o.preview().active() && !o.preview().isVisible());
    QVERIFY(sameContent(o.canvas().shownAnnotation(), o.before));
    QCOMPARE(o.canvas().selectedShapes(), o.ids);
    QCOMPARE(o.session().history().done(), o.steps);

    o.action(id)->trigger();
    QTRY_VERIFY(o.preview().known());
    const Annotation shown = o.canvas().shownAnnotation();
    QTest::keyClick(&o.canvas(), Qt::Key_Return);
    QVERIFY(!o.preview().active());
    QCOMPARE(o.session().history().done(), o.steps + 1);
    QVERIFY(o.session().annotation().shapes == shown.shapes);
    o.session().undo();
    QTRY_VERIFY(sameContent(o.session().annotation(), o.before));
    QVERIFY(sameContent(o.canvas().shownAnnotation(), o.before));
  }

  /// The command's key twice, as quickly as one likes.
  void onceMoreKeeps_data() { commands(); }
  void onceMoreKeeps() {
    QFETCH(QString, id);
    QFETCH(int, selected);
    for (const bool wait : {true, false}) {
      Opened o = open(selected);
      if (id == QLatin1String("shape.take") || id == QLatin1String("shape.yield")) o.canvas().setSelection({o.ids[1]});
      o.action(id)->trigger();
      if (wait) QTRY_VERIFY(o.preview().known());
      QVERIFY(o.action(id)->isEnabled());
      o.action(id)->trigger();
      QTRY_COMPARE(o.session().history().done(), o.steps + 1);
      QVERIFY(!o.preview().active());
    }
  }

  void pixelsAreShownToo() {
    Opened o = open(2);
    o.canvas().setSelection({});
    const QColor covered = o.shown({30, 20}), bare = o.shown({62, 30});
    o.canvas().setSelection(o.ids);
    o.action(QStringLiteral("shape.subtract"))->trigger();
    QTRY_VERIFY(o.preview().known());
    const QColor hole = o.shown({30, 20});
    o.window->actions().undo->trigger();  // takes back what is not done yet, nothing else
    QVERIFY(!o.preview().active());
    QCOMPARE(o.session().history().done(), o.steps);
    o.canvas().setSelection({});
    QCOMPARE(o.shown({30, 20}), covered);
    QCOMPARE(o.shown({62, 30}), bare);
    o.canvas().setLabelOpacity(0);
    QVERIFY(hole != covered);
    QCOMPARE(hole, o.shown({30, 20}));  // the bare picture
  }

  void numbersAreTriedOut() {
    Opened o = open(3);
    o.action(QStringLiteral("shape.simplify"))->trigger();
    QTRY_VERIFY(o.preview().known());
    const auto points = [&] { return o.canvas().shownAnnotation().shapes[2]->polygon.rings[0].size(); };
    const size_t few = points();
    QVERIFY(few < 60);
    o.preview().findChild<QDoubleSpinBox*>()->setValue(6);
    QTRY_VERIFY(o.preview().known() && points() < few);
    o.preview().findChild<QDoubleSpinBox*>()->setValue(0);
    QTRY_VERIFY(o.preview().known() && points() == 60);
    QTest::keyClick(o.preview().findChild<QDoubleSpinBox*>(), Qt::Key_Return);
    QVERIFY(!o.preview().active());
    QCOMPARE(o.session().history().done(), o.steps);  // nothing has changed
  }

  void goingOnKeeps_data() {
    QTest::addColumn<int>("way");
    int number = 0;
    for (const char* way : {"next image", "another tool", "another shape", "another command", "next image at once"}) QTest::newRow(way) << number++;
  }
  void goingOnKeeps() {
    QFETCH(int, way);
    Opened o = open(2);
    o.action(QStringLiteral("shape.unite"))->trigger();
    if (way != 4) QTRY_VERIFY(o.preview().known());
    size_t steps = o.steps + 1;
    if (way == 0 || way == 4) o.window->actions().nextImage->trigger();
    if (way == 1) o.window->actions().tool(ToolKind::brush)->trigger();
    if (way == 2) emit o.window->shapePanel().selected({o.before.shapes[2]->id});
    if (way == 3) {
      o.window->actions().remove->trigger();  // of the united shape
      ++steps;
    }
    QTRY_COMPARE(o.session().history().done(), steps);
    QVERIFY(!o.preview().active());
    if (way == 0 || way == 4) QTRY_COMPARE(o.session().current(), 1);
    if (way == 2) QCOMPARE(o.canvas().selectedShapes(), std::vector{o.before.shapes[2]->id});
    if (way == 3) QCOMPARE(o.session().annotation().shapes.size(), size_t(1));
    o.session().undo();
    if (way == 3) o.session().undo();
    QTRY_VERIFY(o.session().current() == 0 && o.session().hasImage() && sameContent(o.session().annotation(), o.before));
  }

  void nothingToShow() {
    Opened o = open(3);
    o.canvas().setSelection({o.ids[2]});
    o.action(QStringLiteral("shape.fillHoles"))->trigger();
    QTRY_VERIFY(!o.preview().active());
    QCOMPARE(o.window->messages().text(), QStringLiteral("There is no hole in the selection."));
    QCOMPARE(o.session().history().done(), o.steps);
    QCOMPARE(o.canvas().selectedShapes(), std::vector{o.ids[2]});
  }
};

INTARSIA_TEST(PreviewTest)
#include "preview_test.moc"
