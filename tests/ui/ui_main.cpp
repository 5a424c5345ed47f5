// SPDX-License-Identifier: GPL-3.0-or-later
// The window's tests: a QApplication that times its handlers, settings in a folder of their own, an engine that exists.
#include <QStandardPaths>
#include <QTemporaryDir>
#include <csignal>
#include <ctime>
#include <filesystem>

#include "tests/support/run_all.h"
#include "tests/ui/timed_application.h"
#include "ui/main_window/icons.h"

namespace intarsia::test {
namespace {

double ms(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return double(t.tv_sec) * 1e3 + double(t.tv_nsec) / 1e6;
}

}  // namespace

bool TimedApplication::notify(QObject* receiver, QEvent* event) {
  if (m_depth > 0) return QApplication::notify(receiver, event);
  // The receiver may be gone afterwards; a deferred deletion surely makes it so.
  const char* name = receiver->metaObject()->className();
  const int type = event->type();
  const double wall = ms(CLOCK_MONOTONIC), cpu = ms(CLOCK_THREAD_CPUTIME_ID);
  ++m_depth;
  const bool result = QApplication::notify(receiver, event);
  --m_depth;
  m_handlers.push_back({ms(CLOCK_MONOTONIC) - wall, ms(CLOCK_THREAD_CPUTIME_ID) - cpu, std::string(name) + ", event " + std::to_string(type)});
  return result;
}

double TimedApplication::percentile(double p) const {
  std::vector<double> walls;
  for (const Handler& h : m_handlers) walls.push_back(h.wallMs);
  if (walls.empty()) return 0;
  const size_t at = std::min(walls.size() - 1, size_t(p / 100 * double(walls.size())));
  std::ranges::nth_element(walls, walls.begin() + long(at));
  return walls[at];
}

TimedApplication::Handler TimedApplication::slowest() const {
  const auto at = std::ranges::max_element(m_handlers, {}, &Handler::wallMs);
  return at == m_handlers.end() ? Handler{} : *at;
}

TimedApplication::Handler TimedApplication::busiest() const {
  const auto at = std::ranges::max_element(m_handlers, {}, &Handler::cpuMs);
  return at == m_handlers.end() ? Handler{} : *at;
}

double TimedApplication::mostCpuMs() const {
  double most = 0;
  for (const Handler& h : m_handlers) most = std::max(most, h.cpuMs);
  return most;
}

}  // namespace intarsia::test

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
