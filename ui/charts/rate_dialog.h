// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

#include "train/api/rate_finder.h"

class QCustomPlot;
class QCPItemStraightLine;
class QLabel;

namespace intarsia {

/// The curve of a learning-rate test over a logarithmic axis; one of the suggestions, or a point of the curve, is chosen.
class RateDialog : public QDialog {
  Q_OBJECT
 public:
  explicit RateDialog(const RateCurve& curve, QWidget* parent = nullptr);
  double rate() const { return m_rate; }

 private:
  void choose(double rate);

  QCustomPlot* m_plot;
  QCPItemStraightLine* m_line;
  QLabel* m_chosen;
  double m_rate = 0;
};

}  // namespace intarsia
