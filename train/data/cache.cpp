// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/data/cache.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "train/infer/model.h"

namespace intarsia {

void dropIgnored(LabelMap& labels, const ClassTable& classes) {
  std::vector<uint16_t> value(65536, kUnlabelled);
  for (int c = 0; c < classes.size(); ++c)
    if (!classes[c].ignore) value[size_t(c)] = uint16_t(c);
  for (auto& label : labels.pixels()) label = value[label];
}

Expected<std::unique_ptr<SampleCache>> SampleCache::make(const SampleSource& source, Split split, Size size, const std::filesystem::path& folder) {
  std::vector<int> indices;
  for (int i = 0; i < source.count(); ++i)
    if (source.split(i) == split) indices.push_back(i);
  std::unique_ptr<SampleCache> cache(new SampleCache(source, std::move(indices), size));
  INTARSIA_CHECK(cache->map(folder));
  return cache;
}

SampleCache::~SampleCache() {
  if (m_bytes) munmap(m_bytes, m_length);
}

Expected<> SampleCache::map(const std::filesystem::path& folder) {
  m_length = slotBytes() * m_indices.size();
  if (m_length == 0) return {};
  const auto memory = size_t(sysconf(_SC_PHYS_PAGES)) * size_t(sysconf(_SC_PAGESIZE));
  void* at = MAP_FAILED;
  if (m_length <= memory / 2) {
    at = mmap(nullptr, m_length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  } else {
    std::error_code ignored;
    std::string name = (folder.empty() ? std::filesystem::temp_directory_path(ignored) : folder) / "intarsia-cache-XXXXXX";
    const int fd = mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0) return failErrno(errno, INTARSIA_TEXT("Cannot create the picture cache {file}: {reason}"), name);
    unlink(name.c_str());
    const int full = posix_fallocate(fd, 0, off_t(m_length));  // a full disk must show here, not as SIGBUS later
    if (full == 0) at = mmap(nullptr, m_length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (full != 0) return failErrno(full, INTARSIA_TEXT("Cannot make room for the picture cache {file}: {reason}"), name);
  }
  if (at == MAP_FAILED) return failErrno(errno, INTARSIA_TEXT("Cannot map the picture cache {file}: {reason}"), folder.string());
  m_bytes = static_cast<std::byte*>(at);
  return {};
}

Expected<SampleCache::Picture> SampleCache::picture(int i) {
  std::unique_lock lock(m_mutex);
  Slot& slot = m_slots[size_t(i)];
  m_filled.wait(lock, [&] { return slot.state != Slot::State::filling; });
  if (slot.state == Slot::State::empty) {
    slot.state = Slot::State::filling;
    lock.unlock();
    double scale = 0;
    auto size = fill(i, scale);
    lock.lock();
    if (size) m_leastScale = m_leastScale > 0 ? std::min(m_leastScale, scale) : scale;
    slot.state = size ? Slot::State::ready : Slot::State::failed;
    if (size) slot.size = *size;
    else slot.error = std::move(size.error());
    m_filled.notify_all();
  }
  if (slot.state == Slot::State::failed) return std::unexpected(slot.error);
  const auto* rgb = reinterpret_cast<const uint8_t*>(slotAt(i));
  const size_t labels = (size_t(slot.size.width) * size_t(slot.size.height) * 3 + 1) / 2 * 2;
  return Picture{slot.size, rgb, reinterpret_cast<const uint16_t*>(rgb + labels)};
}

double SampleCache::leastScale() {
  std::lock_guard lock(m_mutex);
  return m_leastScale;
}

Expected<Size> SampleCache::fill(int i, double& scale) {
  const int index = m_indices[size_t(i)];
  INTARSIA_TRY(Sample sample, m_source.sample(index));
  if (sample.image.empty() || sample.labels.size() != sample.image.size())
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The labels of {file} have another size than the image"), {{"file", m_source.name(index)}});
  const Size size = networkSize(sample.image.size(), m_size);
  scale = networkScale(sample.image.size(), m_size);
  const Image image = resized(toRgb8(std::move(sample.image)), size);
  LabelMap labels = resizedNearest(sample.labels, size);
  dropIgnored(labels, m_source.classes());
  std::byte* at = slotAt(i);
  std::memcpy(at, image.bytes.data(), image.bytes.size());
  std::memcpy(at + (image.bytes.size() + 1) / 2 * 2, labels.pixels().data(), labels.pixels().size() * 2);
  return size;
}

}  // namespace intarsia
