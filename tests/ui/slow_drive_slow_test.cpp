// SPDX-License-Identifier: GPL-3.0-or-later
// A project on a drive where every call takes a fifth of a second: the window's own thread makes none of them, says what it waits for,
// and closing loses nothing.
#include <QLabel>
#include <QStatusBar>
#include <QTest>
#include <QToolButton>

#include "tests/annotate/project_support.h"
#include "tests/support/register.h"
#include "tests/ui/hand.h"
#include "tests/ui/sample_window.h"
#include "tests/ui/slow_drive.h"
#include "tests/ui/timed_application.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/message_bar.h"
#include "ui/main_window/task_bar.h"
#include "ui/panels/class_panel.h"

using namespace intarsia;
using namespace intarsia::test;
using std::chrono::milliseconds;

class SlowDriveTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { m_windows.make(); }
  void theWindowNeverWaits();
  void aNewProject();
  void closingWaits();
  void closingIsAskedAgain();

 private:
  SampleWindows m_windows;
};

namespace {

constexpr milliseconds kCall(200);

void draw(MainWindow& w, double at = .3) { drawTriangle(w, at, at + .3, at + .1); }

/// What the status bar names as its work; empty if it shows none.
QString work(MainWindow& w) {
  const auto* bar = w.findChild<TaskBar*>();
  return bar && bar->isVisible() ? bar->findChild<QLabel*>()->text() : QString();
}

size_t savedShapes(const fs::path& folder, int image) { return (*Project::open(folder, {}, Project::Access::readOnly))->annotation(image)->shapes.size(); }

void expectNone(const std::vector<std::string>& calls, const char* when) {
  for (const auto& call : calls) qInfo("%s: %s", when, call.c_str());
  QVERIFY2(calls.empty(), when);
}

}  // namespace

