// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/data/loader.h"

#include <algorithm>

#include "train/kernels/share.h"

namespace intarsia {

BatchLoader::BatchLoader(SampleCache& cache, Options options)
    : m_options(std::move(options)), m_plan(cache, m_options.recipe, m_options.size), m_nextToProduce(m_options.firstStep),
      m_nextToUse(m_options.firstStep) {
  const int threads = m_options.threads;
  m_ring.resize(threads > 0 ? size_t(threads + 2) : 1);
  const int64_t n = m_plan.batchSize(), h = m_options.size.height, w = m_options.size.width;
  for (auto& place : m_ring) {
    place.batch.images = torch::empty({n, 3, h, w}, torch::TensorOptions(m_options.precision).pinned_memory(m_options.pinned), at::MemoryFormat::ChannelsLast);
    place.batch.target = torch::empty({n, h, w}, torch::TensorOptions(torch::kLong).pinned_memory(m_options.pinned));
  }
  for (int t = 0; t < threads; ++t) m_threads.emplace_back([this] { work(); });
  if (threads == 0 && m_options.decodesAhead) m_threads.emplace_back([this] { m_plan.decodeAhead(m_options.firstStep); });
}

BatchLoader::~BatchLoader() {
  m_plan.stop();
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
  if (m_options.threads == 0) {
    INTARSIA_CHECK(produce(m_nextToUse++, m_ring[0].batch));
    return m_ring[0].batch;
  }
  std::unique_lock lock(m_mutex);
  const int64_t step = m_nextToUse++;
  m_changed.notify_all();
  Place& place = m_ring[size_t(step % int64_t(m_ring.size()))];
  m_changed.wait(lock, [&] { return place.step == step; });
  if (place.error) return std::unexpected(*place.error);
  return place.batch;
}

template <class Store>
static void normalise(const std::vector<float>& rgb, const ModelInfo& info, Store* out) {
  float scale[3], shift[3];
  for (size_t c = 0; c < 3; ++c) scale[c] = 1 / (255 * info.deviation[c]), shift[c] = -info.mean[c] / info.deviation[c];
  for (size_t i = 0; i < rgb.size(); i += 3)
    for (size_t c = 0; c < 3; ++c) out[i + c] = Store(rgb[i + c] * scale[c] + shift[c]);
}

Expected<> BatchLoader::produce(int64_t step, Batch& batch) {
  const std::vector<int> pictures = m_plan.order(step);
  const auto n = size_t(m_plan.batchSize());
  if (m_options.threads > 0) {
    for (size_t k = 0; k < n; ++k) INTARSIA_CHECK(produceSample(step, int(k), pictures, batch));
    return {};
  }
  std::vector<std::optional<Error>> errors(n);
  shareOut(int64_t(n), [&](int64_t k) {
    if (auto done = produceSample(step, int(k), pictures, batch); !done) errors[size_t(k)] = std::move(done.error());
  });
  for (auto& error : errors)
    if (error) return std::unexpected(std::move(*error));
  return {};
}

Expected<> BatchLoader::produceSample(int64_t step, int k, const std::vector<int>& order, Batch& batch) {
  INTARSIA_TRY(const PlannedSample sample, m_plan.sample(step, k, order));
  const size_t pixels = size_t(m_options.size.width) * size_t(m_options.size.height), at = pixels * size_t(k);
  thread_local Canvas canvas;
  canvas.rgb.resize(pixels * 3);
  canvas.labels.resize(pixels);
  sampleAugmented(sample.base.picture, sample.base.augmentation, m_options.size, canvas.rgb.data(), canvas.labels.data());
  if (sample.pasted) {
    Canvas other{std::vector<float>(pixels * 3), std::vector<uint16_t>(pixels)};
    sampleAugmented(sample.pasted->picture, sample.pasted->augmentation, m_options.size, other.rgb.data(), other.labels.data());
    for (size_t i = 0; i < pixels; ++i) {
      if (other.labels[i] != sample.wanted) continue;
      canvas.labels[i] = other.labels[i];
      std::copy_n(&other.rgb[i * 3], 3, &canvas.rgb[i * 3]);
    }
  }
  if (m_options.precision == torch::kBFloat16)
    normalise(canvas.rgb, m_options.normalisation, batch.images.data_ptr<at::BFloat16>() + at * 3);
  else
    normalise(canvas.rgb, m_options.normalisation, batch.images.data_ptr<float>() + at * 3);
  int64_t* target = batch.target.data_ptr<int64_t>() + at;
  for (size_t i = 0; i < pixels; ++i) target[i] = canvas.labels[i] == kUnlabelled ? kIgnoreTarget : canvas.labels[i];
  return {};
}

}  // namespace intarsia
