// SPDX-License-Identifier: GPL-3.0-or-later
// A hundred thousand images, ten thousand polygons: the real window opens them, finds things, draws, takes back, saves and opens again,
// and no event handler holds the UI thread. The times are printed.
#include <fcntl.h>
#include <unistd.h>

#include <QElapsedTimer>
#include <QLineEdit>
#include <QListView>
#include <QTest>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <memory>
#include <numbers>

#include <fmt/format.h>

#include "app/window/window_services.h"
#include "tests/annotate/project_support.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"
#include "tests/ui/timed_application.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/main_window.h"
#include "ui/models/image_index.h"
#include "ui/models/image_list_model.h"
#include "ui/models/shape_model.h"
#include "ui/panels/class_panel.h"
#include "ui/panels/image_panel.h"
#include "ui/panels/shape_panel.h"

using namespace intarsia;
using namespace intarsia::test;

class LargeProjectTest : public QObject {
  Q_OBJECT
 private slots:
  void manyImages();
  void manyPolygons_data();
  void manyPolygons();
};

namespace {

constexpr double kUsableMs = 2000, kAllMovedMs = 250;
#ifdef NDEBUG
constexpr double kHandlerMs = 50;
#else
constexpr double kHandlerMs = 100;
#endif

double processMs() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return double(t.tv_sec) * 1e3 + double(t.tv_nsec) / 1e6;
}

/// Wall and processor time since it was made; on a machine with more work than cores the wall clock measures the others.
struct Watch {
  QElapsedTimer timer;
  double cpu = processMs();
  Watch() { timer.start(); }
  double wall() const { return double(timer.nsecsElapsed()) / 1e6; }
  double counted() const { return loadPerCore() > kAlone ? processMs() - cpu : wall(); }
  std::string text(const char* what) const {
    return fmt::format("{}: {:.0f} ms ({:.0f} ms of processor time)", what, wall(), processMs() - cpu);
  }
};

struct Log {
  std::string text;
  void add(const Watch& watch, const char* what) { text += (text.empty() ? "" : "; ") + watch.text(what); }
};

void checkHandlers(const char* what, double limit = kHandlerMs) {
  auto* app = static_cast<TimedApplication*>(qApp);
  const auto slowest = app->slowest();
  qInfo("%s: %zu handlers, 99.9th percentile %.1f ms, slowest %.1f ms (%s), most processor time %.1f ms (%s), load %.1f per core", what, app->count(), app->percentile(99.9),
        slowest.wallMs, slowest.what.c_str(), app->mostCpuMs(), app->busiest().what.c_str(), loadPerCore());
  QVERIFY2((loadPerCore() > kAlone ? app->mostCpuMs() : slowest.wallMs) <= limit, slowest.what.c_str());
}

void clickImage(CanvasView& canvas, std::initializer_list<Point> points) {
  for (const Point& p : points) {
    QTest::mouseMove(&canvas, canvas.transform().toScreen(p).toPoint());
    QTest::mouseClick(&canvas, Qt::LeftButton, {}, canvas.transform().toScreen(p).toPoint());
  }
}

