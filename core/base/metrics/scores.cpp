// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/metrics/scores.h"

#include "core/base/metrics/boundary.h"

namespace intarsia {
namespace {

constexpr int kThresholds = 10;

/// Of 0.5, 0.55 … 0.95, by (hits + 1e-6) / (together + 1e-6).
int thresholdsExceeded(int64_t hits, int64_t together) {
  int n = 0;
  for (int k = 0; k < kThresholds; ++k) n += (double(hits) + 1e-6) * 20 > double(10 + k) * (double(together) + 1e-6);
  return n;
}

/// Mean of the values that exist, over the classes that are not ignored.
template <class F>
double meanOverClasses(const ClassTable& classes, F value) {
  double sum = 0;
  int n = 0;
  for (int c = 0; c < classes.size(); ++c)
    if (const std::optional<double> v = classes[c].ignore ? std::nullopt : value(c)) sum += *v, ++n;
  return n ? sum / n : 0;
}

int64_t together(const ConfusionMatrix& m, int c) {
  int64_t sum = -m.at(c, c);
  for (int i = 0; i < m.classes(); ++i) sum += m.at(c, i) + m.at(i, c);
  return sum;
}

}  // namespace

Scores::Scores(const ClassTable& classes) : m_classes(classes), m_confusion(classes.size()), m_sums(size_t(classes.size())) {}

Scores::Part Scores::measure(std::string name, const LabelMap& truth, const LabelMap& predicted, const ClassTable& classes) {
  Part part{{std::move(name)}, ConfusionMatrix(classes.size()), 0, {}};
  part.confusion.add(truth, predicted, classes);
  LabelMap counted = truth;
  for (auto& label : counted.pixels()) {
    if (label < classes.size() && !classes[label].ignore) continue;
    part.ignored += label < classes.size();
    label = kUnlabelled;
  }
  part.boundaryF1 = intarsia::boundaryF1(counted, predicted, classes.size(), boundaryTolerance(truth.size()));
  part.image.pixels = part.confusion.total();
  for (int c = 0; c < classes.size(); ++c) part.image.hits += part.confusion.at(c, c);
  part.image.meanIoU = part.confusion.meanIoU();
  return part;
}

void Scores::add(std::string name, const LabelMap& truth, const LabelMap& predicted) {
  add(measure(std::move(name), truth, predicted, m_classes));
}

void Scores::add(const Part& part) {
  m_confusion.add(part.confusion);
  m_ignored += part.ignored;
  for (int c = 0; c < m_classes.size(); ++c) {
    ClassSums& sums = m_sums[size_t(c)];
    if (part.boundaryF1[size_t(c)]) sums.boundary += *part.boundaryF1[size_t(c)], ++sums.boundaryImages;
    sums.thresholds += thresholdsExceeded(part.confusion.at(c, c), together(part.confusion, c));
  }
  if (m_images.size() % kBatch == 0) m_batches.emplace_back();
  BatchSums& batch = m_batches.back();
  ++batch.images;
  batch.hits += part.image.hits;
  batch.pixels += part.image.pixels;
  m_images.push_back(part.image);
}

double Scores::pixelAccuracyWithIgnored() const {
  const double all = double(m_confusion.total() + m_ignored);
  return all > 0 ? m_confusion.pixelAccuracy() * double(m_confusion.total()) / all : 0;
}

double Scores::meanRecall() const {
  return meanOverClasses(m_classes, [this](int c) { return m_confusion.recall(c); });
}

double Scores::frequencyWeightedIoU() const {
  double sum = 0;
  for (int c = 0; c < m_classes.size(); ++c) {
    int64_t pixels = 0;
    for (int i = 0; i < m_classes.size(); ++i) pixels += m_confusion.at(c, i);
    sum += double(pixels) * m_confusion.iou(c).value_or(0);
  }
  return m_confusion.total() ? sum / double(m_confusion.total()) : 0;
}

std::optional<double> Scores::boundaryF1(int c) const {
  const ClassSums& sums = m_sums[size_t(c)];
  if (sums.boundaryImages == 0) return std::nullopt;
  return sums.boundary / sums.boundaryImages;
}

double Scores::meanBoundaryF1() const {
  return meanOverClasses(m_classes, [this](int c) { return boundaryF1(c); });
}

double Scores::batchMeanAccuracy() const {
  double sum = 0;
  int images = 0;
  for (const BatchSums& batch : m_batches)
    if (batch.pixels > 0) sum += double(batch.hits) / double(batch.pixels) * batch.images, images += batch.images;
  return images ? sum / images : 0;
}

std::optional<double> Scores::thresholdedIoU(int c) const {
  if (m_images.empty()) return std::nullopt;
  return m_sums[size_t(c)].thresholds / double(kThresholds) / double(m_images.size());
}

double Scores::meanThresholdedIoU() const {
  return meanOverClasses(m_classes, [this](int c) { return thresholdedIoU(c); });
}

double Scores::meanIoUAbsentIsZero() const {
  return meanOverClasses(m_classes, [this](int c) { return std::optional(m_confusion.iou(c).value_or(0)); });
}

}  // namespace intarsia
