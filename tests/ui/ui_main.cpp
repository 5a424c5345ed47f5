// SPDX-License-Identifier: GPL-3.0-or-later
// The window's tests: a QApplication that times its handlers, settings in a folder of their own, an engine that exists.
#include <QStandardPaths>
#include <QTemporaryDir>
#include <csignal>
#include <filesystem>

#include "tests/support/run_all.h"
#include "tests/ui/timed_application.h"
#include "ui/main_window/icons.h"

int main(int argc, char** argv) {
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QTemporaryDir home;
  qputenv("XDG_CONFIG_HOME", home.path().toUtf8() + "/config");
  qputenv("XDG_DATA_HOME", home.path().toUtf8() + "/data");
  qputenv("XDG_CACHE_HOME", home.path().toUtf8() + "/cache");
  if (!qEnvironmentVariableIsSet("QTEST_FUNCTION_TIMEOUT")) qputenv("QTEST_FUNCTION_TIMEOUT", "800000");  // ms: training on a busy machine
  // The real engine where it was built, else the one without LibTorch.
  if (!qEnvironmentVariableIsSet("INTARSIA_ENGINE")) {
    const std::filesystem::path bin = qEnvironmentVariable("INTARSIA_BIN", QStringLiteral(INTARSIA_BINARY_DIR) + QStringLiteral("/bin")).toStdString();
    const auto real = bin / "intarsia-engine";
    qputenv("INTARSIA_ENGINE", QByteArray::fromStdString((std::filesystem::exists(real) ? real : bin / "fake_engine").string()));
  }
  std::signal(SIGPIPE, SIG_IGN);
  intarsia::test::TimedApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("intarsia-test"));
  QApplication::setOrganizationName(QStringLiteral("intarsia-test"));
  intarsia::initResources();
  return intarsia::test::runAll(argc, argv);
}
