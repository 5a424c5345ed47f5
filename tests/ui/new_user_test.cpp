// SPDX-License-Identifier: GPL-3.0-or-later
// Small things that whoever labels for the first time runs into.
#include <QComboBox>
#include <QDockWidget>
#include <QLineEdit>
#include <QPushButton>
#include <QShortcut>
#include <QTest>
#include <cmath>

#include "tests/support/register.h"
#include "tests/ui/sample_window.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/message_bar.h"
#include "ui/main_window/start_page.h"
#include "ui/main_window/tool_options_bar.h"
#include "ui/models/class_model.h"
#include "ui/models/qt_text.h"
#include "ui/panels/class_panel.h"
#include "ui/panels/shape_panel.h"

using namespace intarsia;
using namespace intarsia::test;

class NewUserTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { m_windows.make(); }
  void escapeLeavesALine();
  void digitsWithAToolInHandAreForWhatComesNext();
  void scissorsFollowTheImagesBorder();
  void optionsFitIntoTheBar();
  void fitsASmallScreen();
  void coloursOfSelectedRowsStay();
  void recentProjectsOpen();

 private:
  SampleWindows m_windows;
};

void NewUserTest::escapeLeavesALine() {
  const auto w = m_windows.open();
  auto* name = w->classPanel().findChild<QLineEdit*>();
  w->classPanel().focusNewName();
  QTest::keyClicks(name, QStringLiteral("lamp"));
  QTest::keyClick(name, Qt::Key_Return);
  QVERIFY(w->session().classes().indexOfName("lamp"));
  QTest::keyClicks(name, QStringLiteral("x"));
  auto* escape = name->findChild<QShortcut*>();
  QVERIFY(escape && escape->key() == QKeySequence(Qt::Key_Escape));
  emit escape->activated();
  QVERIFY(name->text().isEmpty());
  QVERIFY(w->focusWidget() == &w->canvas());
}

void NewUserTest::digitsWithAToolInHandAreForWhatComesNext() {
  const auto w = m_windows.open();
  const Annotation before = w->session().annotation();
  const ClassTable& classes = w->session().classes();
  const Shape& shape = *before.shapes.back();
  const int other = *classes.indexOf(shape.classId) == 2 ? 3 : 2;
  w->canvas().setFocus();
  w->canvas().setTool(ToolKind::wand);  // keeps what is selected
  w->canvas().setSelection({shape.id});
  QTest::keyClick(w.get(), Qt::Key(Qt::Key_1 + other));
  QVERIFY(sameContent(w->session().annotation(), before));
  QCOMPARE(w->classPanel().currentClass(), classes[other].id);
  QVERIFY(w->canvas().selectedShapes().empty());
  w->canvas().setTool(ToolKind::select);
  w->canvas().setSelection({shape.id});
  QTest::keyClick(w.get(), Qt::Key(Qt::Key_1 + other));
  QCOMPARE(w->session().annotation().find(shape.id)->classId, classes[other].id);
}

