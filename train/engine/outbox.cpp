// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/engine/outbox.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace intarsia {

using namespace std::chrono_literals;

Outbox::Outbox(int output) : m_output(output) {
  m_thread = std::thread([this] { run(); });
}

Outbox::~Outbox() {
  close();
  {
    std::lock_guard lock(m_mutex);
    m_ending = true;
  }
  m_wake.notify_all();
  m_thread.join();
}

void Outbox::control(const EngineMessage& message) {
  const auto isProgress = [](const EngineMessage& m) {
    const auto* event = std::get_if<EngineEvent>(&m);
    return !event || std::holds_alternative<RunProgress>(*event);  // heartbeats too
  };
  std::lock_guard lock(m_mutex);
  if (!m_control.empty() && isProgress(message) && isProgress(m_control.back())) m_control.pop_back();
  m_control.push_back(message);
  m_wake.notify_all();
}

void Outbox::setGeneration(uint64_t generation) {
  std::lock_guard lock(m_mutex);
  m_generation = generation;
  m_open = 0;
  std::erase_if(m_answers, [&](const auto& answer) { return answer.first != generation; });
  m_room.notify_all();
}

void Outbox::acknowledge(uint64_t generation, int tiles) {
  std::lock_guard lock(m_mutex);
  if (generation == m_generation && tiles > 0) m_open = std::max(0, m_open - tiles);
  m_room.notify_all();
}

bool Outbox::tile(PredictionTile tile) {
  std::unique_lock lock(m_mutex);
  const uint64_t generation = tile.generation;
  m_room.wait(lock, [&] { return m_closed || generation != m_generation || m_open < kUnacknowledged; });
  if (m_closed || generation != m_generation) return false;
  ++m_open;
  m_answers.emplace_back(generation, EngineEvent(std::move(tile)));
  m_wake.notify_all();
  return true;
}

void Outbox::done(const PredictionDone& done) {
  std::lock_guard lock(m_mutex);
  if (done.generation == m_generation) {
    m_answers.emplace_back(done.generation, EngineEvent(done));
  } else {
    m_control.push_back(EngineEvent(done));  // superseded: its tiles are gone
  }
  m_wake.notify_all();
}

void Outbox::close() {
  std::lock_guard lock(m_mutex);
  m_closed = true;
  m_answers.clear();
  m_room.notify_all();
}

/// The next frame as bytes; nothing when all is said and the end was asked for.
std::optional<std::string> Outbox::next(std::unique_lock<std::mutex>& lock) {
  m_wake.wait(lock, [&] { return m_ending || !m_control.empty() || !m_answers.empty(); });
  EngineMessage message;
  if (!m_control.empty()) {
    message = std::move(m_control.front());
    m_control.pop_front();
  } else if (!m_answers.empty()) {
    message = std::move(m_answers.front().second);
    m_answers.pop_front();
  } else {
    return std::nullopt;
  }
  lock.unlock();
  std::string bytes = encodeFrame(encodeMessage(message));
  lock.lock();
  return bytes;
}

void Outbox::run() {
  std::unique_lock lock(m_mutex);
  while (const auto bytes = next(lock)) {
    lock.unlock();
    std::string_view rest = *bytes;
    bool ok = true;
    auto deadline = std::chrono::steady_clock::time_point::max();
    while (ok && !rest.empty()) {
      pollfd entry{m_output, POLLOUT, 0};  // non-blocking: a client that does not read must not keep us from ending
      if (::poll(&entry, 1, 200) > 0) {
        const ssize_t n = ::write(m_output, rest.data(), rest.size());
        if (n > 0)
          rest.remove_prefix(size_t(n));
        else
          ok = n < 0 && (errno == EINTR || errno == EAGAIN);
      }
      lock.lock();
      if (m_ending && deadline == std::chrono::steady_clock::time_point::max()) deadline = std::chrono::steady_clock::now() + 1s;
      lock.unlock();
      if (std::chrono::steady_clock::now() > deadline) ok = false;
    }
    lock.lock();
    if (!ok) {  // the client is gone
      m_closed = true;
      m_control.clear();
      m_answers.clear();
      m_room.notify_all();
      m_wake.wait(lock, [&] { return m_ending; });
      return;
    }
  }
}

}  // namespace intarsia
