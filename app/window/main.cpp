// SPDX-License-Identifier: GPL-3.0-or-later
// intarsia [PROJECT] [--theme T] [--screenshot FILE [--size WxH] [--image N] [--prediction RUN]]: the window.
#include <QApplication>
#include <QCommandLineParser>
#include <QSettings>
#include <clocale>
#include <csignal>

#include "app/window/end_signals.h"
#include "app/window/first_paint.h"
#include "app/window/screenshot.h"
#include "app/window/window_services.h"
#include "ui/main_window/appearance.h"
#include "ui/main_window/icons.h"
#include "ui/main_window/main_window.h"

using namespace intarsia;

namespace {

/// The argument as it was given: a file's name need not be UTF-8, and Qt's text of it cannot be turned back.
std::filesystem::path argumentPath(const QString& text, int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    if (QString::fromLocal8Bit(argv[i]) == text) return argv[i];
  return text.toStdString();
}

}  // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  std::setlocale(LC_NUMERIC, "C");  // Qt has just set the user's: numbers in files keep their point
  std::signal(SIGPIPE, SIG_IGN);    // an engine that died is an error of its client, not our end
  QApplication::setApplicationName(QStringLiteral("intarsia"));
  QApplication::setOrganizationName(QStringLiteral("intarsia"));
  QApplication::setApplicationDisplayName(QStringLiteral("Intarsia"));
  QApplication::setApplicationVersion(QStringLiteral(INTARSIA_VERSION));
  QApplication::setDesktopFileName(QStringLiteral("io.github.intarsia.Intarsia"));
  initResources();

  QCommandLineParser parser;
  parser.setApplicationDescription(QCoreApplication::translate("main", "Label images, train a network on them, correct its answers."));
  parser.addHelpOption();
  parser.addVersionOption();
  parser.addPositionalArgument(QStringLiteral("project"), QCoreApplication::translate("main", "A project, a folder of images, or one image."),
                               QStringLiteral("[PROJECT]"));
  const QCommandLineOption screenshot(QStringLiteral("screenshot"), QCoreApplication::translate("main", "Saves a picture of the window to FILE and quits."), QStringLiteral("FILE"));
  const QCommandLineOption size(QStringLiteral("size"), QCoreApplication::translate("main", "Size of that window."), QStringLiteral("WxH"));
  const QCommandLineOption image(QStringLiteral("image"), QCoreApplication::translate("main", "Shows the N-th image, from 1."), QStringLiteral("N"));
  const QCommandLineOption prediction(QStringLiteral("prediction"), QCoreApplication::translate("main", "Shows the answer of this run of the project."), QStringLiteral("RUN"));
  const QCommandLineOption theme(QStringLiteral("theme"), QCoreApplication::translate("main", "light, dark or system."), QStringLiteral("THEME"));
  const QCommandLineOption timeStart(QStringLiteral("time-start"), QCoreApplication::translate("main", "Prints the milliseconds from exec to the first paint and quits."));
  parser.addOptions({screenshot, size, image, prediction, theme, timeStart});
  parser.process(application);

  setAppearance(appearanceFromName(parser.isSet(theme) ? parser.value(theme) : QSettings().value(QStringLiteral("view/theme")).toString()));
  MainWindow window(windowServices());
  if (!parser.positionalArguments().isEmpty()) window.open(argumentPath(parser.positionalArguments().first(), argc, argv));
  if (parser.isSet(screenshot)) {
    ScreenshotOptions options;
    options.file = parser.value(screenshot);
    const QStringList sides = parser.value(size).split(QLatin1Char('x'));
    if (sides.size() == 2) options.size = {sides[0].toInt(), sides[1].toInt()};
    options.image = parser.value(image).toInt();
    options.run = parser.value(prediction);
    options.project = !parser.positionalArguments().isEmpty();
    return takeScreenshot(window, options);
  }
  if (parser.isSet(timeStart)) reportFirstPaint(window);
  endOnSignals(window);
  window.show();
  return QApplication::exec();
}
