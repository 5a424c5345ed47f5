// SPDX-License-Identifier: GPL-3.0-or-later
// Geometry on very many points through the real window: it is made on a worker, and no event handler holds the window for long.
#include <QDoubleSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QThreadPool>
#include <cmath>
#include <ctime>
#include <random>

#include "annotate/edit/borders.h"
#include "app/window/window_services.h"
#include "core/media/decode.h"
#include "tests/support/register.h"
#include "tests/ui/timed_application.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/change_preview.h"
#include "ui/main_window/main_window.h"

using namespace intarsia;
namespace fs = std::filesystem;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
constexpr double kSlower = 8;
#elif defined(NDEBUG)
constexpr double kSlower = 1;
#else
constexpr double kSlower = 2;
#endif

constexpr int kSide = 3000;

test::TimedApplication& app() { return *static_cast<test::TimedApplication*>(qApp); }

Shape shapeOf(Ring ring, ClassId id) {
  Shape shape;
  shape.classId = id;
  shape.polygon.rings.push_back(std::move(ring));
  return shape;
}

/// Squares side by side that share their jagged borders exactly.
Annotation tiles(int across, int pointsPerSide, const Annotation& empty) {
  std::mt19937 random(5);
  const double cell = double(kSide) / across;
  const auto wiggle = [&](int i, int k, bool vertical) {
    std::mt19937 own(unsigned(i * 7919 + k * 31 + vertical));
    return (double(own() % 1000) / 1000 - 0.5) * 2;
  };
  const auto corner = [&](int x, int y) { return Point{std::round(x * cell), std::round(y * cell)}; };
  const auto side = [&](Point a, Point b, int id, bool vertical) {
    Ring points;
    for (int k = 0; k < pointsPerSide; ++k) {
      const double t = double(k) / pointsPerSide;
      Point p{a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)};
      const double w = k ? wiggle(id, k, vertical) : 0;
      (vertical ? p.x : p.y) = std::clamp((vertical ? p.x : p.y) + w, 0.0, double(kSide));
      points.push_back(p);
    }
    return points;
  };
  Annotation a = empty;
  for (int y = 0; y < across; ++y)
    for (int x = 0; x < across; ++x) {
      Ring ring;
      const auto add = [&](Ring line, Point end, bool back) {
        line.push_back(end);
        if (back) std::ranges::reverse(line);
        line.pop_back();
        ring.insert(ring.end(), line.begin(), line.end());
      };
      add(side(corner(x, y), corner(x + 1, y), y * 1000 + x, false), corner(x + 1, y), false);
      add(side(corner(x + 1, y), corner(x + 1, y + 1), y * 1000 + x + 1, true), corner(x + 1, y + 1), false);
      add(side(corner(x, y + 1), corner(x + 1, y + 1), (y + 1) * 1000 + x, false), corner(x + 1, y + 1), true);
      add(side(corner(x, y), corner(x, y + 1), y * 1000 + x, true), corner(x, y + 1), true);
      a = addShape(a, shapeOf(std::move(ring), 1)).after;
    }
  return a;
}

Ring star(int points, bool spiky) {
  Ring ring;
  for (int k = 0; k < points; ++k) {
    const double t = 2 * M_PI * k / points;
    const double r = spiky ? (k % 2 ? kSide * 0.45 : kSide * 0.1) : kSide * (.36 + .05 * std::sin(7 * t) + .01 * std::sin(600 * t));
    ring.push_back({kSide / 2. + r * std::cos(t), kSide / 2. + r * std::sin(t)});
  }
  return ring;
}

}  // namespace

class LargeShapesSlowTest : public QObject {
  Q_OBJECT
  QTemporaryDir m_folder;
  std::unique_ptr<MainWindow> m_window;

  Session& session() { return m_window->session(); }
  CanvasView& canvas() { return m_window->canvas(); }
  void set(const Annotation& a) {
    session().edit(a, {0, 0, kSide, kSide}, QStringLiteral("set up"));
    QTRY_VERIFY(canvas().settled() && session().saved());
    QTest::qWait(300);
  }
  bool idle() { return session().editable() && canvas().settled(); }
  void report(const char* what, double limit) {
    qInfo("%-28s most processor time of a handler %.1f ms (%s)", what, app().mostCpuMs(), app().slowest().what.c_str());
    QVERIFY2(app().mostCpuMs() <= limit * kSlower, what);
  }
  void mouse(QEvent::Type type, QPointF at, Qt::MouseButton button, Qt::MouseButtons held) {
    QMouseEvent event(type, at, canvas().mapToGlobal(at), button, held, {});
    QApplication::sendEvent(&canvas(), &event);
  }

