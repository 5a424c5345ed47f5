// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>
#include <memory>
#include <stop_token>

#include "core/base/job.h"

namespace intarsia {

/// Runs `work()` on a pool thread, then `done(result)` on the UI thread, unless `context` has gone by then.
template <class Work, class Done>
void inBackground(QObject* context, Work work, Done done, QThreadPool* pool = QThreadPool::globalInstance()) {
  pool->start([guard = QPointer<QObject>(context), work = std::move(work), done = std::move(done)]() mutable {
    auto result = std::make_shared<decltype(work())>(work());
    QMetaObject::invokeMethod(
        QCoreApplication::instance(),
        [guard, result, done = std::move(done)]() mutable {
          if (guard) done(std::move(*result));
        },
        Qt::QueuedConnection);
  });
}

/// One visible piece of work: title, progress, Cancel. Lives on the UI thread; `job()` goes to the worker.
class Task : public QObject {
  Q_OBJECT
 public:
  explicit Task(QString title, QObject* parent = nullptr) : QObject(parent), m_title(std::move(title)) {}
  ~Task() override { m_stop.request_stop(); }
  const QString& title() const { return m_title; }
  /// Its sink may be called from any thread; reports reach the UI thread at most every 50 ms.
  Job job();
  void cancel() { m_stop.request_stop(); }
  bool cancelled() const { return m_stop.stop_requested(); }

 signals:
  void progressed(qint64 done, qint64 total);

 private:
  QString m_title;
  std::stop_source m_stop;
};

}  // namespace intarsia
