// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/screenshot.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QPixmap>
#include <QThread>
#include <cstdio>
#include <functional>

#include "ui/canvas/canvas_view.h"
#include "ui/main_window/main_window.h"
#include "ui/main_window/message_bar.h"

namespace intarsia {
namespace {

bool waitFor(const std::function<bool()>& done, int ms) {
  QElapsedTimer timer;
  timer.start();
  while (!done()) {
    if (timer.elapsed() > ms) return false;
    QApplication::processEvents(QEventLoop::AllEvents, 20);
    QThread::msleep(5);  // processEvents returns at once: the engine needs the processor
  }
  return true;
}

int failed(const QString& why) {
  std::fprintf(stderr, "%s\n", qUtf8Printable(why));
  return 1;
}

}  // namespace

int takeScreenshot(MainWindow& window, const ScreenshotOptions& options) {
  constexpr int kOpenMs = 60'000, kPredictMs = 120'000, kSettleMs = 1'200;
  if (!options.size.isEmpty()) window.resize(options.size);
  window.show();
  const auto opened = [&] { return window.session().hasImage() || window.messages().hasButton() || (window.session().hasProject() && window.session().project().images().empty()); };
  if (options.project && !waitFor(opened, kOpenMs)) return failed(window.messages().text());
  if (options.image > 0) {
    window.session().show(options.image - 1);
    if (!waitFor([&] { return window.session().current() == options.image - 1; }, kOpenMs)) return failed(QStringLiteral("There is no such image"));
  }
  if (!options.run.isEmpty()) {
    waitFor([&] { return window.training().hasEngine(); }, kPredictMs);
    const RunFolder run(window.session().project().runsFolder() / options.run.toStdString());
    window.training().predictWith(run);
    if (!waitFor([&] { return window.training().predictionsShown() > 0; }, kPredictMs)) return failed(QStringLiteral("No prediction came: ") + window.messages().text());
  }
  waitFor([] { return false; }, kSettleMs);  // thumbnails
  if (!window.grab().save(options.file)) return failed(QStringLiteral("Cannot write ") + options.file);
  return 0;
}

}  // namespace intarsia
