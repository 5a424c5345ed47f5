// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/metrics/confusion_matrix.h"

#include <cassert>
#include <numeric>

namespace intarsia {
namespace {

std::optional<double> ratio(int64_t part, int64_t whole) {
  if (whole == 0) return std::nullopt;
  return double(part) / double(whole);
}

template <class F>
double meanOf(int classes, F value) {
  double sum = 0;
  int n = 0;
  for (int c = 0; c < classes; ++c)
    if (const std::optional<double> v = value(c)) {
      sum += *v;
      ++n;
    }
  return n ? sum / n : 0;
}

/// True positives, pixels that are c, pixels that were called c.
struct Sums {
  int64_t hit = 0, truth = 0, predicted = 0;
};
Sums sums(const ConfusionMatrix& m, int c) {
  Sums s{m.at(c, c), 0, 0};
  for (int i = 0; i < m.classes(); ++i) {
    s.truth += m.at(c, i);
    s.predicted += m.at(i, c);
  }
  return s;
}

}  // namespace

void ConfusionMatrix::add(const LabelMap& truth, const LabelMap& predicted, const ClassTable& table) {
  assert(truth.size() == predicted.size() && table.size() == m_classes);
  std::vector<uint8_t> counted(static_cast<size_t>(m_classes));
  for (int c = 0; c < m_classes; ++c) counted[size_t(c)] = !table[c].ignore;
  const auto& t = truth.pixels();
  const auto& p = predicted.pixels();
  for (size_t i = 0; i < t.size(); ++i) {
    if (t[i] >= m_classes || !counted[t[i]]) continue;
    assert(p[i] < m_classes);
    if (p[i] < m_classes) ++m_counts[size_t(t[i]) * size_t(m_classes) + p[i]];
  }
}

void ConfusionMatrix::add(const ConfusionMatrix& other) {
  assert(other.m_classes == m_classes);
  for (size_t i = 0; i < m_counts.size(); ++i) m_counts[i] += other.m_counts[i];
}

int64_t ConfusionMatrix::total() const { return std::accumulate(m_counts.begin(), m_counts.end(), int64_t(0)); }

double ConfusionMatrix::pixelAccuracy() const {
  int64_t hits = 0;
  for (int c = 0; c < m_classes; ++c) hits += at(c, c);
  return ratio(hits, total()).value_or(0);
}

std::optional<double> ConfusionMatrix::iou(int c) const {
  const Sums s = sums(*this, c);
  return ratio(s.hit, s.truth + s.predicted - s.hit);
}

std::optional<double> ConfusionMatrix::dice(int c) const {
  const Sums s = sums(*this, c);
  return ratio(2 * s.hit, s.truth + s.predicted);
}

std::optional<double> ConfusionMatrix::precision(int c) const {
  const Sums s = sums(*this, c);
  return ratio(s.hit, s.predicted);
}

std::optional<double> ConfusionMatrix::recall(int c) const {
  const Sums s = sums(*this, c);
  return ratio(s.hit, s.truth);
}

double ConfusionMatrix::meanIoU() const {
  return meanOf(m_classes, [this](int c) { return iou(c); });
}

double ConfusionMatrix::meanDice() const {
  return meanOf(m_classes, [this](int c) { return dice(c); });
}

}  // namespace intarsia