/// Between two clicks at the image's border the way is the border, whatever edges the picture has near it.
void NewUserTest::scissorsFollowTheImagesBorder() {
  const auto w = m_windows.open();
  CanvasView& canvas = w->canvas();
  const Size size = w->session().annotation().size;
  const size_t before = w->session().annotation().shapes.size();
  canvas.setTool(ToolKind::scissors);
  const double right = size.width, bottom = size.height;
  for (const Point p : {Point{0.4, 0.3}, Point{right - 0.4, 0.5}, Point{right, bottom - 0.2}, Point{0.2, bottom}}) {
    QTest::mouseMove(&canvas, canvas.transform().toScreen(p).toPoint());
    QTest::mouseClick(&canvas, Qt::LeftButton, {}, canvas.transform().toScreen(p).toPoint());
  }
  QTest::keyClick(&canvas, Qt::Key_Return);
  QTRY_COMPARE_WITH_TIMEOUT(w->session().annotation().shapes.size(), before + 1, 10'000);
  const Ring& ring = w->session().annotation().shapes.back()->polygon.rings.at(0);
  for (const Point& p : ring) QVERIFY(p.x == 0 || p.x == right || p.y == 0 || p.y == bottom);  // four corners, and others' vertices between them
  for (const Point p : {Point{0, 0}, Point{right, 0}, Point{right, bottom}, Point{0, bottom}})
    QVERIFY(std::ranges::count(ring, p) == 1);
}

void NewUserTest::optionsFitIntoTheBar() {
  const auto w = m_windows.open();
  auto* bar = w->findChild<ToolOptionsBar*>();
  QVERIFY(bar);
  for (const int width : {1280, 1600, 1100})
    for (const ToolInfo& info : toolTable()) {
      w->resize(width, 800);
      w->canvas().setTool(info.kind);
      QTest::qWait(1);
      const int wants = bar->widget()->sizeHint().width(), has = bar->viewport()->width();
      if (width >= 1280) QVERIFY2(wants <= has, qPrintable(QStringLiteral("%1 at %2: %3 of %4").arg(QLatin1String(info.id)).arg(width).arg(wants).arg(has)));
      // What is set in either form holds.
      for (auto* list : bar->widget()->findChildren<QComboBox*>()) {
        if (list->isHidden() || list->accessibleName() != w->canvas().tool().options()[0].text) continue;
        emit list->activated(1);
        QCOMPARE(int(w->canvas().tool().options()[0].value), 1);
        emit list->activated(0);
      }
    }
}

/// 1280 × 800 at 200 %, without the window's frame and a task bar, and the image is the largest part.
void NewUserTest::fitsASmallScreen() {
  constexpr QSize kRoom{640, 350};
  const auto fits = [&](MainWindow& w, const char* when) {
    const QSize least = w.minimumSizeHint();
    QVERIFY2(least.width() <= kRoom.width() && least.height() <= kRoom.height(),
             qPrintable(QStringLiteral("%1: %2 × %3").arg(QLatin1String(when)).arg(least.width()).arg(least.height())));
  };
  MainWindow empty(windowServices());
  empty.show();
  fits(empty, "start page");
  const auto w = m_windows.open();
  fits(*w, "an image");
  for (const ToolInfo& info : toolTable()) {
    w->canvas().setTool(info.kind);
    QTest::qWait(1);
    fits(*w, info.id);
  }
  for (QDockWidget* dock : w->findChildren<QDockWidget*>()) dock->show();
  QTest::qWait(1);
  fits(*w, "all panels");
  w->messages().show({Notice::Kind::warning, QString(200, QLatin1Char('x')) + QStringLiteral(" and words to wrap"), QStringLiteral("Do Something"), [] {}});
  QTest::qWait(1);
  fits(*w, "a message");
  w->resize(kRoom);
  QTest::qWait(1);
  QCOMPARE(w->size(), kRoom);
}

void NewUserTest::coloursOfSelectedRowsStay() {
  const auto w = m_windows.open();
  ClassModel* model = w->classPanel().findChild<ClassModel*>();
  QVERIFY(model);
  const auto icon = model->data(model->index(1, ClassModel::Name), Qt::DecorationRole).value<QIcon>();
  const Color wanted = w->session().classes()[1].color;
  for (const auto mode : {QIcon::Normal, QIcon::Selected}) QCOMPARE(icon.pixmap(14, mode).toImage().pixel(7, 7), qRgb(wanted.r, wanted.g, wanted.b));
}

void NewUserTest::recentProjectsOpen() {
  std::filesystem::path folder;
  {
    const auto w = m_windows.open();
    folder = w->session().project().folder();
  }
  MainWindow again(windowServices());
  again.show();
  QPushButton* link = nullptr;
  for (auto* button : again.findChild<StartPage*>()->findChildren<QPushButton*>())
    if (button->toolTip() == displayName(folder)) link = button;
  QVERIFY(link);
  link->click();
  QTRY_VERIFY_WITH_TIMEOUT(again.session().hasImage(), 10'000);
  QCOMPARE(again.session().project().folder(), folder);
}

INTARSIA_TEST(NewUserTest)
#include "new_user_test.moc"
