// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QSize>
#include <QString>

namespace intarsia {

class MainWindow;

struct ScreenshotOptions {
  QString file;
  QSize size;          // of the window; empty = its own
  int image = 0;       // from 1; 0 = the first
  QString run;         // whose answer is shown and whose curves are drawn; empty = none
  bool project = false;  // one was named on the command line: wait for it
};

/// Shows the window, waits until the image (and the answer) is there, saves a picture. Exit status 0, or 1 with a sentence on stderr.
int takeScreenshot(MainWindow& window, const ScreenshotOptions& options);

}  // namespace intarsia
