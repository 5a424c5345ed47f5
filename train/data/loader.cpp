// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/data/loader.h"

#include <numeric>

namespace intarsia {

BatchLoader::BatchLoader(SampleCache& cache, Options options)
    : m_cache(cache), m_options(std::move(options)), m_nextToProduce(m_options.firstStep), m_nextToUse(m_options.firstStep),
      m_reported(size_t(cache.count())) {
  const int threads = std::max(1, m_options.threads);
  m_ring.resize(size_t(threads + 2));
  const int64_t n = m_options.recipe.batch, h = m_options.size.height, w = m_options.size.width;
  for (auto& place : m_ring) {
    place.batch.images = torch::empty({n, 3, h, w}, torch::TensorOptions(m_options.precision)).contiguous(at::MemoryFormat::ChannelsLast);
    place.batch.target = torch::empty({n, h, w}, torch::kLong);
  }
  for (int t = 0; t < threads; ++t) m_threads.emplace_back([this] { work(); });
}

BatchLoader::~BatchLoader() {
  std::lock_guard lock(m_mutex);
  m_stop = true;
  m_changed.notify_all();
}

void BatchLoader::work() {
  const auto ring = int64_t(m_ring.size());
  for (;;) {
    std::unique_lock lock(m_mutex);
    // The place before m_nextToUse is still in the trainer's hands.
    m_changed.wait(lock, [&] { return m_stop || m_nextToProduce < m_nextToUse - 1 + ring; });
    if (m_stop) return;
    const int64_t step = m_nextToProduce++;
    Place& place = m_ring[size_t(step % ring)];
    lock.unlock();
    auto done = produce(step, place.batch);
    lock.lock();
    place.error = done ? std::nullopt : std::optional(done.error());
    place.step = step;
    m_changed.notify_all();
  }
}

Expected<Batch> BatchLoader::next() {
  std::unique_lock lock(m_mutex);
  const int64_t step = m_nextToUse++;
  m_changed.notify_all();
  Place& place = m_ring[size_t(step % int64_t(m_ring.size()))];
  m_changed.wait(lock, [&] { return place.step == step; });
  if (place.error) return std::unexpected(*place.error);
  return place.batch;
}

std::vector<std::string> BatchLoader::takeNotices() {
  std::lock_guard lock(m_mutex);
  return std::exchange(m_notices, {});
}

Expected<SampleCache::Picture> BatchLoader::readable(int i) {
  const int n = m_cache.count();
  for (int tries = 0;; ++tries, i = (i + 1) % n) {
    auto picture = m_cache.picture(i);
    if (picture) return picture;
    {
      std::lock_guard lock(m_mutex);
      if (m_stop) return picture;
      if (!std::exchange(m_reported[size_t(i)], 1)) m_notices.push_back(picture.error().message());
    }
    if (tries + 1 >= n) return picture;
  }
}

template <class Store>
static void normalise(const std::vector<float>& rgb, const ModelInfo& info, Store* out) {
  float scale[3], shift[3];
  for (size_t c = 0; c < 3; ++c) scale[c] = 1 / (255 * info.deviation[c]), shift[c] = -info.mean[c] / info.deviation[c];
  for (size_t i = 0; i < rgb.size(); i += 3)
    for (size_t c = 0; c < 3; ++c) out[i + c] = Store(rgb[i + c] * scale[c] + shift[c]);
}

Expected<> BatchLoader::produce(int64_t step, Batch& batch) {
  const int n = m_cache.count(), size = m_options.recipe.batch;
  const int64_t perEpoch = stepsPerEpoch(n, size);
  const auto epoch = uint32_t(step / perEpoch);
  std::vector<int> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  Random shuffle(m_options.recipe.seed, epoch, 0xffffffff);
  for (int i = n - 1; i > 0; --i) std::swap(order[size_t(i)], order[size_t(shuffle.below(i + 1))]);
  const size_t pixels = size_t(m_options.size.width) * size_t(m_options.size.height);
  std::vector<float> rgb(pixels * 3);
  std::vector<uint16_t> labels(pixels);
  for (int k = 0; k < size; ++k) {
    const int64_t position = (step % perEpoch) * size + k;
    INTARSIA_TRY(const SampleCache::Picture picture, readable(order[size_t(position % n)]));
    const auto augmentation = Augmentation::draw(m_options.recipe, picture.size, m_options.size, Random(m_options.recipe.seed, epoch, uint32_t(position)));
    sampleAugmented(picture, augmentation, m_options.size, rgb.data(), labels.data());
    const size_t at = pixels * size_t(k);
    if (m_options.precision == torch::kBFloat16)
      normalise(rgb, m_options.normalisation, batch.images.data_ptr<at::BFloat16>() + at * 3);
    else
      normalise(rgb, m_options.normalisation, batch.images.data_ptr<float>() + at * 3);
    int64_t* target = batch.target.data_ptr<int64_t>() + at;
    for (size_t i = 0; i < pixels; ++i) target[i] = labels[i] == kUnlabelled ? kIgnoreTarget : labels[i];
  }
  return {};
}

}  // namespace intarsia
