// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "core/base/error.h"

namespace intarsia {

/// Saves on a thread of its own, the latest value of each key only. Between two rounds it rests five times as long as
/// the last one took, at least 50 and at most 500 ms. What cannot be saved is kept and tried again. Any thread may call
/// any method.
class SaveQueue {
 public:
  using Save = std::function<Expected<>()>;
  using Callback = std::function<void(uint64_t generation, const Expected<>& result)>;

  SaveQueue();
  ~SaveQueue();  // tries once more what is left
  /// Replaces what waits under `key`. Keys are saved in their order. Returns the generation that saved() will reach.
  uint64_t submit(const std::string& key, Save save);
  /// All generations up to this one are on disk (or were replaced by later ones that are).
  uint64_t saved() const;
  /// Called on the saving thread after each round.
  void onSaved(Callback callback);
  /// Waits until all that was submitted is on disk; the error of an attempt that failed meanwhile.
  Expected<> flush();

 private:
  struct Item {
    Save save;
    uint64_t oldest = 0;  // first generation under this key that is not on disk
  };
  void run(std::stop_token stop);
  Expected<> round(std::unique_lock<std::mutex>& lock);
  uint64_t savedLocked() const;

  mutable std::mutex m_mutex;
  std::condition_variable_any m_wake, m_done;
  std::map<std::string, Item> m_waiting, m_atWork;  // guarded by m_mutex, as all below
  uint64_t m_generation = 0;
  uint64_t m_rounds = 0;  // finished attempts
  Expected<> m_lastResult;
  int m_flushing = 0;  // threads that wait in flush()
  Callback m_callback;
  std::jthread m_thread;  // last: it uses the others
};

}  // namespace intarsia
