// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/data/batch_plan.h"

#include <numeric>
#include <utility>

#include "train/data/class_statistics.h"

namespace intarsia {

BatchPlan::BatchPlan(SampleCache& cache, const Recipe& recipe, Size size)
    : m_cache(cache), m_recipe(recipe), m_size(size), m_reported(size_t(cache.count())) {}

std::vector<std::string> BatchPlan::takeNotices() {
  std::lock_guard lock(m_mutex);
  return std::exchange(m_notices, {});
}

Expected<PlannedLayer> BatchPlan::readable(int i) {
  const int n = m_cache.count();
  for (int tries = 0;; ++tries, i = (i + 1) % n) {
    auto picture = m_cache.picture(i);
    if (picture) return PlannedLayer{i, *picture, {}};
    if (m_stop) return std::unexpected(picture.error());
    {
      std::lock_guard lock(m_mutex);
      if (!std::exchange(m_reported[size_t(i)], 1)) m_notices.push_back(picture.error().message());
    }
    if (tries + 1 >= n) return std::unexpected(picture.error());
  }
}

std::vector<int> BatchPlan::order(int64_t step) const {
  std::vector<int> order(size_t(m_cache.count()));
  std::iota(order.begin(), order.end(), 0);
  Random shuffle(m_recipe.seed, uint32_t(step / stepsPerEpoch()), 0xffffffff);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[size_t(shuffle.below(int(i)))]);
  return order;
}

void BatchPlan::decodeAhead(int64_t step) {
  const std::vector<int> pictures = order(step);
  const size_t first = size_t(step % stepsPerEpoch()) * size_t(batchSize());
  for (size_t i = 0; i < pictures.size() && !m_stop; ++i) (void)m_cache.picture(pictures[(first + i) % pictures.size()]);
}

void BatchPlan::lookForRare() {
  std::call_once(m_looked, [this] {
    ClassStatistics statistics = ClassStatistics::of(m_cache, [this] { return m_stop.load(); });
    m_rare = statistics.rare();
    m_showing = std::move(statistics.pictures);
  });
}

/// Another picture, changed as if it were a sample of its own, of which the pixels of one rare class are shown.
std::optional<PlannedLayer> BatchPlan::drawPasted(Random random, int& wanted) {
  if (random.uniform() >= m_recipe.pasteRare || m_rare.empty()) return {};
  wanted = m_rare[size_t(random.below(int(m_rare.size())))];
  const auto& pictures = m_showing[size_t(wanted)];
  const int index = pictures[size_t(random.below(int(pictures.size())))];
  const auto picture = m_cache.picture(index);
  if (!picture) return {};
  const uint32_t second = random.next(), first = random.next();
  const Random change(m_recipe.seed ^ 0x706965636573, first, second);
  return PlannedLayer{index, *picture, Augmentation::draw(m_recipe, picture->size, m_size, change)};
}

Expected<PlannedSample> BatchPlan::sample(int64_t step, int k, const std::vector<int>& order) {
  const int64_t perEpoch = stepsPerEpoch(), position = (step % perEpoch) * batchSize() + k;
  const auto epoch = uint32_t(step / perEpoch), place = uint32_t(position);
  PlannedSample sample;
  INTARSIA_TRY(sample.base, readable(order[size_t(position) % order.size()]));
  const Random random(m_recipe.seed, epoch, place), further(m_recipe.seed ^ 0x72617265, epoch, place);
  Augmentation& augmentation = sample.base.augmentation =
      Augmentation::draw(m_recipe, sample.base.picture.size, m_size, random);
  if (epoch == 0 || (m_recipe.rareCrop <= 0 && m_recipe.pasteRare <= 0)) return sample;
  lookForRare();
  if (augmentation.rareCrop) augmentation.centreOn(m_rare, sample.base.picture, m_size, further);
  if (m_recipe.pasteRare > 0)
    sample.pasted = drawPasted(Random(m_recipe.seed ^ 0x7061737465, epoch, place), sample.wanted);
  return sample;
}

}  // namespace intarsia
