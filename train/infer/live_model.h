// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <atomic>
#include <memory>
#include <mutex>

#include "train/infer/model.h"
#include "train/infer/turnstile.h"

namespace intarsia {

/// Where a trainer leaves its newest weights and a predictor picks them up. Any thread.
class LiveModel {
 public:
  void publish(std::shared_ptr<const Model> model) {
    std::lock_guard lock(m_mutex);
    m_model = std::move(model);
  }
  std::shared_ptr<const Model> newest() const {
    std::lock_guard lock(m_mutex);
    return m_model;
  }
  /// A trainer is at work on the processor: answers take a small share of its time, in turns.
  void setBusy(bool busy) { m_busy = busy; }
  bool busy() const { return m_busy; }
  Turnstile& turnstile() { return m_turnstile; }

 private:
  mutable std::mutex m_mutex;
  std::shared_ptr<const Model> m_model;  // guarded by m_mutex
  std::atomic<bool> m_busy{false};
  Turnstile m_turnstile;
};

}  // namespace intarsia
