// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <optional>
#include <vector>

#include "core/base/class_table.h"
#include "train/api/run_folder.h"

namespace intarsia {

class LineChart;

/// What a run has measured, epoch by epoch: loss, scores, learning rate. Drawn from the run's metrics alone.
class RunCharts : public QWidget {
  Q_OBJECT
 public:
  explicit RunCharts(QWidget* parent = nullptr);
  void clear();
  /// More lines of metrics.jsonl.
  void append(const std::vector<EpochMetrics>& lines);
  /// Stands behind the scores: "val, 8 images".
  void setValidationNote(const QString& note);
  int epochs() const { return int(m_lines.size()); }

 private:
  void redraw();
  std::vector<EpochMetrics> m_lines;
  LineChart* m_loss;
  LineChart* m_scores;
  LineChart* m_rate;
  QString m_note;
  QWidget* m_plots;
  QWidget* m_empty;
};

}  // namespace intarsia
