// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/cuda/queue.h"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <chrono>
#include <map>
#include <thread>

namespace intarsia {
namespace {

class Kept final : public Recording {
 public:
  explicit Kept(std::function<void()> work) : m_work(std::move(work)) {}
  void replay() override { m_work(); }

 private:
  const std::function<void()> m_work;
};

c10::Stream currentOf(const c10::Device& device) {
  return c10::impl::VirtualGuardImpl(device.type()).getStream(device);
}

}  // namespace

void QueueMark::wait() const {
  while (!reached())
    std::this_thread::sleep_for(std::chrono::microseconds(50));  // LibTorch 1.13's event cannot be waited for
}

DeviceQueue::DeviceQueue(const c10::Device& device) : m_device(device) {
  if (!device.is_cpu()) m_guard.emplace(c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device));
}

QueueMark DeviceQueue::mark() const {
  QueueMark mark;
  if (m_device.is_cpu()) return mark;
  mark.m_event.emplace(m_device.type());
  mark.m_event->record(currentOf(m_device));
  return mark;
}

void DeviceQueue::follow(const QueueMark& mark) const {
  if (mark.m_event) mark.m_event->block(currentOf(m_device));
}

void DeviceQueue::wait() const { finishQueue(m_device); }

ThreadQueue::ThreadQueue(const c10::Device& device) {
  if (device.is_cpu()) return;
  const c10::impl::VirtualGuardImpl impl(device.type());
  if (impl.getStream(device) != impl.getDefaultStream(device)) return;
  thread_local std::map<int, c10::Stream> own;  // by the device's index
  auto found = own.find(device.index());
  if (found == own.end()) found = own.emplace(device.index(), impl.getStreamFromGlobalPool(device)).first;
  m_guard.emplace(found->second);
}

void finishQueue(const c10::Device& device) {
  if (!device.is_cpu()) currentOf(device).synchronize();
}

std::unique_ptr<Recording> DeviceQueue::record(std::function<void()> work) const {
  if (m_device.is_cpu()) return std::make_unique<Kept>(std::move(work));
  return recordGraph(work);
}

}  // namespace intarsia
