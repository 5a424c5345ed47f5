// SPDX-License-Identifier: GPL-3.0-or-later
// What the window shows and still does when a drive goes away, an image is lost, the disk is full, or another window has the project.
#include <sys/resource.h>
#include <QFile>
#include <QLabel>
#include <QSettings>
#include <QStatusBar>
#include <QTest>
#include <csignal>

#include "annotate/project/sidecar.h"
#include "core/base/subprocess.h"
#include "tests/annotate/project_support.h"
#include "tests/ui/hand.h"
#include "tests/ui/sample_window.h"
#include "tests/support/register.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/message_bar.h"
#include "ui/panels/class_panel.h"

using namespace intarsia;
using namespace intarsia::test;

class WindowTroubleTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase();
  void anUnfinishedPolygonIsNotLost();
  void damagedSettings();
  void aDriveThatGoesAway();
  void anImageThatIsLost();
  void aFullDisk();
  void closingWaitsForTheLastEdit();
  void aSignalEndsInOrder();
  void anotherProjectDoesNotDropEdits();
  void secondWindowNamesTheHolderWhileTheCliWorks();

 private:
  SampleWindows m_windows;
};

namespace {

void draw(MainWindow& w) {
  w.classPanel().setCurrentClass(w.session().classes()[0].id);
  drawTriangle(w, .3, .7, .5);
}

bool shown(MainWindow& w, int image) {
  w.session().show(image);
  return QTest::qWaitFor([&] { return w.session().current() == image; }, 10'000);
}

}  // namespace

void WindowTroubleTest::initTestCase() { m_windows.make(); }

/// A key for another tool or image, pressed in the middle of a polygon, drops no points.
void WindowTroubleTest::anUnfinishedPolygonIsNotLost() {
  const auto w = m_windows.open();
  for (const int key : {int(Qt::Key_D), int(Qt::Key_V), int(Qt::Key_B)}) {
    QVERIFY(shown(*w, 0));
    QTRY_VERIFY(w->session().hasImage());
    const size_t before = shapes(*w);
    w->canvas().setTool(ToolKind::polygon);
    for (const Point p : {Point{20, 20}, Point{50, 22}, Point{60, 50}, Point{25, 55}})
      QTest::mouseClick(&w->canvas(), Qt::LeftButton, {}, w->canvas().transform().toScreen(p).toPoint());
    QTest::keyClick(w.get(), Qt::Key(key));
    if (key == Qt::Key_D) QTRY_COMPARE(w->session().current(), 1);
    QVERIFY(shown(*w, 0));
    QTRY_VERIFY(w->session().hasImage());
    QCOMPARE(shapes(*w), before + 1);
    QCOMPARE(w->session().annotation().shapes.back()->polygon.rings[0].size(), size_t(4));
    w->actions().undo->trigger();
    QCOMPARE(shapes(*w), before);
  }
}

/// Whatever stands in the settings, the program starts.
void WindowTroubleTest::damagedSettings() {
  {
    QSettings settings;
    for (const char* key : {"window/geometry", "window/state", "view/labels", "view/prediction", "view/theme", "recent", "keys/preset", "keys/own", "tools/brush/size", "tools/all/snap"})
      settings.setValue(QLatin1String(key), QByteArray("\x00\xFF nonsense", 11));
  }
  const auto w = m_windows.open();
  QVERIFY(w->session().hasImage());
  draw(*w);
  QTRY_VERIFY_WITH_TIMEOUT(w->session().saved(), 10'000);
  QSettings().clear();
  QFile file(QSettings().fileName());
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write("[General\n\xFF\xFE\x00=@Variant(\x7f\xff)\n]]]=", 30);
  file.close();
  const auto again = m_windows.open();
  QVERIFY(again->session().hasImage());
  again.get()->close();
  QFile::remove(QSettings().fileName());
}

void WindowTroubleTest::aDriveThatGoesAway() {
  const auto w = m_windows.open();
  const fs::path folder = w->session().project().folder(), away = folder.native() + "-away";
  const size_t images = w->session().project().images().size();
  QVERIFY(shown(*w, 1));
  QTRY_VERIFY(w->session().hasImage());
  draw(*w);
  QTRY_VERIFY_WITH_TIMEOUT(w->session().saved(), 10'000);
  const size_t labelled = shapes(*w);
  QVERIFY(shown(*w, 0));
  QTRY_VERIFY(w->session().hasImage());
  const size_t before = shapes(*w);
  QCOMPARE(status(*w), QStringLiteral("Saved ✓"));
  fs::rename(folder, away);
  fs::create_directory(folder);  // the empty mount point
  const auto there = treeOf(away);

  draw(*w);
  QCOMPARE(status(*w), QStringLiteral("Saving…"));
  QTRY_VERIFY_WITH_TIMEOUT(w->messages().hasButton(), 10'000);
  QCOMPARE(status(*w), QStringLiteral("Not saved!"));
  const QString banner = w->messages().text();
  QVERIFY2(banner.contains(QLatin1String("drive")) && banner.contains(QLatin1String("tried again")), qPrintable(banner));
  QVERIFY(!w->session().saved());
  draw(*w);  // editing goes on
  w->actions().undo->trigger();
  w->actions().redo->trigger();
  QCOMPARE(shapes(*w), before + 2);
  QTest::qWait(1500);
  QCOMPARE(w->messages().text(), banner);  // one banner, however often it is tried
  QVERIFY(fs::is_empty(folder));

  // An image whose labels cannot be read now is not shown as one without labels.
  QVERIFY(shown(*w, 1));
  QVERIFY(!w->session().hasImage() || shapes(*w) == labelled);
  w->messages().dismiss();
  QVERIFY(shown(*w, 0));
  QTRY_VERIFY(w->session().hasImage());
  QCOMPARE(shapes(*w), before + 2);

  // Elsewhere, and going on there. What was on the drive is as it was.
  QTemporaryDir elsewhere;
  w->session().saveAs(pathOf(elsewhere) / "rescued");
  QTRY_COMPARE_WITH_TIMEOUT(w->session().project().folder(), pathOf(elsewhere) / "rescued", 20'000);
  QCOMPARE((*Project::open(pathOf(elsewhere) / "rescued", {}, Project::Access::readOnly))->annotation(0)->shapes.size(), before + 2);
  QTRY_COMPARE(status(*w), QStringLiteral("Saved ✓"));
  fs::remove(folder);
  fs::rename(away, folder);  // the images are back, and listed at the next opening
  w->open(pathOf(elsewhere) / "rescued");
  QTRY_VERIFY_WITH_TIMEOUT(w->session().hasImage(), 20'000);
  QCOMPARE(shapes(*w), before + 2);
  QCOMPARE(w->session().project().images().size(), images);
  auto after = treeOf(folder);
  std::erase_if(after, [](const auto& file) { return file.first.ends_with(".lock"); });
  for (const auto& [name, content] : after) QVERIFY2(there.at(name) == content, name.c_str());
}

void WindowTroubleTest::anImageThatIsLost() {
  const auto w = m_windows.open();
  const ProjectImage lost = w->session().project().images()[3];
  const size_t labels = w->session().project().annotation(3)->shapes.size();
  const auto sidecar = readText(w->session().project().sidecarPath(lost));
  fs::remove(lost.path);
  QVERIFY(shown(*w, 3));
  QTRY_VERIFY2(w->messages().text().contains(QString::fromStdString(lost.path.filename().string())), qPrintable(w->messages().text()));
  QVERIFY(!w->session().hasImage());
  QVERIFY2(w->messages().text().endsWith(QLatin1String("Its labels are kept.")), qPrintable(w->messages().text()));
  QTest::keyClick(w.get(), Qt::Key_D);  // to the next
  QTRY_COMPARE(w->session().current(), 4);
  QTRY_VERIFY(w->session().hasImage());
  QVERIFY2(w->messages().text().isEmpty(), qPrintable(w->messages().text()));  // what was said is about another image
  const size_t before = shapes(*w);
  draw(*w);
  QCOMPARE(shapes(*w), before + 1);
  QTRY_VERIFY_WITH_TIMEOUT(w->session().saved(), 10'000);
  QCOMPARE(readText(w->session().project().sidecarPath(lost)), sidecar);
  QCOMPARE(w->session().project().annotation(3)->shapes.size(), labels);
  // It is back.
  writePicture(lost.path, {96, 72});
  QVERIFY(shown(*w, 3));
  QTRY_VERIFY(w->session().hasImage());
  QCOMPARE(shapes(*w), labels);
}

void WindowTroubleTest::aFullDisk() {
  const auto w = m_windows.open();
  draw(*w);
  QTRY_VERIFY_WITH_TIMEOUT(w->session().saved(), 10'000);
  const auto sidecar = w->session().project().sidecarPath(*w->session().currentImage());
  const auto good = readText(sidecar);
  // A write beyond the limit is cut short and then fails, as on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{}, small{};
  getrlimit(RLIMIT_FSIZE, &before);
  small = {256, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  draw(*w);
  const bool told = QTest::qWaitFor([&] { return w->messages().hasButton(); }, 10'000);
  const QString banner = w->messages().text();
  const auto during = readText(sidecar);
  const bool saved = w->session().saved();
  setrlimit(RLIMIT_FSIZE, &before);
  QVERIFY(told && !saved);
  QVERIFY2(banner.contains(QString::fromStdString(sidecar.filename().string())), qPrintable(banner));
  QCOMPARE(during, good);
  QTRY_VERIFY_WITH_TIMEOUT(w->session().saved(), 10'000);  // by itself, once there is room
  QTRY_VERIFY2(!w->messages().hasButton(), qPrintable(w->messages().text()));  // and the banner goes
  QVERIFY(readText(sidecar) != good);
}

/// The last edit before closing may be the first that cannot be saved: the window asks, as for one that is known.
void WindowTroubleTest::closingWaitsForTheLastEdit() {
  auto w = m_windows.open();
  const fs::path folder = w->session().project().folder(), away = folder.native() + "-away";
  int asked = 0;
  bool lose = false;
  w->askToLoseEdits = [&] { return ++asked, lose; };
  draw(*w);
  w->close();
  QTRY_VERIFY_WITH_TIMEOUT(!w->isVisible(), 10'000);
  QCOMPARE(asked, 0);
  QVERIFY(w->session().saved());

  w->show();
  fs::rename(folder, away);
  draw(*w);
  w->close();
  QTRY_COMPARE_WITH_TIMEOUT(asked, 1, 10'000);
  QVERIFY(w->isVisible());
  lose = true;
  w->close();
  QTRY_VERIFY_WITH_TIMEOUT(!w->isVisible(), 10'000);
  QCOMPARE(asked, 2);
}

/// A session that ends sends SIGTERM: the project is closed, so the next start has nothing to say.
void WindowTroubleTest::aSignalEndsInOrder() {
  const fs::path program = qEnvironmentVariable("INTARSIA_BIN", QStringLiteral(INTARSIA_BINARY_DIR) + QStringLiteral("/bin")).toStdString() + "/intarsia";
  if (!fs::exists(program)) QSKIP("intarsia was not built");
  const fs::path folder = m_windows.copy();
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    auto process = Subprocess::start(program, {folder.native()});
    EXPECT_OK(process);
    QTRY_VERIFY_WITH_TIMEOUT(!(*Project::open(folder))->lockHolder().empty(), 30'000);
    QTest::qWait(500);  // its event loop runs
    process->signal(number);
    const auto end = process->wait(std::chrono::seconds(20));
    QVERIFY(end && end->signal == 0 && end->status == 0);
    const auto project = Project::open(folder);
    EXPECT_OK(project);
    QVERIFY((*project)->recovered().empty() && (*project)->lockHolder().empty());
  }
}

void WindowTroubleTest::anotherProjectDoesNotDropEdits() {
  auto w = m_windows.open();
  const fs::path folder = w->session().project().folder(), away = folder.native() + "-away";
  QTemporaryDir other;
  writePicture(pathOf(other) / "a.png");
  int asked = 0;
  w->askToLoseEdits = [&] { return ++asked, false; };
  const size_t before = shapes(*w);
  fs::rename(folder, away);
  draw(*w);
  w->open(pathOf(other));  // not known to fail yet
  QTRY_VERIFY_WITH_TIMEOUT(w->messages().hasButton(), 10'000);
  QTest::qWait(300);
  QCOMPARE(w->session().project().folder(), folder);
  QCOMPARE(shapes(*w), before + 1);
  w->open(pathOf(other));  // now it is
  QCOMPARE(asked, 1);
  QCOMPARE(w->session().project().folder(), folder);
  fs::rename(away, folder);
  QTRY_VERIFY_WITH_TIMEOUT(w->session().saved(), 20'000);
  w->open(pathOf(other));
  QTRY_COMPARE_WITH_TIMEOUT(w->session().project().folder(), pathOf(other), 10'000);
  QCOMPARE(asked, 1);
  QCOMPARE((*Project::open(folder, {}, Project::Access::readOnly))->annotation(0)->shapes.size(), before + 1);
}

void WindowTroubleTest::secondWindowNamesTheHolderWhileTheCliWorks() {
  const auto first = m_windows.open();
  const fs::path folder = first->session().project().folder();
  MainWindow second(windowServices());
  second.show();
  second.open(folder);
  QTRY_VERIFY_WITH_TIMEOUT(second.session().hasImage(), 10'000);
  const QString banner = second.messages().text();
  QVERIFY2(banner.contains(QLatin1String("open elsewhere")) && banner.contains(QStringLiteral("pid %1").arg(::getpid())), qPrintable(banner));
  QVERIFY(!second.session().editable() && first->session().editable());
  second.messages().pressButton();  // tries again; it is still held
  QTRY_VERIFY_WITH_TIMEOUT(second.session().hasImage() && second.messages().text() == banner, 10'000);
  const size_t before = shapes(second);
  draw(second);  // nothing happens
  QCOMPARE(shapes(second), before);
  QVERIFY(!second.actions().undo->isEnabled());

  const fs::path bin = qEnvironmentVariable("INTARSIA_BIN", QStringLiteral(INTARSIA_BINARY_DIR) + QStringLiteral("/bin")).toStdString();
  if (!fs::exists(bin / "intarsia-cli") || !fs::exists(bin / "intarsia-engine")) QSKIP("intarsia-cli or the engine was not built");
  draw(*first);
  QTRY_VERIFY_WITH_TIMEOUT(first->session().saved(), 10'000);
  const std::string project = folder.string(), run = (folder / "intarsia/runs/cli").string(), out = (folder / "out").string();
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"train", project, "--run", "cli", "--set", "network=unet", "--set", "baseWidth=4", "--set", "depth=2", "--set", "size=96x72", "--epochs", "1", "--device", "cpu"},
        {"predict", run, (folder / "scene-001.jpg").string(), "--out", out},
        {"export", project, "--what", "masks", "--out", out + "/masks"},
        {"export", project, "--what", "predictions", "--run", "cli", "--out", out + "/answers"}}) {
    const auto ran = runProcess(bin / "intarsia-cli", arguments, std::chrono::minutes(4));
    EXPECT_OK(ran);
    QVERIFY2(ran->status == 0, (arguments[0] + ": " + ran->err).c_str());
  }
  draw(*first);  // and the window goes on
  QTRY_VERIFY_WITH_TIMEOUT(first->session().saved(), 10'000);
  QVERIFY2(first->messages().text().isEmpty(), qPrintable(first->messages().text()));
}

INTARSIA_TEST(WindowTroubleTest)
#include "window_trouble_slow_test.moc"
