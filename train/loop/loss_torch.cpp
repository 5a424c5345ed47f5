// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <numeric>

#include "train/loop/loss.h"

namespace intarsia {

using torch::Tensor;

namespace {

/// What the terms share: logits and truth of the pixels that count, classes in columns.
struct Terms {
  Tensor rows;     // n × C, ignored classes at −1e30
  Tensor logp;     // ln softmax
  Tensor truth;    // n
  Tensor open;     // C: 1 for classes that take part
  Tensor weights;  // C, or undefined
};

Tensor ofTruth(const Tensor& values, const Tensor& truth) { return values.gather(1, truth.unsqueeze(1)).squeeze(1); }

/// As torch.nn.functional.cross_entropy with weight and label_smoothing, over the open classes.
Tensor crossEntropy(const Terms& t, double smoothing) {
  const Tensor single = -ofTruth(t.logp, t.truth);
  const double classes = t.open.sum().item<double>();
  if (!t.weights.defined()) {
    const Tensor mean = single.mean();
    return smoothing > 0 ? (1 - smoothing) * mean - smoothing / classes * (t.logp * t.open).sum(1).mean() : mean;
  }
  const Tensor w = t.weights.index_select(0, t.truth), total = w.sum().clamp_min(1e-12);
  const Tensor mean = (single * w).sum() / total;
  if (smoothing <= 0) return mean;
  return (1 - smoothing) * mean - smoothing / classes * (t.logp * t.open * t.weights).sum() / total;
}

Tensor focal(const Terms& t, double gamma) {
  const Tensor logp = ofTruth(t.logp, t.truth);
  Tensor each = -(1 - logp.exp()).clamp_min(0).pow(gamma) * logp;
  if (t.weights.defined()) each = each * t.weights.index_select(0, t.truth);
  return each.mean();
}

/// Every open channel against the rest, as torch.nn.functional.binary_cross_entropy_with_logits.
Tensor binary(const Terms& t) {
  const Tensor open = t.open.nonzero().squeeze(1);
  const Tensor truth = torch::one_hot(t.truth, t.rows.size(1)).to(torch::kFloat).index_select(1, open);
  Tensor each = torch::binary_cross_entropy_with_logits(t.rows.index_select(1, open), truth, {}, {}, at::Reduction::None);
  if (t.weights.defined()) each = each * t.weights.index_select(0, open);
  return each.mean();
}

/// Online hard example mining as in DDRNet and PIDNet.
Tensor hardest(const Terms& t, double threshold, double keep) {
  const Tensor logp = ofTruth(t.logp, t.truth);
  const auto least = std::max<int64_t>(1, int64_t(double(t.truth.size(0)) * keep));
  const double kept = std::get<0>(logp.detach().exp().kthvalue(std::min(least, t.truth.size(0)))).item<double>();
  const Tensor hard = (logp.detach().exp() <= std::max(kept, threshold)).nonzero().squeeze(1);
  Tensor each = -logp.index_select(0, hard);
  if (t.weights.defined()) each = each * t.weights.index_select(0, t.truth.index_select(0, hard));
  return each.mean();
}

Tensor softDice(const Terms& t) {
  const Tensor p = t.logp.exp(), truth = torch::one_hot(t.truth, p.size(1)).to(torch::kFloat);
  const Tensor there = truth.sum(0), present = (there > 0).to(torch::kFloat);
  const Tensor each = 1 - 2 * (p * truth).sum(0) / (p.sum(0) + there).clamp_min(1e-7);
  return (each * present).sum() / present.sum();
}

Tensor lovasz(const Terms& t, int64_t most, Random& random) {
  Tensor p = t.logp.exp(), y = t.truth;
  if (y.size(0) > most) {
    auto generator = at::detail::createCPUGenerator(uint64_t(random.next()) << 32 | random.next());
    const Tensor drawn = torch::randperm(y.size(0), generator).slice(0, 0, most).to(p.device());
    p = p.index_select(0, drawn);
    y = y.index_select(0, drawn);
  }
  Tensor total = torch::zeros({}, p.options());
  int64_t present = 0;
  for (int64_t c = 0; c < p.size(1); ++c) {
    const Tensor mine = (y == c).to(torch::kFloat);
    if (mine.sum().item<float>() == 0) continue;
    const auto [errors, order] = (mine - p.select(1, c)).abs().sort(0, true);
    const Tensor hits = mine.index_select(0, order);
    const Tensor jaccard = 1 - (hits.sum() - hits.cumsum(0)) / (hits.sum() + (1 - hits).cumsum(0));
    total = total + (errors * torch::cat({jaccard.slice(0, 0, 1), jaccard.slice(0, 1) - jaccard.slice(0, 0, -1)})).sum();
    ++present;
  }
  return total / double(present);
}

Tensor base(const Terms& t, const LossOptions& options) {
  switch (options.base) {
    case LossOptions::Base::crossEntropy: return crossEntropy(t, options.labelSmoothing);
    case LossOptions::Base::focal: return focal(t, options.focalGamma);
    case LossOptions::Base::bce: return binary(t);
    case LossOptions::Base::ohem: return hardest(t, options.ohemThreshold, options.ohemKeep);
    default: return torch::zeros({}, t.rows.options());
  }
}

}  // namespace

Loss segmentationLossByTorch(const Tensor& logits, const Tensor& target, const LossOptions& options, Random random) {
  torch::AutoGradMode grad(true);
  const Tensor z = logits.detach().to(torch::kFloat).requires_grad_();
  const Tensor all = target.reshape(-1), counted = (all >= 0).nonzero().squeeze(1);
  Loss loss;
  loss.pixels = counted.size(0);
  if (loss.pixels == 0) return loss;
  Terms t;
  std::vector<float> bars, open, weights(options.weights.begin(), options.weights.end());
  for (const auto a : options.allowed) bars.push_back(a ? 0.f : -1e30f), open.push_back(a ? 1.f : 0.f);
  t.rows = z.permute({0, 2, 3, 1}).reshape({-1, z.size(1)}).index_select(0, counted) + torch::tensor(bars).to(z.device());
  t.logp = torch::log_softmax(t.rows, 1);
  t.truth = all.index_select(0, counted);
  t.open = torch::tensor(open).to(z.device());
  if (!weights.empty()) t.weights = torch::tensor(weights).to(z.device()) * t.open;
  Tensor sum = base(t, options);
  if (options.dice > 0) sum = sum + options.dice * softDice(t);
  if (options.lovasz > 0) sum = sum + options.lovasz * lovasz(t, options.lovaszPixels, random);
  sum.backward();
  loss.value = sum.item<double>();
  loss.gradient = z.grad().to(logits.scalar_type());
  return loss;
}

}  // namespace intarsia
