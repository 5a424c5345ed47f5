// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QApplication>
#include <string>
#include <vector>

namespace intarsia::test {

/// The machine's load per core; above kAlone another program runs beside this one, and the wall clock measures that too.
double loadPerCore();
inline constexpr double kAlone = 0.6;

/// Records how long each event handler holds the UI thread: the whole of a top-level delivery, nested ones included.
class TimedApplication : public QApplication {
 public:
  using QApplication::QApplication;
  bool notify(QObject* receiver, QEvent* event) override;

  struct Handler {
    double wallMs = 0, cpuMs = 0;
    std::string what;  // class of the receiver and type of the event
  };
  void forget() { m_handlers.clear(); }
  /// From the beginning, unless it is told otherwise.
  void record(bool on) { m_recording = on; }
  size_t count() const { return m_handlers.size(); }
  double percentile(double p) const;  // wall, ms
  Handler slowest() const;            // by wall time
  std::vector<Handler> longest(size_t count) const;
  ptrdiff_t over(double limit) const;  // how many, wall, ms
  double mostCpuMs() const;
  Handler busiest() const;            // by processor time

 private:
  std::vector<Handler> m_handlers;
  int m_depth = 0;
  bool m_recording = true;
};

}  // namespace intarsia::test
