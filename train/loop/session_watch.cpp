// SPDX-License-Identifier: GPL-3.0-or-later
// What tells early that a run learns nothing.
#include <fmt/format.h>
#include <torch/torch.h>

#include "train/loop/session.h"

namespace intarsia {

void TrainingSession::warnOnce(bool& told, const std::string& text) {
  if (!std::exchange(told, true)) notice(text);
}

/// The last batch of an epoch: one class everywhere although the labels hold several?
void TrainingSession::watch(const torch::Tensor& logits, const torch::Tensor& target) {
  torch::NoGradGuard noGrad;
  const torch::Tensor answer = logits.detach().argmax(1), known = target.masked_select(target >= 0);
  m_oneAnswer = answer.min().equal(answer.max()) && !known.min().equal(known.max());
}

/// After each epoch with a line of metrics.
void TrainingSession::warnOfCollapse(const EpochMetrics& line) {
  constexpr int64_t kSteps = 20;
  if (m_step < kSteps) return;
  if (line.meanIoU && *line.meanIoU == 0)
    warnOnce(m_toldZero, INTARSIA_TEXT("The mean IoU is exactly 0: no pixel of the validation images is right. Look at the classes, or lower the learning rate"));
  else if (m_oneAnswer)
    warnOnce(m_toldConstant, INTARSIA_TEXT("The network answers one class for every pixel. If that lasts, lower the learning rate, or weigh the classes"));
  if (m_firstLosses > 0 && m_recentLoss > 0.99 * m_firstLosses)
    warnOnce(m_toldFlat, fmt::format("The loss has not fallen in {} steps ({:.3g} at first, now {:.3g}): another learning rate may help", m_step, m_firstLosses, m_recentLoss));
  m_toldFlat = true;  // said within the first epoch or not at all
}

}  // namespace intarsia
