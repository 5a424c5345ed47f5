// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/timed_application.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "tests/bench/drive.h"

namespace intarsia::test {

double loadPerCore() {
  double load = 0;
  return ::getloadavg(&load, 1) == 1 ? load / double(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN))) : 0;
}

bool TimedApplication::notify(QObject* receiver, QEvent* event) {
  if (m_depth > 0 || !m_recording) return QApplication::notify(receiver, event);
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

std::vector<TimedApplication::Handler> TimedApplication::longest(size_t count) const {
  auto out = m_handlers;
  std::ranges::sort(out, std::ranges::greater(), &Handler::wallMs);
  out.resize(std::min(count, out.size()));
  return out;
}

ptrdiff_t TimedApplication::over(double limit) const {
  return std::ranges::count_if(m_handlers, [&](const Handler& h) { return h.wallMs > limit; });
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
