// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "train/api/protocol.h"

namespace intarsia {

/// What the engine still has to say, and the thread that says it: control messages first, then answers to the newest request.
/// Any thread; nobody waits for the pipe but that thread and, for at most 8 unacknowledged tiles, the predictor.
class Outbox {
 public:
  explicit Outbox(int output);
  ~Outbox();  // sends what is left of the control messages, for at most a second, and joins

  /// A progress message replaces one that is still waiting.
  void control(const EngineMessage& message);
  /// Superseded answers are dropped from here on.
  void setGeneration(uint64_t generation);
  void acknowledge(uint64_t generation, int tiles);
  /// Waits while 8 tiles are unacknowledged. False when the answer is superseded or the client is gone.
  bool tile(PredictionTile tile);
  /// Follows the tiles of its answer.
  void done(const PredictionDone& done);
  /// Frees waiting threads; nothing but control messages is sent from now on.
  void close();

 private:
  static constexpr int kUnacknowledged = 8;
  void run();
  std::optional<std::string> next(std::unique_lock<std::mutex>& lock);

  const int m_output;
  std::mutex m_mutex;
  std::condition_variable m_wake, m_room;
  // Guarded by m_mutex.
  std::deque<EngineMessage> m_control;
  std::deque<std::pair<uint64_t, EngineMessage>> m_answers;
  uint64_t m_generation = 0;
  int m_open = 0;  // tiles of m_generation sent or waiting, not acknowledged
  bool m_closed = false, m_ending = false;
  std::thread m_thread;
};

}  // namespace intarsia
