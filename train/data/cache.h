// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "core/base/resize.h"
#include "core/base/sample_source.h"
#include "train/api/augment.h"

namespace intarsia {

/// `labels` ready for a loss: class index, or kUnlabelled where the class is marked ignore or unknown to the table.
void dropIgnored(LabelMap& labels, const ClassTable& classes);

/// The pictures of one split at the training size, decoded once: bytes in one mapping that is filled as pictures are first asked for.
/// Held in memory, or in an unlinked file when they would take more than half of it. Any thread may call picture().
class SampleCache {
 public:
  using Picture = LabelledPixels;  // fits into the training size, same aspect ratio as the image

  static Expected<std::unique_ptr<SampleCache>> make(const SampleSource& source, Split split, Size size, const std::filesystem::path& folder);
  ~SampleCache();
  SampleCache(const SampleCache&) = delete;
  SampleCache& operator=(const SampleCache&) = delete;

  int count() const { return int(m_indices.size()); }
  int classes() const { return m_source.classes().size(); }
  Size size() const { return m_size; }
  /// Bytes of a picture of the training size and its labels, and some more.
  size_t slotBytes() const { return (size_t(m_size.width) * size_t(m_size.height) * 5 + 64) / 64 * 64; }
  /// Fills the slot at the first call. An unreadable image is an error that names it, the same at every call.
  Expected<Picture> picture(int i);
  /// The smallest scale, cache pixels per image pixel, of the pictures filled so far; 0 = none was.
  double leastScale();

 private:
  SampleCache(const SampleSource& source, std::vector<int> indices, Size size)
      : m_source(source), m_indices(std::move(indices)), m_size(size), m_slots(m_indices.size()) {}
  Expected<> map(const std::filesystem::path& folder);
  Expected<Size> fill(int i, double& scale);
  std::byte* slotAt(int i) const { return m_bytes + slotBytes() * size_t(i); }

  struct Slot {
    enum class State : uint8_t { empty, filling, ready, failed } state = State::empty;
    Size size;
    Error error;
  };
  const SampleSource& m_source;     // constant after construction, like the next four
  const std::vector<int> m_indices;
  const Size m_size;
  std::byte* m_bytes = nullptr;
  size_t m_length = 0;
  std::mutex m_mutex;
  std::condition_variable m_filled;
  std::vector<Slot> m_slots;        // guarded by m_mutex, like the next
  double m_leastScale = 0;
};

}  // namespace intarsia
