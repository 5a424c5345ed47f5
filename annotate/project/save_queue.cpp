// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/save_queue.h"

#include <algorithm>
#include <vector>

namespace intarsia {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
constexpr milliseconds kShortestRest(50), kLongestRest(500), kLongestRetry(5000);

}  // namespace

SaveQueue::SaveQueue() : m_thread([this](std::stop_token stop) { run(stop); }) {}

SaveQueue::~SaveQueue() {
  m_thread.request_stop();
  m_wake.notify_all();
  m_thread.join();
}

uint64_t SaveQueue::submit(const std::string& key, Save save) {
  std::lock_guard lock(m_mutex);
  const uint64_t generation = ++m_generation;
  auto& item = m_waiting[key];
  item.save = std::move(save);
  if (item.oldest == 0) item.oldest = generation;
  m_wake.notify_all();
  return generation;
}

uint64_t SaveQueue::savedLocked() const {
  uint64_t saved = m_generation;
  for (const auto* items : {&m_waiting, &m_atWork})
    for (const auto& [key, item] : *items) saved = std::min(saved, item.oldest - 1);
  return saved;
}

uint64_t SaveQueue::saved() const {
  std::lock_guard lock(m_mutex);
  return savedLocked();
}

void SaveQueue::onSaved(Callback callback) {
  std::lock_guard lock(m_mutex);
  m_callback = std::move(callback);
}

Expected<> SaveQueue::flush() {
  std::unique_lock lock(m_mutex);
  const uint64_t wanted = m_generation;
  // A round that is under way began before us: its failure is not the answer, the next one's is.
  const uint64_t firstRound = m_rounds + (m_atWork.empty() ? 1 : 2);
  ++m_flushing;
  m_wake.notify_all();
  m_done.wait(lock, [&] { return savedLocked() >= wanted || (m_rounds >= firstRound && !m_lastResult); });
  --m_flushing;
  if (savedLocked() >= wanted) return {};
  return m_lastResult;
}

/// Saves what waits, once. The lock is released while it writes.
Expected<> SaveQueue::round(std::unique_lock<std::mutex>& lock) {
  m_atWork.swap(m_waiting);
  Expected<> result;
  std::vector<std::string> saved;
  lock.unlock();
  for (auto& [key, item] : m_atWork) {  // only this thread changes m_atWork
    if (auto done = item.save(); done)
      saved.push_back(key);
    else if (result)
      result = std::unexpected(done.error());
  }
  lock.lock();
  for (const auto& key : saved) m_atWork.erase(key);
  for (auto& [key, item] : m_atWork) {
    auto [place, isNew] = m_waiting.try_emplace(key, item);
    if (!isNew) place->second.oldest = item.oldest;
  }
  m_atWork.clear();
  ++m_rounds;
  m_lastResult = result;
  const uint64_t generation = savedLocked();
  const Callback callback = m_callback;
  lock.unlock();
  if (callback) callback(generation, result);
  lock.lock();
  m_done.notify_all();
  return result;
}

void SaveQueue::run(std::stop_token stop) {
  std::unique_lock lock(m_mutex);
  auto next = Clock::now();
  milliseconds retry(0);
  while (!stop.stop_requested()) {
    m_wake.wait(lock, stop, [&] { return !m_waiting.empty(); });
    // Rest; a flush or the end cuts it short.
    m_wake.wait_until(lock, stop, next, [&] { return m_flushing > 0; });
    if (stop.stop_requested()) break;
    const auto begin = Clock::now();
    const auto result = round(lock);
    const auto end = Clock::now();
    const auto rest =
        std::clamp(std::chrono::duration_cast<milliseconds>(5 * (end - begin)), kShortestRest, kLongestRest);
    retry = result ? milliseconds(0) : std::min(kLongestRetry, std::max(kLongestRest, 2 * retry));
    next = end + std::max(rest, retry);
    if (!result && m_flushing > 0)
      m_wake.wait_for(lock, stop, kShortestRest, [] { return false; });  // let flush() hear of it
  }
  if (!m_waiting.empty()) round(lock);
}

}  // namespace intarsia