void SlowDriveTest::theWindowNeverWaits() {
  auto* app = static_cast<TimedApplication*>(qApp);
  const fs::path folder = m_windows.copy();
  auto w = std::make_unique<MainWindow>(windowServices());
  w->resize(1000, 700);
  w->show();
  QVERIFY(QTest::qWaitForWindowExposed(w.get()));
  QTest::qWait(500);
  SlowDrive drive(folder, kCall);
  app->forget();
  w->open(folder);
  QTRY_VERIFY_WITH_TIMEOUT(w->session().hasImage(), 60'000);
  expectNone(drive.ownCalls(), "opening");
  w->classPanel().setCurrentClass(w->session().classes()[0].id);
  const size_t before = shapes(*w);
  for (int i = 0; i < 3; ++i) draw(*w, .2 + i * .1);
  QCOMPARE(status(*w), QStringLiteral("Saving…"));
  w->actions().undo->trigger();
  w->actions().redo->trigger();
  QCOMPARE(shapes(*w), before + 3);
  expectNone(drive.ownCalls(), "drawing and taking back");
  QTest::keyClick(w.get(), Qt::Key_D);
  QTRY_COMPARE_WITH_TIMEOUT(w->session().current(), 1, 30'000);
  QTRY_VERIFY_WITH_TIMEOUT(w->session().hasImage(), 30'000);
  const size_t second = shapes(*w);
  draw(*w);
  w->session().undo();
  w->session().undo();  // of the image before: it is shown first
  QTRY_COMPARE_WITH_TIMEOUT(w->session().current(), 0, 30'000);
  QTRY_VERIFY_WITH_TIMEOUT(w->session().hasImage() && shapes(*w) == before + 2, 30'000);
  w->session().redo();
  w->session().redo();
  QTRY_COMPARE_WITH_TIMEOUT(w->session().current(), 1, 30'000);
  QTRY_VERIFY_WITH_TIMEOUT(w->session().hasImage() && shapes(*w) == second + 1, 30'000);
  expectNone(drive.ownCalls(), "another image");
  w->session().editClasses([&] {
    ClassTable classes = w->session().classes();
    (void)classes.add("new");
    return classes;
  }(), QStringLiteral("add a class"));
  QTRY_COMPARE_WITH_TIMEOUT(status(*w), QStringLiteral("Saved ✓"), 60'000);
  QVERIFY(w->messages().text().isEmpty());
  QTRY_VERIFY_WITH_TIMEOUT(w->index().complete(), 60'000);
  expectNone(drive.ownCalls(), "saving");
  QVERIFY(drive.calls() > 50);
  const auto slowest = app->slowest();
  qInfo("%zu handlers, slowest %.1f ms (%s), most processor time %.1f ms; %d slow calls", app->count(), slowest.wallMs, slowest.what.c_str(), app->mostCpuMs(), drive.calls());
  if (loadPerCore() <= kAlone) QVERIFY2(slowest.wallMs <= 50, slowest.what.c_str());  // none waited for a thread that did
  drive.setDelay({});
  QCOMPARE(savedShapes(folder, 0), before + 3);
  QCOMPARE(savedShapes(folder, 1), second + 1);
}

/// The first edit of a plain folder makes the project and takes its lock.
void SlowDriveTest::aNewProject() {
  QTemporaryDir dir;
  for (int i = 0; i < 3; ++i) writePicture(pathOf(dir) / (std::to_string(i) + ".png"), {96, 72});
  auto w = std::make_unique<MainWindow>(windowServices());
  w->resize(1000, 700);
  w->show();
  SlowDrive drive(pathOf(dir), kCall);
  w->open(pathOf(dir));
  QTRY_VERIFY_WITH_TIMEOUT(w->session().hasImage(), 60'000);
  w->session().editClasses([] {
    ClassTable classes;
    (void)classes.add("tree");
    return classes;
  }(), QStringLiteral("add a class"));
  w->classPanel().setCurrentClass(w->session().classes()[0].id);
  draw(*w);
  QCOMPARE(shapes(*w), size_t(1));
  QCOMPARE(status(*w), QStringLiteral("Saving…"));
  QTRY_COMPARE_WITH_TIMEOUT(status(*w), QStringLiteral("Saved ✓"), 60'000);
  expectNone(drive.ownCalls(), "a new project");
  drive.setDelay({});
  QCOMPARE(savedShapes(pathOf(dir), 0), size_t(1));
  QVERIFY(!(*Project::open(pathOf(dir)))->lockHolder().empty());
}

/// The window says what it waits for, can still be used, and can be kept open.
void SlowDriveTest::closingWaits() {
  const auto w = m_windows.open();
  const fs::path folder = w->session().project().folder();
  w->classPanel().setCurrentClass(w->session().classes()[0].id);
  const size_t before = shapes(*w);
  int asked = 0;
  w->askToLoseEdits = [&] { return ++asked, false; };
  SlowDrive drive(folder, milliseconds(500));
  draw(*w);
  w->close();
  QVERIFY(w->isVisible() && !w->session().saved());
  QTRY_COMPARE_WITH_TIMEOUT(work(*w), QStringLiteral("Saving before closing"), 2000);
  draw(*w, .4);  // meanwhile
  QCOMPARE(shapes(*w), before + 2);
  w->findChild<TaskBar*>()->findChild<QToolButton*>()->click();  // stays open after all
  QTRY_VERIFY_WITH_TIMEOUT(w->session().saved(), 60'000);
  QTest::qWait(500);
  QVERIFY(w->isVisible() && work(*w).isEmpty());
  draw(*w, .5);
  w->close();
  QVERIFY(w->isVisible());
  QTRY_VERIFY_WITH_TIMEOUT(!w->isVisible(), 60'000);
  QCOMPARE(asked, 0);
  expectNone(drive.ownCalls(), "closing");
  drive.setDelay({});
  QCOMPARE(savedShapes(folder, 0), before + 3);
}

/// Closed once more while it waits: the user is asked, and what was being saved is saved all the same.
void SlowDriveTest::closingIsAskedAgain() {
  auto w = m_windows.open();
  const fs::path folder = w->session().project().folder();
  w->classPanel().setCurrentClass(w->session().classes()[0].id);
  const size_t before = shapes(*w);
  int asked = 0;
  bool lose = false;
  w->askToLoseEdits = [&] { return ++asked, lose; };
  SlowDrive drive(folder, milliseconds(500));
  draw(*w);
  w->close();
  w->close();
  QCOMPARE(asked, 1);
  QVERIFY(w->isVisible());
  lose = true;
  w->close();
  w->close();
  QCOMPARE(asked, 2);
  QVERIFY(!w->isVisible());
  drive.setDelay(milliseconds(20));
  w.reset();
  QCOMPARE(savedShapes(folder, 0), before + 1);
}

INTARSIA_TEST(SlowDriveTest)
#include "slow_drive_slow_test.moc"
