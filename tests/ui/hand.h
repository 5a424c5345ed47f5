// SPDX-License-Identifier: GPL-3.0-or-later
// What tests do to a window by the mouse, and read off it.
#pragma once
#include <QLabel>
#include <QStatusBar>
#include <QTest>

#include "ui/canvas/canvas_view.h"
#include "ui/main_window/main_window.h"

namespace intarsia::test {

/// Corners as shares of the image: left and right at 0.3 of its height, the tip at 0.6.
inline void drawTriangle(MainWindow& w, double left, double right, double tip) {
  const double width = w.session().pyramid()->size().width, height = w.session().pyramid()->size().height;
  w.canvas().setTool(ToolKind::polygon);
  for (const Point p : {Point{width * left, height * .3}, Point{width * right, height * .3}, Point{width * tip, height * .6}}) {
    QTest::mouseMove(&w.canvas(), w.canvas().transform().toScreen(p).toPoint());
    QTest::mouseClick(&w.canvas(), Qt::LeftButton, {}, w.canvas().transform().toScreen(p).toPoint());
  }
  QTest::keyClick(&w.canvas(), Qt::Key_Return);
}

inline size_t shapes(MainWindow& w) { return w.session().annotation().shapes.size(); }

/// What the status bar says of saving.
inline QString status(MainWindow& w) {
  for (const QLabel* label : w.statusBar()->findChildren<QLabel*>())
    if (!label->isHidden() && (label->text().startsWith(QLatin1String("Sav")) || label->text().startsWith(QLatin1String("Not saved")))) return label->text();
  return {};
}

}  // namespace intarsia::test
