// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/first_paint.h"

#include <unistd.h>

#include <QApplication>
#include <QTimer>
#include <QWidget>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>

#include "core/base/text.h"

namespace intarsia {
namespace {

/// Milliseconds since the kernel started this process: field 22 of /proc/self/stat, in clock ticks since boot.
double sinceExec() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));  // the program's name may hold blanks
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6 - double(parseInt(field).value_or(0)) * 1e3 / double(sysconf(_SC_CLK_TCK));
}

class PaintWatch : public QObject {
 public:
  using QObject::QObject;
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (event->type() == QEvent::UpdateRequest) {
      watched->removeEventFilter(this);
      QTimer::singleShot(0, this, [] {
        std::printf("first paint: %.0f ms\n", sinceExec());
        QApplication::quit();
      });
    }
    return false;
  }
};

}  // namespace

void reportFirstPaint(QWidget& window) { window.installEventFilter(new PaintWatch(&window)); }

}  // namespace intarsia
