// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/cuda/device_batches.h"

#include <algorithm>
#include <cstring>

namespace intarsia {

using torch::Tensor;

device::Layer layerOf(const Augmentation& a, Size picture, Size output, int64_t place, int tone) {
  device::Layer layer{};
  const SourceMap map(a, picture, output);
  layer.picture = place;
  layer.noiseSeed = a.noiseSeed;
  std::copy(map.m.begin(), map.m.end(), layer.position);
  layer.straight = map.straight;
  layer.noise = a.noise;
  std::copy(a.color.begin(), a.color.end(), layer.color);
  std::copy(a.shift.begin(), a.shift.end(), layer.shift);
  if (a.blur > 0) {
    const std::vector<float> taps = blurTaps(a.blur);
    layer.reach = std::min(int(taps.size()) - 1, device::kMostReach);
    std::copy_n(taps.begin(), layer.reach + 1, layer.taps);
  }
  layer.width = picture.width;
  layer.height = picture.height;
  layer.tone = a.tone.empty() ? -1 : tone;
  return layer;
}

std::unique_ptr<DeviceBatches> DeviceBatches::make(SampleCache& cache, const Recipe& recipe,
                                                   const ModelInfo& normalisation, torch::ScalarType precision,
                                                   const torch::Device& device, int64_t most, int64_t firstStep) {
  if (int64_t(cache.slotBytes()) * cache.count() > most) return nullptr;
  return std::unique_ptr<DeviceBatches>(
      new DeviceBatches(cache, recipe, normalisation, precision, device, firstStep));
}

DeviceBatches::DeviceBatches(SampleCache& cache, const Recipe& recipe, const ModelInfo& normalisation,
                             torch::ScalarType precision, const torch::Device& device, int64_t firstStep)
    : m_plan(cache, recipe, cache.size()),
      m_layersEach(recipe.pasteRare > 0 ? 2 : 1),
      m_tones(recipe.light == "logit" || recipe.gamma > 0),
      m_blurs(recipe.blur > 0),
      m_precision(precision),
      m_device(device),
      m_there(size_t(cache.count())) {
  const auto bytes = torch::TensorOptions(torch::kByte).device(device);
  m_pictures = torch::empty({int64_t(cache.slotBytes()) * cache.count()}, bytes);
  m_arguments.pictures = m_pictures.data_ptr<uint8_t>();
  m_arguments.width = cache.size().width;
  m_arguments.height = cache.size().height;
  m_arguments.layersEach = m_layersEach;
  for (size_t c = 0; c < 3; ++c) {
    m_arguments.scale[c] = 1 / (255 * normalisation.deviation[c]);
    m_arguments.offset[c] = -normalisation.mean[c] / normalisation.deviation[c];
  }
  if (m_blurs) {
    const int64_t pixels = layers() * cache.size().width * cache.size().height;
    m_canvas = torch::empty({2 * pixels * 3}, bytes.dtype(torch::kFloat));
    m_labels = torch::empty({pixels}, bytes.dtype(torch::kShort));
    m_arguments.canvas = m_canvas.data_ptr<float>();
    m_arguments.labels = reinterpret_cast<unsigned short*>(m_labels.data_ptr<int16_t>());
    m_arguments.scratch = pixels * 3;
  }
  m_decoder = std::jthread([this, firstStep] { m_plan.decodeAhead(firstStep); });
}

DeviceBatches::~DeviceBatches() { m_plan.stop(); }

/// Copies a picture to the device unless it is there.
void DeviceBatches::bring(const PlannedLayer& layer, Tensor& staging, int64_t& used) {
  if (m_there[size_t(layer.index)]) return;
  m_there[size_t(layer.index)] = 1;
  const auto slot = int64_t(m_plan.cache().slotBytes());
  const int64_t pixels = int64_t(layer.picture.size.width) * layer.picture.size.height,
                labels = (pixels * 3 + 1) / 2 * 2, length = labels + pixels * 2;
  if (!staging.defined())
    staging = torch::empty({layers() * slot}, torch::TensorOptions(torch::kByte).pinned_memory(m_device.is_cuda()));
  std::memcpy(staging.data_ptr<uint8_t>() + used, layer.picture.rgb, size_t(length));
  m_pictures.narrow(0, layer.index * slot, length).copy_(staging.narrow(0, used, length), true);
  used += slot;
}

Expected<> DeviceBatches::prepare(int64_t step, device::Layer* layers, float* tones, Tensor& staging) {
  const std::vector<int> pictures = m_plan.order(step);
  const auto slot = int64_t(m_plan.cache().slotBytes());
  int64_t used = 0;
  const auto add = [&](const PlannedLayer& from, int number) -> device::Layer& {
    bring(from, staging, used);
    if (!from.augmentation.tone.empty())
      std::copy(from.augmentation.tone.begin(), from.augmentation.tone.end(),
                tones + int64_t(number) * device::kToneLength);
    return layers[number] = layerOf(from.augmentation, from.picture.size, m_plan.size(), from.index * slot, number);
  };
  for (int k = 0; k < int(samples()); ++k) {
    INTARSIA_TRY(const PlannedSample sample, m_plan.sample(step, k, pictures));
    add(sample.base, k * m_layersEach);
    if (m_layersEach == 1) continue;
    if (sample.pasted)
      add(*sample.pasted, k * 2 + 1).wanted = sample.wanted;
    else
      layers[k * 2 + 1] = {};
  }
  return {};
}

void DeviceBatches::fill(const DeviceKernels& kernels, const device::Layer* layers, const float* tones,
                         const Tensor& images, const Tensor& target) const {
  device::AugmentArguments a = m_arguments;
  a.layers = layers;
  a.tones = tones;
  a.images = images.data_ptr();
  a.target = target.data_ptr<int64_t>();
  const int64_t area = int64_t(a.width) * a.height, all = samples() * area;
  const bool half = m_precision == torch::kBFloat16;
  if (!m_blurs) {
    a.count = all;
    kernels.run(half ? kernel::augmentHalf : kernel::augmentFloat, a);
    return;
  }
  a.count = all * m_layersEach;
  kernels.run(kernel::drawLayer, a);
  kernels.run(kernel::blurRows, a);
  kernels.run(kernel::blurColumns, a);
  a.count = all;
  kernels.run(half ? kernel::composeHalf : kernel::composeFloat, a);
}

}  // namespace intarsia
