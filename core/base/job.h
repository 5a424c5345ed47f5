// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string_view>

#include "core/base/error.h"

namespace intarsia {

struct Progress {
  int64_t done = 0;
  int64_t total = 0;  // 0 = unknown
  std::string_view what;  // a literal, INTARSIA_TEXT
};

/// What every operation over half a second takes: it can be stopped, and it says how far it is.
/// Copyable; any thread. The sink is called from the working thread and must be cheap.
class Job {
 public:
  Job() = default;
  explicit Job(std::stop_token stop, std::function<void(const Progress&)> sink = {})
      : m_stop(std::move(stop)), m_sink(std::move(sink)) {}

  bool cancelled() const { return m_stop.stop_requested(); }
  void report(int64_t done, int64_t total, std::string_view what = {}) const {
    if (m_sink) m_sink({done, total, what});
  }
  /// The error `cancelled` once a stop was asked for.
  Expected<> check() const {
    if (cancelled()) return fail(ErrorCode::cancelled, INTARSIA_TEXT("Cancelled"));
    return {};
  }
  std::stop_token stopToken() const { return m_stop; }

 private:
  std::stop_token m_stop;
  std::function<void(const Progress&)> m_sink;
};

}  // namespace intarsia
