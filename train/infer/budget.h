// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>
#include <chrono>

namespace intarsia {

/// The time that live answers may take from training: a share of it, paid back after it was taken. One thread.
class TimeBudget {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr double kShare = 0.03;  // of wall time
  static constexpr double kMostDebt = 1.5, kMostCredit = 0.1;  // seconds of answering

  void spend(double seconds, Clock::time_point now = Clock::now()) {
    settle(now);
    m_debt = std::min(kMostDebt, m_debt + seconds);
  }
  /// Seconds until no more than `allowed` are owed.
  double wait(double allowed, Clock::time_point now = Clock::now()) {
    settle(now);
    return std::max(0.0, (m_debt - allowed) / kShare);
  }

 private:
  void settle(Clock::time_point now) {
    m_debt = std::max(-kMostCredit, m_debt - kShare * std::chrono::duration<double>(now - m_at).count());
    m_at = now;
  }

  double m_debt = 0;
  Clock::time_point m_at = Clock::now();
};

}  // namespace intarsia
