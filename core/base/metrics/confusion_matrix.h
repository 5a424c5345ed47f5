// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/class_table.h"
#include "core/base/label_map.h"

namespace intarsia {

/// Counts of (true class, predicted class) over a whole data set; ignored and unlabelled true pixels are never counted.
/// Rows are true classes. Follows torchvision's reference: one matrix over the set, classes absent from both sides are left out of means.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(int classes = 0) : m_classes(classes), m_counts(size_t(classes) * classes) {}
  int classes() const { return m_classes; }
  int64_t at(int truth, int predicted) const { return m_counts[size_t(truth) * m_classes + predicted]; }
  void add(int truth, int predicted, int64_t n = 1) { m_counts[size_t(truth) * m_classes + predicted] += n; }
  /// Both maps of one size; `table` says which classes are ignored. A predicted value outside the table is an error of the caller.
  void add(const LabelMap& truth, const LabelMap& predicted, const ClassTable& table);
  void add(const ConfusionMatrix& other);

  int64_t total() const;
  double pixelAccuracy() const;              // 0 when nothing was counted
  std::optional<double> iou(int c) const;    // none when absent from truth and prediction
  std::optional<double> dice(int c) const;
  std::optional<double> precision(int c) const;
  std::optional<double> recall(int c) const;
  double meanIoU() const;
  double meanDice() const;
  const std::vector<int64_t>& counts() const { return m_counts; }

 private:
  int m_classes = 0;
  std::vector<int64_t> m_counts;
};

}  // namespace intarsia
