// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace intarsia {

Expected<> parallelFor(int count, const std::function<Expected<>(int)>& body, const Job& job, int threads) {
  if (threads <= 0) threads = std::max(1, int(std::thread::hardware_concurrency()));
  threads = std::min(threads, count);
  std::atomic<int> next = 0;
  std::mutex mutex;
  std::optional<Error> first;  // guarded by mutex
  const auto stopWith = [&](Error error) {
    next = count;
    std::lock_guard lock(mutex);
    if (!first) first = std::move(error);
  };
  const auto work = [&] {
    try {
      for (int i; (i = next.fetch_add(1)) < count;) {
        auto result = job.check();
        if (result) result = body(i);
        if (!result) return stopWith(std::move(result.error()));
      }
    } catch (const std::exception& e) {
      stopWith(fail(ErrorCode::failed, INTARSIA_TEXT("Internal error: {reason}"), {{"reason", e.what()}}).error());
    }
  };
  {
    std::vector<std::jthread> others;
    for (int t = 1; t < threads; ++t) others.emplace_back(work);
    work();
  }
  if (first) return std::unexpected(std::move(*first));
  return {};
}

Expected<> parallelFor(int count, std::string_view what, const std::function<Expected<>(int)>& body, const Job& job) {
  std::atomic<int64_t> done = 0;
  const auto counted = [&](int i) -> Expected<> {
    INTARSIA_CHECK(body(i));
    job.report(++done, count, what);
    return {};
  };
  return parallelFor(count, counted, job);
}

}  // namespace intarsia
