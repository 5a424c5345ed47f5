// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <c10/core/Device.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>

#include <functional>
#include <memory>
#include <optional>

namespace intarsia {

/// Work that was recorded once and runs again as it was, on the same memory.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void replay() = 0;
};

/// A place in a queue. On the CPU it is always reached.
class QueueMark {
 public:
  bool reached() const { return !m_event || m_event->query(); }
  void wait() const;

 private:
  friend class DeviceQueue;
  std::optional<c10::Event> m_event;
};

/// The calling thread's order of work for a device. On CUDA a stream of its own, current from construction to
/// destruction, which happens in the same thread: graphs cannot be recorded on the stream that all threads share. On
/// the CPU work is done when it is asked for.
class DeviceQueue {
 public:
  explicit DeviceQueue(const c10::Device& device);
  const c10::Device& device() const { return m_device; }
  QueueMark mark() const;
  /// What comes next waits, on the device, until `mark` is reached.
  void follow(const QueueMark& mark) const;
  void wait() const;  // until all of it is done
  /// Runs `work`, which must wait for nothing and have fixed shapes, without its effects; on the CPU it is only kept.
  std::unique_ptr<Recording> record(std::function<void()> work) const;

 private:
  const c10::Device m_device;
  std::optional<c10::StreamGuard> m_guard;
};

/// For a call in any thread: its work for a CUDA device is done in a stream of the thread's own, unless the thread has
/// one already. The stream that all threads share would wait for each of them.
class ThreadQueue {
 public:
  explicit ThreadQueue(const c10::Device& device);

 private:
  std::optional<c10::StreamGuard> m_guard;
};

/// Waits until all that the calling thread asked of the device is done.
void finishQueue(const c10::Device& device);

/// This engine was built with CUDA's headers.
bool recordsGraphs();
/// The calling thread's, as the driver knows it.
void* currentStream(int device);
std::unique_ptr<Recording> recordGraph(const std::function<void()>& work);
/// Bytes on the current CUDA device; 0 when nobody knows.
int64_t freeDeviceMemory();

}  // namespace intarsia
