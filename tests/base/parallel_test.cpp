// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/parallel.h"

#include <QTest>
#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <vector>

#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;

class ParallelTest : public QObject {
  Q_OBJECT
 private slots:
  void everyIndexOnce_data() {
    QTest::addColumn<int>("threads");
    for (const int t : {0, 1, 2, 7}) QTest::addRow("%d threads", t) << t;
  }
  void everyIndexOnce() {
    QFETCH(int, threads);
    for (const int count : {0, 1, 2, 1000}) {
      std::vector<int> hits(static_cast<size_t>(count));
      EXPECT_OK(parallelFor(count, [&](int i) -> Expected<> { return ++hits[size_t(i)], Expected<>(); }, {}, threads));
      QVERIFY(std::ranges::all_of(hits, [](int h) { return h == 1; }));
    }
  }

  void theFirstErrorStopsTheRest() {
    std::atomic<int> calls = 0;
    const auto result = parallelFor(100000, [&](int i) -> Expected<> {
      ++calls;
      if (i == 10) return fail(ErrorCode::notFound, "ten");
      return {};
    }, {}, 4);
    EXPECT_ERROR(result, ErrorCode::notFound);
    QVERIFY(calls < 100000);
  }

  void cancelling() {
    std::stop_source stop;
    std::atomic<int> calls = 0;
    const auto result = parallelFor(100000, [&](int) -> Expected<> {
      if (++calls == 50) stop.request_stop();
      return {};
    }, Job(stop.get_token()), 3);
    EXPECT_ERROR(result, ErrorCode::cancelled);
    QVERIFY(calls < 100);
  }

  void howManyAreDoneIsSaid() {
    std::mutex mutex;
    std::set<int64_t> said;
    const Job job({}, [&](const Progress& p) {
      std::lock_guard lock(mutex);
      said.insert(p.total == 100 && p.what == "Counting" ? p.done : -1);
    });
    EXPECT_ERROR(parallelFor(100, "Counting", [](int i) -> Expected<> {
      if (i == 90) return fail(ErrorCode::notFound, "ninety");
      return {};
    }, job), ErrorCode::notFound);
    QVERIFY(*said.rbegin() < 100);
    EXPECT_OK(parallelFor(100, "Counting", [](int) -> Expected<> { return {}; }, job));
    QVERIFY(said.size() == 100 && *said.begin() == 1 && *said.rbegin() == 100);
  }

  void exceptionsBecomeErrors() {
    EXPECT_ERROR(parallelFor(5, [](int) -> Expected<> { throw std::runtime_error("odd"); }, {}, 2), ErrorCode::failed);
  }
};

INTARSIA_TEST(ParallelTest)
#include "parallel_test.moc"
