// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/background.h"

#include <atomic>
#include <chrono>

namespace intarsia {

Job Task::job() {
  using Clock = std::chrono::steady_clock;
  auto last = std::make_shared<std::atomic<int64_t>>(0);
  return Job(m_stop.get_token(), [guard = QPointer<Task>(this), last](const Progress& p) {
    const int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count();
    int64_t before = last->load();
    if (p.done != p.total && now - before < 50) return;
    if (!last->compare_exchange_strong(before, now)) return;
    QMetaObject::invokeMethod(
        QCoreApplication::instance(),
        [guard, done = p.done, total = p.total] {
          if (guard) emit guard->progressed(done, total);
        },
        Qt::QueuedConnection);
  });
}

}  // namespace intarsia
