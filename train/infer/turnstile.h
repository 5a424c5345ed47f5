// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace intarsia {

/// Lets two threads that both use all cores take turns, first come, first served: a training step, then at most one prediction.
class Turnstile {
 public:
  void enter() {
    std::unique_lock lock(m_mutex);
    const uint64_t ticket = m_next++;
    m_turn.wait(lock, [&] { return ticket == m_serving; });
  }
  void leave() {
    std::lock_guard lock(m_mutex);
    ++m_serving;
    m_turn.notify_all();
  }
  class Turn {
   public:
    explicit Turn(Turnstile* turnstile) : m_turnstile(turnstile) {
      if (m_turnstile) m_turnstile->enter();
    }
    ~Turn() {
      if (m_turnstile) m_turnstile->leave();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Turnstile* m_turnstile;
  };

 private:
  std::mutex m_mutex;
  std::condition_variable m_turn;
  uint64_t m_next = 0, m_serving = 0;  // guarded by m_mutex
};

}  // namespace intarsia
