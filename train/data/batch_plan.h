// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "train/api/augment.h"
#include "train/data/cache.h"

namespace intarsia {

/// A picture as it goes into a sample, and how it is changed.
struct PlannedLayer {
  int index = 0;  // in the cache
  SampleCache::Picture picture;
  Augmentation augmentation;
};

struct PlannedSample {
  PlannedLayer base;
  std::optional<PlannedLayer> pasted;
  int wanted = 0;  // the label of `pasted` whose pixels come over the base
};

/// Which pictures make up a batch and what is drawn for them: a function of (seed, step) alone. Any thread. `rareCrop` and `pasteRare` begin
/// with the second epoch: by then every picture was decoded once, so that looking for rare classes keeps nobody waiting.
class BatchPlan {
 public:
  BatchPlan(SampleCache& cache, const Recipe& recipe, Size size);

  /// A batch is recipe.batch × recipe.accumulate pictures.
  int batchSize() const { return m_recipe.batch * m_recipe.accumulate; }
  /// Steps per epoch: the last, smaller batch is left out; at least one (a small set fills its batch with repetitions).
  static int64_t stepsPerEpoch(int count, int batch) { return std::max<int64_t>(1, count / batch); }
  int64_t stepsPerEpoch() const { return stepsPerEpoch(m_cache.count(), batchSize()); }
  /// The pictures of the step's epoch.
  std::vector<int> order(int64_t step) const;
  /// The k-th sample of a step; an unreadable picture is replaced by the next one. Fails when none can be read.
  Expected<PlannedSample> sample(int64_t step, int k, const std::vector<int>& order);
  /// Sentences about pictures that were left out, each once.
  std::vector<std::string> takeNotices();
  /// Brings the pictures into the cache in the order in which the rest of the step's epoch, or its beginning, asks for them; until
  /// stop(). An error comes again when the picture is asked for.
  void decodeAhead(int64_t step);
  /// Ends that, and the search for a readable picture.
  void stop() { m_stop = true; }

  const SampleCache& cache() const { return m_cache; }
  Size size() const { return m_size; }
  const Recipe& recipe() const { return m_recipe; }

 private:
  Expected<PlannedLayer> readable(int i);
  void lookForRare();
  std::optional<PlannedLayer> drawPasted(Random random, int& wanted);

  SampleCache& m_cache;
  const Recipe m_recipe;
  const Size m_size;
  std::once_flag m_looked;
  std::vector<int> m_rare;                              // constant once looked for, like the next
  std::vector<std::vector<int>> m_showing;              // pictures, by class
  std::atomic<bool> m_stop{false};
  std::mutex m_mutex;
  std::vector<uint8_t> m_reported;  // guarded by m_mutex, like the next
  std::vector<std::string> m_notices;
};

}  // namespace intarsia
