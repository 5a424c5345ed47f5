// SPDX-License-Identifier: GPL-3.0-or-later
// Clocks, and a hand on the window.
#pragma once
#include <QApplication>
#include <QMouseEvent>
#include <QThread>
#include <QWheelEvent>
#include <QWidget>
#include <ctime>
#include <functional>

namespace intarsia {

inline double ms(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return double(t.tv_sec) * 1e3 + double(t.tv_nsec) / 1e6;
}

inline bool waitFor(const std::function<bool()>& done, double seconds) {
  const double end = ms(CLOCK_MONOTONIC) + seconds * 1e3;
  while (!done()) {
    if (ms(CLOCK_MONOTONIC) > end) return false;
    QApplication::processEvents();
    if (!done()) QThread::usleep(200);
  }
  return true;
}

inline void mouse(QWidget& w, QEvent::Type type, QPointF at, Qt::MouseButton button, Qt::MouseButtons held) {
  QMouseEvent event(type, at, w.mapToGlobal(at), button, held, {});
  QApplication::sendEvent(&w, &event);
}
inline void wheel(QWidget& w, QPointF at, int turn) {
  QWheelEvent event(at, w.mapToGlobal(at), {}, {0, turn}, {}, {}, Qt::NoScrollPhase, false);
  QApplication::sendEvent(&w, &event);
}

}  // namespace intarsia
