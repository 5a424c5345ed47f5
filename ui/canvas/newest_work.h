// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPointer>
#include <memory>
#include <stop_token>
#include <utility>

#include "core/base/job.h"
#include "ui/models/background.h"

namespace intarsia {

/// Background work of which only the newest counts: starting or dropping it cancels what runs. UI thread.
class NewestWork {
 public:
  NewestWork() = default;
  NewestWork(const NewestWork&) = delete;
  NewestWork& operator=(const NewestWork&) = delete;
  ~NewestWork() { drop(); }

  bool running() const { return m_stop != nullptr; }
  void drop() {
    if (m_stop) m_stop->request_stop();
    m_stop.reset();
    delete m_task;
  }
  /// `work(job)` on a pool thread, then `done(result)` here unless something newer was started, it was dropped or `context` has gone.
  /// `task` (may be null) shows it and can cancel it; it is deleted then.
  template <class Work, class Done>
  void start(QObject* context, Work work, Done done, Task* task = nullptr) {
    drop();
    m_stop = std::make_shared<std::stop_source>();
    m_task = task;
    inBackground(
        context, [work = std::move(work), job = task ? task->job() : Job(m_stop->get_token())] { return work(job); },
        [this, stop = m_stop, done = std::move(done)](auto result) {
          if (stop->stop_requested()) return;  // also when this has been destroyed
          m_stop.reset();
          delete m_task;
          done(std::move(result));
        });
  }

 private:
  std::shared_ptr<std::stop_source> m_stop;
  QPointer<Task> m_task;
};

}  // namespace intarsia
