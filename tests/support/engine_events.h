// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "train/api/engine_client.h"

namespace intarsia::test {

/// Collects an engine's events and waits for those of a kind. Any thread.
class EngineEvents {
 public:
  std::function<void(EngineEvent)> handler() {
    return [this](EngineEvent event) {
      std::lock_guard lock(m_mutex);
      m_events.push_back(std::move(event));
      m_changed.notify_all();
    };
  }
  /// The first event of that kind that fulfils `good`; nothing after `timeout`.
  template <class T>
  std::optional<T> wait(std::chrono::milliseconds timeout = std::chrono::seconds(10), std::function<bool(const T&)> good = {}) {
    std::unique_lock lock(m_mutex);
    std::optional<T> found;
    m_changed.wait_for(lock, timeout, [&] {
      for (const auto& event : m_events)
        if (const auto* wanted = std::get_if<T>(&event); wanted && (!good || good(*wanted))) return found = *wanted, true;
      return false;
    });
    return found;
  }
  template <class T>
  int count() {
    std::lock_guard lock(m_mutex);
    return int(std::count_if(m_events.begin(), m_events.end(), [](const auto& e) { return std::holds_alternative<T>(e); }));
  }

 private:
  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::vector<EngineEvent> m_events;
};

}  // namespace intarsia::test
