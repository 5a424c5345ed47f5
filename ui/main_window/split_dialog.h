// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <memory>

#include "annotate/project/split_plan.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSpinBox;

namespace intarsia {

/// How the labelled images are divided into train, val and test; shows what that comes to before it is done.
class SplitDialog : public QDialog {
  Q_OBJECT
 public:
  explicit SplitDialog(std::vector<ProjectImage> images, QWidget* parent = nullptr);
  const SplitPlan& plan() const { return m_plan; }  // once OK is possible
  QString summary() const { return m_summary; }     // "train 300, val 80"

 private:
  void compute();
  void showPlan(const Expected<SplitPlan>& plan);

  std::shared_ptr<const std::vector<ProjectImage>> m_images;
  SplitPlan m_plan;
  QString m_summary;
  int m_serial = 0;
  QComboBox* m_by;
  QDoubleSpinBox *m_val, *m_test;
  QSpinBox* m_seed;
  QLabel* m_result;
  QPushButton* m_ok;
};

}  // namespace intarsia
