// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
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
  Turnstile& turnstile() { return m_turnstile; }

 private:
  mutable std::mutex m_mutex;
  std::shared_ptr<const Model> m_model;  // guarded by m_mutex
  Turnstile m_turnstile;
};

}  // namespace intarsia