/// Draws a triangle by the mouse, takes it back, puts it there again and waits until it is on the disk.
void drawUndoSave(MainWindow& w, Log& log) {
  const size_t before = w.session().annotation().shapes.size();
  const double width = w.session().pyramid()->size().width, height = w.session().pyramid()->size().height;
  w.classPanel().setCurrentClass(w.session().classes()[0].id);
  QTest::keyClick(&w, Qt::Key_P);
  Watch draw;
  clickImage(w.canvas(), {{width * .2, height * .2}, {width * .8, height * .3}, {width * .5, height * .8}});
  QTest::keyClick(&w.canvas(), Qt::Key_Return);
  QTRY_COMPARE_WITH_TIMEOUT(w.session().annotation().shapes.size(), before + 1, 10'000);
  log.add(draw, "shape drawn");
  Watch undo;
  w.actions().undo->trigger();
  QTRY_COMPARE_WITH_TIMEOUT(w.session().annotation().shapes.size(), before, 10'000);
  w.actions().redo->trigger();
  QTRY_COMPARE_WITH_TIMEOUT(w.session().annotation().shapes.size(), before + 1, 10'000);
  log.add(undo, "undone and redone");
  Watch save;
  QTRY_VERIFY_WITH_TIMEOUT(w.session().saved(), 20'000);
  log.add(save, "saved");
}

/// A window on a folder, once it can be used.
struct Opened {
  std::unique_ptr<MainWindow> window;
  Watch since;
  double usable = 0;  // ms
};
Opened openWindow(const fs::path& folder, const std::function<bool(MainWindow&)>& ready, Log& log) {
  auto window = std::make_unique<MainWindow>(windowServices());
  window->resize(1200, 820);
  window->show();
  if (!QTest::qWaitForWindowExposed(window.get())) return {};
  static_cast<TimedApplication*>(qApp)->forget();
  Opened out{std::move(window), {}};
  out.window->open(folder);
  if (!QTest::qWaitFor([&] { return ready(*out.window); }, 30'000)) return {};
  out.usable = out.since.counted();
  log.add(out.since, "usable");
  return out;
}

QTemporaryDir inMemory() { return QTemporaryDir(fs::is_directory("/dev/shm") ? QStringLiteral("/dev/shm/intarsia-XXXXXX") : QString()); }

}  // namespace

void LargeProjectTest::manyImages() {
  const QTemporaryDir dir = inMemory();
  constexpr int kFolders = 100, kEach = 1000, kLabelled = 400;
  writePicture(pathOf(dir) / "one.png", {64, 48});
  const std::string picture = readText(pathOf(dir) / "one.png");
  fs::remove(pathOf(dir) / "one.png");
  for (int folder = 0; folder < kFolders; ++folder) {
    const auto path = pathOf(dir) / ("folder " + std::to_string(folder));
    fs::create_directories(path);
    for (int i = 0; i < kEach; ++i) {
      const int fd = ::creat((path / ("image " + std::to_string(i) + ".png")).c_str(), 0644);
      QVERIFY(fd >= 0 && ::write(fd, picture.data(), picture.size()) == ssize_t(picture.size()));
      ::close(fd);
    }
  }
  {
    const auto project = *Project::open(pathOf(dir));
    ClassTable classes;
    QVERIFY(classes.add("tree") && classes.add("road"));
    EXPECT_OK(project->setClasses(classes));
    for (int i = 0; i < kLabelled; ++i) {
      Annotation a;
      a.size = {64, 48};
      addShape(a, square(i % 40, i % 30, 9, ClassId(1 + i % 2)));
      EXPECT_OK(project->setAnnotation(i < 20 ? i : i * 249, std::move(a)));  // the first ones, and some everywhere
    }
    EXPECT_OK(project->flush());
  }
  Log log;
  {
    const auto opened = openWindow(pathOf(dir), [](auto& w) { return w.session().hasImage() && w.imagePanel().model().rowCount() == kFolders * kEach; }, log);
    QVERIFY(opened.window);
    MainWindow& w = *opened.window;
    auto& list = w.imagePanel().list();
    list.scrollTo(w.imagePanel().model().index(73'000));
    QTest::qWait(50);
    QTRY_VERIFY_WITH_TIMEOUT(w.index().complete(), 60'000);
    log.add(opened.since, "all labels looked through");

    w.imagePanel().focusSearch();
    auto* search = w.imagePanel().findChild<QLineEdit*>();
    Watch find;
    QTest::keyClicks(search, QStringLiteral("\"98/image 77\""));
    QTRY_COMPARE_WITH_TIMEOUT(w.imagePanel().model().rowCount(), 11, 10'000);
    log.add(find, "searched by name");
    Watch classes;
    w.imagePanel().setSearch(QStringLiteral("class:road"));
    QTRY_COMPARE_WITH_TIMEOUT(w.imagePanel().model().rowCount(), kLabelled / 2, 10'000);
    w.imagePanel().setSearch({});
    QTRY_COMPARE_WITH_TIMEOUT(w.imagePanel().model().rowCount(), kFolders * kEach, 10'000);
    log.add(classes, "by class and back");
    Watch next;
    QTest::keyClick(&w, Qt::Key_D, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_COMPARE_WITH_TIMEOUT(w.session().current(), 20, 10'000);
    QTRY_VERIFY_WITH_TIMEOUT(w.session().hasImage(), 10'000);
    log.add(next, "next unlabelled");
    drawUndoSave(w, log);
    for (int i = 0; i < 5; ++i) {
      QTest::keyClick(&w, Qt::Key_D);
      QTRY_COMPARE_WITH_TIMEOUT(w.session().current(), 21 + i, 10'000);
    }
    Watch close;
    w.close();
    QTRY_VERIFY_WITH_TIMEOUT(!w.isVisible(), 10'000);
    log.add(close, "closed");
    qInfo("100,000 images: %s", log.text.c_str());
    checkHandlers("100,000 images");
    QVERIFY2(opened.usable <= kUsableMs, std::to_string(opened.usable).c_str());
  }
  MainWindow again(windowServices());
  again.show();
  Watch reopen;
  again.open(pathOf(dir));
  QTRY_VERIFY_WITH_TIMEOUT(again.session().hasImage(), 30'000);
  qInfo("100,000 images: %s", reopen.text("opened again").c_str());
  QCOMPARE(again.session().project().annotation(20)->shapes.size(), size_t(1));
  QVERIFY(again.session().project().images()[20].labelled);
}

void LargeProjectTest::manyPolygons_data() {
  QTest::addColumn<int>("images");
  QTest::newRow("10,000 on one image") << 1;
  QTest::newRow("10,000 over 100 images") << 100;
}

void LargeProjectTest::manyPolygons() {
  QFETCH(int, images);
  auto* app = static_cast<TimedApplication*>(qApp);
  const QTemporaryDir dir = inMemory();
  constexpr int kPolygons = 10'000;
  constexpr Size kSize{4096, 3072};
  const Size size = images == 1 ? kSize : Size{1024, 768};
  for (int i = 0; i < images; ++i) writePicture(pathOf(dir) / fmt::format("{:03}.png", i), size);
  {
    const auto project = *Project::open(pathOf(dir));
    ClassTable classes;
    for (int i = 0; i < 20; ++i) QVERIFY(classes.add("class " + std::to_string(i)));
    EXPECT_OK(project->setClasses(classes));
    Random random(3);
    for (int i = 0; i < images; ++i) {
      Annotation a;
      a.size = size;
      for (int k = 0; k < kPolygons / images; ++k) {
        Shape shape;
        shape.classId = ClassId(1 + k % 20);
        Ring ring;
        const double x = random.uniform(30, size.width - 30), y = random.uniform(30, size.height - 30);
        for (int p = 0; p < 24; ++p) {
          const double angle = 2 * std::numbers::pi * p / 24, radius = random.uniform(12, 25);
          ring.push_back({x + radius * std::cos(angle), y + radius * std::sin(angle)});
        }
        shape.polygon.rings = {std::move(ring)};
        addShape(a, std::move(shape));
      }
      EXPECT_OK(project->setAnnotation(i, std::move(a)));
    }
    EXPECT_OK(project->flush());
  }
  Log log;
  const std::string what = QTest::currentDataTag();
  {
    const auto opened = openWindow(pathOf(dir), [&](auto& w) { return w.session().hasImage() && int(w.session().annotation().shapes.size()) == kPolygons / images; }, log);
    QVERIFY(opened.window);
    MainWindow& w = *opened.window;
    QTRY_VERIFY_WITH_TIMEOUT(w.canvas().settled() && w.index().complete(), 60'000);
    log.add(opened.since, "painted in full");
    auto* filter = w.shapePanel().findChild<QLineEdit*>();
    QVERIFY(filter);
    Watch find;
    filter->setText(QStringLiteral("class:7"));
    QTRY_COMPARE_WITH_TIMEOUT(w.shapePanel().model().rowCount(), kPolygons / images / 10, 10'000);  // "class 7" and "class 17"
    filter->clear();
    QTRY_COMPARE_WITH_TIMEOUT(w.shapePanel().model().rowCount(), kPolygons / images, 10'000);
    log.add(find, "filtered and back");
    drawUndoSave(w, log);
    checkHandlers(what.c_str());
    app->forget();
    Watch select;
    QTest::keyClick(&w, Qt::Key_V);
    w.actions().selectAll->trigger();
    QCOMPARE(int(w.canvas().selectedShapes().size()), kPolygons / images + 1);
    QTest::keyClick(&w.canvas(), Qt::Key_Right);
    w.actions().undo->trigger();
    log.add(select, "all selected, moved and back");
    QTRY_VERIFY_WITH_TIMEOUT(w.session().saved(), 20'000);
    Watch close;
    w.close();
    QTRY_VERIFY_WITH_TIMEOUT(!w.isVisible(), 10'000);
    log.add(close, "closed");
    qInfo("%s: %s", what.c_str(), log.text.c_str());
    checkHandlers("all of them moved", kAllMovedMs);
    QVERIFY2(opened.usable <= kUsableMs, std::to_string(opened.usable).c_str());
  }
  MainWindow again(windowServices());
  again.show();
  again.open(pathOf(dir));
  QTRY_VERIFY_WITH_TIMEOUT(again.session().hasImage(), 30'000);
  QCOMPARE(int(again.session().annotation().shapes.size()), kPolygons / images + 1);
}

INTARSIA_TEST(LargeProjectTest)
#include "large_project_slow_test.moc"