 private slots:
  void initTestCase() {
    Image image{kSide, kSide, 3, 8, {}};
    image.bytes.assign(image.rowBytes() * size_t(kSide), 120);
    QVERIFY(writeJpeg(fs::path(m_folder.path().toStdString()) / "a.jpg", image).has_value());
    m_window = std::make_unique<MainWindow>(windowServices());
    m_window->resize(1200, 800);
    m_window->show();
    m_window->open(m_folder.path().toStdString());
    QTRY_VERIFY_WITH_TIMEOUT(session().hasImage() && canvas().settled(), 20'000);
    ClassTable classes;
    (void)classes.add("one");
    session().editClasses(classes, QStringLiteral("class"));
  }
  void cleanupTestCase() { m_window.reset(); }

  void commandsOnManyShapes_data() {
    QTest::addColumn<QString>("id");
    for (const char* id : {"shape.unite", "shape.splitParts"})
      QTest::newRow(id) << QString::fromLatin1(id);
  }
  void commandsOnManyShapes() {
    QFETCH(QString, id);
    static const Annotation scene = [this] {
      Annotation empty;
      empty.size = {kSide, kSide};
      return tiles(45, 25, empty);
    }();
    size_t points = 0;
    for (const ShapePtr& shape : scene.shapes) points += shape->polygon.rings[0].size();
    QVERIFY(points > 165'000);
    Annotation a = scene;
    a.nextId = std::max(a.nextId, session().annotation().nextId);
    set(a);
    std::vector<ShapeId> ids;
    for (const ShapePtr& shape : a.shapes) ids.push_back(shape->id);
    canvas().setSelection(ids);
    QTRY_VERIFY(idle());
    QAction* action = m_window->actions().registry.find(id);
    QVERIFY(action && action->isEnabled());
    const size_t steps = session().history().done();
    app().forget();
    action->trigger();
    QTRY_VERIFY_WITH_TIMEOUT(m_window->preview().known() || !m_window->preview().active(), 60'000);
    m_window->preview().keep();
    QTest::qWait(20);
    QTRY_VERIFY_WITH_TIMEOUT(idle(), 60'000);
    QTest::qWait(400);
    report(qPrintable(id), 50);
    if (id == QLatin1String("shape.unite")) QCOMPARE(session().history().done(), steps + 1);
    if (id == QLatin1String("shape.unite")) {
      QCOMPARE(session().annotation().shapes.size(), size_t(1));
      app().forget();
      session().undo();
      QTRY_VERIFY(idle() && session().annotation().shapes.size() == ids.size());
      QTest::qWait(400);
      report("undo of it", 50);
    }
  }

  /// Esc, or another number, and what was being made for it ends.
  void unwantedPreviewsStop() {
    QThreadPool& pool = *QThreadPool::globalInstance();
    const auto computed = [] {
      timespec t{};
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
      return double(t.tv_sec) * 1e3 + double(t.tv_nsec) / 1e6;
    };
    std::vector<ShapeId> ids;
    for (const ShapePtr& shape : session().annotation().shapes) ids.push_back(shape->id);
    canvas().setTool(ToolKind::select);
    canvas().setSelection(ids);
    QTRY_VERIFY(idle() && pool.activeThreadCount() == 0);
    QAction* smooth = m_window->actions().registry.find(QStringLiteral("shape.smooth"));
    double began = computed();
    smooth->trigger();
    QTRY_VERIFY_WITH_TIMEOUT(m_window->preview().known(), 60'000);
    const double whole = computed() - began;
    auto* number = m_window->preview().findChild<QDoubleSpinBox*>();
    number->setValue(number->value() + 1);
    began = computed();
    QTRY_VERIFY_WITH_TIMEOUT(computed() - began > whole / 4 || m_window->preview().known(), 60'000);
    QVERIFY(!m_window->preview().known());
    began = computed();
    m_window->preview().drop();
    QVERIFY(pool.waitForDone(60'000));
    const double after = computed() - began;
    qInfo("smooth: %.0f ms of processor time, %.0f ms after it was dropped", whole, after);
    QVERIFY(!m_window->preview().active());
    QVERIFY2(after < 200 * kSlower && after < whole / 2, qPrintable(QString::number(after)));
  }

  /// What the dialogs Simplify and Smooth hand over.
  void bordersOfAll_data() {
    QTest::addColumn<bool>("smooth");
    QTest::newRow("simplify") << false;
    QTest::newRow("smooth") << true;
  }
  void bordersOfAll() {
    QFETCH(bool, smooth);
    const size_t steps = session().history().done();
    std::vector<ShapeId> ids;
    for (const ShapePtr& shape : session().annotation().shapes) ids.push_back(shape->id);
    app().forget();
    session().make(pointsNear(session().annotation(), {}, ids), QStringLiteral("borders"),
                   [ids, smooth](const Annotation& a, const Job& job) {
                     return smooth ? smoothShapes(a, ids, 2, job) : simplifyShapes(a, ids, 0.2, job);
                   });
    QTRY_VERIFY_WITH_TIMEOUT(idle() && session().history().done() == steps + 1, 60'000);
    QTest::qWait(400);
    report("simplify or smooth", 50);
  }

  void slicingThroughAll() {
    canvas().setSelection({});
    canvas().setTool(ToolKind::slice);
    const size_t shapes = session().annotation().shapes.size();
    app().forget();
    QTest::mousePress(&canvas(), Qt::LeftButton, {}, canvas().transform().toScreen(Point{-20, 1010}).toPoint());
    mouse(QEvent::MouseMove, canvas().transform().toScreen(Point{1500, 1400}), Qt::NoButton, Qt::LeftButton);
    QTest::mouseRelease(&canvas(), Qt::LeftButton, {}, canvas().transform().toScreen(Point{3020, 1620}).toPoint());
    QTRY_VERIFY_WITH_TIMEOUT(idle() && session().annotation().shapes.size() > shapes, 60'000);
    QTest::qWait(400);
    report("slice", 50);
  }

  void aPointOfOneLargeShape_data() {
    QTest::addColumn<bool>("spiky");
    QTest::newRow("smooth") << false;
    QTest::newRow("spiky") << true;
  }
  void aPointOfOneLargeShape() {
    QFETCH(bool, spiky);
    Annotation a = session().annotation();
    a.shapes.clear();
    a = addShape(a, shapeOf(star(200'000, spiky), 1)).after;
    const ShapeId id = a.shapes[0]->id;
    app().forget();
    set(a);
    canvas().setTool(ToolKind::select);
    canvas().setSelection({id});
    canvas().zoomFit();
    QTRY_VERIFY_WITH_TIMEOUT(idle(), 60'000);
    report("painting it", 120);  // made up of slices; commit and lists among them
    const size_t vertex = 100'001;
    const Point p = a.shapes[0]->polygon.rings[0][vertex];
    while (canvas().transform().scale() < 1) {
      QWheelEvent wheel(canvas().transform().toScreen(p), canvas().mapToGlobal(canvas().transform().toScreen(p)), {}, {0, 120}, {}, {}, Qt::NoScrollPhase, false);
      QApplication::sendEvent(&canvas(), &wheel);
    }
    QTRY_VERIFY_WITH_TIMEOUT(idle(), 60'000);
    const QPointF at = canvas().transform().toScreen(p);
    mouse(QEvent::MouseMove, at, Qt::NoButton, {});
    app().forget();
    mouse(QEvent::MouseButtonPress, at, Qt::LeftButton, Qt::LeftButton);
    for (int i = 0; i < 60; ++i) {
      mouse(QEvent::MouseMove, at + QPointF(20 * std::sin(i / 5.0), i / 4.0), Qt::NoButton, Qt::LeftButton);
      QApplication::processEvents();
    }
    report("dragging its point", 16);
    app().forget();
    mouse(QEvent::MouseButtonRelease, at + QPointF(3, 20), Qt::LeftButton, {});
    QTRY_VERIFY_WITH_TIMEOUT(idle() && session().annotation().find(id)->polygon != a.shapes[0]->polygon, 120'000);
    report("letting it go", 50);
    QTRY_VERIFY(session().saved());
  }
};

INTARSIA_TEST(LargeShapesSlowTest)
#include "large_shapes_slow_test.moc"
