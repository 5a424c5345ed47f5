// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/infer/torch_model.h"

#include <mutex>

#include "train/cuda/queue.h"
#include "train/infer/device_measure.h"
#include "train/io/tensors.h"
#include "train/loop/device.h"

namespace intarsia {
namespace {

constexpr float kNever = -1e30f;  // logit of a class marked ignore

class TorchModel final : public Model {
 public:
  TorchModel(ModelInfo info, std::shared_ptr<Network> network, const std::string& device, bool bf16)
      : m_info(std::move(info)), m_network(std::move(network)), m_device(device), m_precision(bf16 ? torch::kBFloat16 : torch::kFloat) {
    m_network->to(m_device);
    m_network->fold(m_precision);
    if (m_device.is_cuda()) finishQueue(m_device);  // whoever asks may have another queue
  }
  const ModelInfo& info() const override { return m_info; }

  Expected<std::vector<Logits>> logits(std::span<const Image* const> images) const override {
    try {
      const ThreadQueue queue(m_device);
      const torch::Tensor out = answer(images, !m_device.is_cpu()).to(torch::kFloat).to(torch::kCPU).contiguous(at::MemoryFormat::ChannelsLast);
      return split(out);
    } catch (const std::exception& error) {
      return notComputed(error);
    }
  }

  std::unique_ptr<Measurement> measurement(bool anywhere) const override {
    if (m_device.is_cpu() && !anywhere) return nullptr;
    return std::make_unique<Measured>(*this);
  }

 private:
  static std::unexpected<Error> notComputed(const std::exception& error) {
    return fail(ErrorCode::failed, INTARSIA_TEXT("The network could not be computed: {reason}"), {{"reason", error.what()}});
  }

  class Measured final : public Measurement {
   public:
    explicit Measured(const TorchModel& model) : m_model(model), m_sums(model.m_info, model.m_device) {}
    Expected<bool> add(std::span<const Image* const> images, std::span<const LabelMap* const> labels) override {
      for (const LabelMap* map : labels)
        if (!m_sums.takes(*map)) return false;
      try {
        const torch::Tensor out = m_model.answer(images, true);
        for (size_t i = 0; i < labels.size(); ++i) m_sums.add(out.narrow(0, int64_t(i), 1), *labels[i]);
        return true;
      } catch (const std::exception& error) {
        return notComputed(error);
      }
    }
    Expected<> read(ConfusionMatrix& confusion, double& loss) override {
      try {
        m_sums.read(confusion, loss);
        return {};
      } catch (const std::exception& error) {
        return notComputed(error);
      }
    }

   private:
    const TorchModel& m_model;
    DeviceMeasure m_sums;
  };

  torch::Tensor answer(std::span<const Image* const> images, bool asBytes) const {
    torch::NoGradGuard noGrad;
    torch::InferenceMode inference;
    const std::lock_guard lock(m_mutex);
    return m_network->forward(asBytes ? bytesInput(images) : input(images));
  }

  /// The pictures go to the device as bytes.
  torch::Tensor bytesInput(std::span<const Image* const> images) const {
    std::vector<torch::Tensor> parts;
    for (const Image* image : images)
      parts.push_back(torch::from_blob(const_cast<uint8_t*>(image->bytes.data()), {1, image->height, image->width, 3}, torch::kByte));
    const torch::Tensor deviation = torch::tensor(std::vector<float>(m_info.deviation.begin(), m_info.deviation.end())).to(m_device);
    const torch::Tensor mean = torch::tensor(std::vector<float>(m_info.mean.begin(), m_info.mean.end())).to(m_device);
    const torch::Tensor x = torch::cat(parts).to(m_device).to(torch::kFloat);
    return (x / (255 * deviation) - mean / deviation).to(m_precision).permute({0, 3, 1, 2});
  }

  torch::Tensor input(std::span<const Image* const> images) const {
    const int64_t n = int64_t(images.size()), h = images[0]->height, w = images[0]->width;
    torch::Tensor x = torch::empty({n, h, w, 3}, torch::kFloat);
    float scale[3], shift[3];
    for (size_t c = 0; c < 3; ++c) scale[c] = 1 / (255 * m_info.deviation[c]), shift[c] = -m_info.mean[c] / m_info.deviation[c];
    float* out = x.data_ptr<float>();
    for (const Image* image : images)
      for (size_t i = 0; i < image->bytes.size(); i += 3, out += 3)
        for (size_t c = 0; c < 3; ++c) out[c] = float(image->bytes[i + c]) * scale[c] + shift[c];
    return x.to(m_device, m_precision).permute({0, 3, 1, 2});
  }

  std::vector<Logits> split(const torch::Tensor& out) const {
    const int64_t classes = out.size(1), pixels = out.size(2) * out.size(3);
    std::vector<Logits> all;
    const float* from = out.data_ptr<float>();
    for (int64_t n = 0; n < out.size(0); ++n, from += pixels * classes) {
      Logits one{{int(out.size(3)), int(out.size(2))}, int(classes), int(classes), {from, from + pixels * classes}};
      for (int c = 0; c < m_info.classes.size(); ++c)
        if (m_info.classes[c].ignore)
          for (int64_t p = 0; p < pixels; ++p) one.values[size_t(p * classes + c)] = kNever;
      all.push_back(std::move(one));
    }
    return all;
  }

  const ModelInfo m_info;
  const std::shared_ptr<Network> m_network;
  const torch::Device m_device;
  const torch::ScalarType m_precision;
  mutable std::mutex m_mutex;  // a network's forward is not thread-safe
};

}  // namespace

std::shared_ptr<const Model> makeTorchModel(ModelInfo info, std::shared_ptr<Network> network, const std::string& device, bool bf16) {
  return std::make_shared<TorchModel>(std::move(info), std::move(network), device, bf16);
}

Expected<std::shared_ptr<Network>> makeNetwork(const ModelInfo& info, bool drawn) {
  NetworkOptions options;
  options.outputs = info.classes.size();
  options.baseWidth = info.baseWidth;
  options.depth = info.depth;
  options.upPath = info.upPath;
  options.decoder = info.decoder;
  options.drawn = drawn;
  return makeNetwork(info.network, options);
}

Expected<std::shared_ptr<const Model>> makeModel(const ModelInfo& info, const TensorSet& weights, const std::string& device, const std::string& precision) {
  try {
    INTARSIA_TRY(const std::string chosen, chooseDevice(device));
    INTARSIA_TRY(auto network, makeNetwork(info, false));
    INTARSIA_CHECK(loadState(*network, weights));
    return makeTorchModel(info, std::move(network), chosen, useBf16(precision, chosen));
  } catch (const std::exception& error) {
    return fail(ErrorCode::failed, INTARSIA_TEXT("The network could not be made: {reason}"), {{"reason", error.what()}});
  }
}

}  // namespace intarsia
