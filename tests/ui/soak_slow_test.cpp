// SPDX-License-Identifier: GPL-3.0-or-later
// A day at the window in short: to and fro over the images, edits, undo, redo, commands and dialogs. What the heap holds afterwards is
// what it held once the caches were full; edits that stay cost what the history says. INTARSIA_SOAK=n makes it n times as long.
#include <malloc.h>

#include <QDialog>
#include <QTest>
#include <QThreadPool>

#include "tests/support/register.h"
#include "tests/ui/hand.h"
#include "tests/ui/sample_window.h"
#include "tests/ui/timed_application.h"
#include "ui/main_window/message_bar.h"
#include "ui/panels/class_panel.h"
#include "ui/panels/image_panel.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

/// Bytes in use, of all threads: freed memory that the allocator keeps is not among them, so fragments are not taken for a leak.
int64_t bytesInUse() {
  const auto info = ::mallinfo2();
  return int64_t(info.uordblks) + int64_t(info.hblkhd);
}

/// Nothing is on its way any more: saves, facts of the list, deferred deletions.
bool settle(MainWindow& w) {
  for (int i = 0; i < 2; ++i) {
    if (!QTest::qWaitFor([&] { return w.session().saved() && w.index().complete() && w.canvas().settled(); }, 60'000)) return false;
    QThreadPool::globalInstance()->waitForDone();
    QCoreApplication::processEvents();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
  }
  return true;
}

bool step(MainWindow& w, Qt::Key key) {
  const int wanted = w.session().current() + (key == Qt::Key_D ? 1 : -1);
  QTest::keyClick(&w, key);
  return QTest::qWaitFor([&] { return w.session().current() == wanted && w.session().hasImage(); }, 60'000);
}

constexpr int kChanges = 10;  // of the image, in a lap

/// From the first image to the last and back; `atEach` says whether it went well.
bool lap(MainWindow& w, const std::function<bool()>& atEach) {
  for (int i = 0; i < kChanges; ++i)
    if (!step(w, i < kChanges / 2 ? Qt::Key_D : Qt::Key_A) || !atEach()) return false;
  return true;
}

/// An edit that is gone again: the history stays as long as it is.
bool drawAndTakeBack(MainWindow& w) {
  const size_t before = shapes(w);
  drawTriangle(w, .3, .7, .5);
  if (shapes(w) != before + 1) return false;
  w.actions().undo->trigger();
  w.actions().redo->trigger();
  w.actions().undo->trigger();
  return shapes(w) == before;
}

/// What is shown and how, and back.
bool lookAround(MainWindow& w) {
  auto& a = w.actions();
  for (QAction* view : {a.zoomIn, a.zoomOriginal, a.zoomFit}) view->trigger();
  for (QAction* on : {a.exactMask, a.hideLabels, a.hidePanels, w.viewActions().split, w.viewActions().adjust, w.viewActions().stretch, w.viewActions().rulers})
    for (int i = 0; i < 2; ++i) on->trigger(), QCoreApplication::processEvents();
  for (QAction* tool : a.tools) tool->trigger(), QCoreApplication::processEvents();
  w.imagePanel().setSearch(QStringLiteral("status:checked"));
  w.imagePanel().setSearch({});
  w.classPanel().showOnly(w.session().classes()[2].id);
  w.classPanel().showAll();
  w.messages().show({Notice::Kind::info, QStringLiteral("A notice"), QStringLiteral("Button"), [] {}});
  QCoreApplication::processEvents();
  w.messages().dismiss();
  for (QAction* dialog : {a.keys, a.editKeys, a.palette, a.import, a.exportAll, a.registry.find(QStringLiteral("image.splitAll"))}) {
    dialog->trigger();
    QCoreApplication::processEvents();
    int opened = 0;
    for (QWidget* top : QApplication::topLevelWidgets())
      if (top != &w && top->isVisible()) ++opened, top->close();
    if (opened != 1) return qWarning("%s opened %d", qPrintable(dialog->text()), opened), false;
  }
  w.activateWindow();
  w.canvas().setFocus();
  return QTest::qWaitForWindowActive(&w);
}

/// Edits of the image and of the classes, and back.
bool commandAndTakeBack(MainWindow& w) {
  auto& a = w.actions();
  const size_t steps = w.session().history().done();
  for (const char* id : {"image.checked", "image.inWork"}) a.registry.find(QLatin1String(id))->trigger();
  if (!QTest::qWaitFor([&] { return w.session().editable(); }, 10'000)) return false;
  for (QAction* edit : {a.selectAll, a.copy, a.paste, a.duplicate, a.selectAll, a.remove}) edit->trigger();
  ClassTable classes = w.session().classes();
  (void)classes.add("new");
  w.session().editClasses(classes, QStringLiteral("add a class"));
  if (w.session().history().done() < steps + 5) return false;
  w.session().goTo(steps);
  return QTest::qWaitFor([&] { return w.session().history().done() == steps && w.session().editable(); }, 10'000);
}

int times() { return std::max(1, qEnvironmentVariableIntValue("INTARSIA_SOAK")); }

}  // namespace

class SoakTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    const int64_t before = bytesInUse();
    const std::vector<char> some(100'000);
    if (bytesInUse() - before < int64_t(some.size())) QSKIP("this allocator does not say how much is in use");
    m_windows.make();
    static_cast<TimedApplication*>(qApp)->record(false);  // it keeps each event
  }
  void cleanupTestCase() { static_cast<TimedApplication*>(qApp)->record(true); }
  void nothingGrows_data();
  void nothingGrows();
  void editsThatStayCostWhatTheHistorySays();

 private:
  SampleWindows m_windows;
};

void SoakTest::nothingGrows_data() {
  QTest::addColumn<int>("kind");
  QTest::addColumn<int>("laps");
  QTest::newRow("images") << 0 << 12;
  QTest::newRow("drawing, undo and redo") << 1 << 12;
  QTest::newRow("views and dialogs") << 2 << 8;
  QTest::newRow("edits of all kinds") << 3 << 12;
}
/// Measured: 2 kB more or less per image change. The smallest leak that there was, a swatch drawn anew for each row of the shape list
/// on each paint, came to 10 kB.
void SoakTest::nothingGrows() {
  QFETCH(int, kind);
  QFETCH(int, laps);
  laps *= times();
  const auto w = m_windows.open();
  w->classPanel().setCurrentClass(w->session().classes()[1].id);
  const auto atEach = [&] {
    switch (kind) {
      case 1: return drawAndTakeBack(*w);
      case 2: return w->session().current() != 3 || lookAround(*w);
      case 3: return w->session().current() != 3 || commandAndTakeBack(*w);
      default: return true;
    }
  };
  std::vector<int64_t> inUse;  // after each lap, at the first image
  for (int i = 0; i < laps; ++i) {
    QVERIFY(lap(*w, atEach));
    QVERIFY(settle(*w));
    inUse.push_back(bytesInUse());
  }
  // The least of the second quarter and of the last: what one lap happened to leave for the next counts for nothing.
  const int quarter = laps / 4;
  const int64_t before = *std::min_element(inUse.begin() + quarter, inUse.begin() + 2L * quarter), after = *std::min_element(inUse.end() - quarter, inUse.end());
  const double perChange = double(after - before) / (2.0 * quarter * kChanges);
  qInfo("%.1f MB in use, %+.0f bytes per image change over %d; history %zu kB", double(after) / 1e6, perChange, 2 * quarter * kChanges, w->session().history().bytes() / 1000);
  QVERIFY2(perChange < 4000, qPrintable(QString::number(perChange)));
}

/// Up to its budget the history grows with what is done; nothing else does. It counts contents, not what the allocator and its own
/// tables add: a third more with shapes of few points.
void SoakTest::editsThatStayCostWhatTheHistorySays() {
  const auto w = m_windows.open();
  w->classPanel().setCurrentClass(w->session().classes()[1].id);
  const auto drawAndRemove = [&] {
    const size_t before = shapes(*w);
    drawTriangle(*w, .3, .7, .5);
    w->canvas().setSelection({w->session().annotation().shapes.back()->id});
    w->actions().remove->trigger();
    return shapes(*w) == before;
  };
  const auto laps = [&](int count) {
    for (int i = 0; i < count; ++i)
      if (!lap(*w, drawAndRemove)) return false;
    return settle(*w);
  };
  QVERIFY(laps(6 * times()));
  const int64_t inUse = bytesInUse(), kept = int64_t(w->session().history().bytes());
  const size_t steps = w->session().history().size();
  QVERIFY(laps(12 * times()));
  const auto edits = double(w->session().history().size() - steps);
  const double perEdit = double(bytesInUse() - inUse) / edits, perStep = double(int64_t(w->session().history().bytes()) - kept) / edits;
  qInfo("%.0f edits: %+.0f bytes each in use, %.0f of them counted by the history", edits, perEdit, perStep);
  QCOMPARE(w->session().history().dropped() + w->session().history().spilled(), size_t(0));
  QVERIFY2(perStep > 0 && perEdit < 1.5 * perStep + 1500, qPrintable(QString::number(perEdit)));
}

INTARSIA_TEST(SoakTest)
#include "soak_slow_test.moc"
