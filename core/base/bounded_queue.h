// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace intarsia {

/// A queue between threads that holds at most `capacity` items. close() lets readers drain and refuses writers.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t capacity) : m_capacity(capacity) {}
  /// Waits for room. False when the queue was closed.
  bool push(T item) {
    std::unique_lock lock(m_mutex);
    m_room.wait(lock, [&] { return m_closed || m_items.size() < m_capacity; });
    if (m_closed) return false;
    m_items.push_back(std::move(item));
    m_ready.notify_one();
    return true;
  }
  /// Waits for an item. Nothing when the queue was closed and is empty.
  std::optional<T> pop() {
    std::unique_lock lock(m_mutex);
    m_ready.wait(lock, [&] { return m_closed || !m_items.empty(); });
    if (m_items.empty()) return std::nullopt;
    T item = std::move(m_items.front());
    m_items.pop_front();
    m_room.notify_one();
    return item;
  }
  void close() {
    std::lock_guard lock(m_mutex);
    m_closed = true;
    m_ready.notify_all();
    m_room.notify_all();
  }

 private:
  const size_t m_capacity;
  std::mutex m_mutex;
  std::condition_variable m_ready, m_room;
  std::deque<T> m_items;   // guarded by m_mutex
  bool m_closed = false;   // guarded by m_mutex
};

}  // namespace intarsia
