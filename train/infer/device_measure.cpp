// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/infer/device_measure.h"

namespace intarsia {

using torch::Tensor;

DeviceMeasure::DeviceMeasure(const ModelInfo& info, const torch::Device& device)
    : m_classes(info.classes.size()), m_device(device) {
  std::vector<float> bars;
  for (const auto& c : info.classes) bars.push_back(c.ignore ? -1e30f : 0.f);
  m_bars = torch::tensor(bars).view({1, -1, 1, 1}).to(device);
  m_counts = torch::zeros({m_classes * m_classes + 1}, torch::TensorOptions(torch::kLong).device(device));
  m_loss = torch::zeros({}, torch::TensorOptions(torch::kDouble).device(device));
}

void DeviceMeasure::add(const Tensor& logits, const LabelMap& labels) {
  torch::NoGradGuard noGrad;
  const int64_t h = labels.height(), w = labels.width();
  // kUnlabelled is −1 as a signed number
  const Tensor truth =
      torch::from_blob(const_cast<uint16_t*>(labels.row(0)), {h * w}, torch::kShort).to(m_device).to(torch::kLong);
  Tensor z = (logits.to(torch::kFloat) + m_bars).contiguous();
  if (z.size(2) != h || z.size(3) != w) z = at::upsample_bilinear2d(z, {h, w}, false);
  const Tensor rows = z.reshape({m_classes, h * w}), counted = truth >= 0, some = truth.clamp_min(0);
  const Tensor losses = rows.logsumexp(0) - rows.gather(0, some.unsqueeze(0)).squeeze(0);
  m_loss += torch::where(counted, losses, torch::zeros({}, losses.options())).sum(torch::kDouble);
  const Tensor place =
      torch::where(counted, some * m_classes + rows.argmax(0), torch::full({}, m_classes * m_classes, truth.options()));
  m_counts.index_add_(0, place, torch::ones_like(place));
}

void DeviceMeasure::read(ConfusionMatrix& confusion, double& loss) const {
  const Tensor counts = m_counts.to(torch::kCPU);
  const int64_t* n = counts.data_ptr<int64_t>();
  for (int t = 0; t < int(m_classes); ++t)
    for (int p = 0; p < int(m_classes); ++p) confusion.add(t, p, *n++);
  loss += m_loss.item<double>();
}

}  // namespace intarsia
