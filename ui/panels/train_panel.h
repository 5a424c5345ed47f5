// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <vector>

#include "train/api/engine_client.h"
#include "train/api/recipe.h"
#include "train/api/run_folder.h"
#include "ui/models/train_phase.h"
#include "ui/panels/augment_preview.h"

class QAction;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QSpinBox;
class QToolButton;

namespace intarsia {

class RunCharts;

/// Settings, buttons, figures and curves of a run. It shows what it is told and asks for what is clicked.
class TrainPanel : public QWidget {
  Q_OBJECT
 public:
  TrainPanel(QAction* train, QAction* pause, QAction* decay, QAction* stop, QWidget* parent = nullptr);

  /// What the engines offer; empty with a reason when there is none.
  void setEngines(const std::vector<EngineDescription>& engines, const QString& reason);
  void setImageSize(Size size);                  // of the open image: the choices of the size trained at
  /// The settings as a recipe, or which of them is wrong.
  Expected<Recipe> recipe() const;
  void setRecipe(const Recipe& recipe);
  void setRate(double rate);
  /// Asks what the training starts from: random numbers, published weights (fetched when asked for), a file.
  void chooseWeights();
  /// Asked when the settings open; what it gives is called on a worker: the open image and its labels, for the preview of the augmentation.
  void setSampleSource(std::function<AugmentPreview::Source()> source) { m_sampleSource = std::move(source); }
  void setBudget(double amount, bool epochs);    // else minutes
  std::filesystem::path engine() const;          // program of the chosen device

  void setPhase(TrainPhase phase);
  void setProgress(const RunProgress& progress);
  void setRun(const QString& name, const ClassTable& classes, int validationImages);
  void clearMetrics();
  void addMetrics(const std::vector<EpochMetrics>& lines);
  void setMessage(const QString& text);          // one line of state: why Train is not possible, what ended

 signals:
  void rateWanted();                             // the user asks for a learning-rate test

 protected:
  bool event(QEvent*) override;

 private:
  enum Unit { Minutes, Epochs, Steps };
  void fillSizes();
  void showAllSettings();
  void showWeights();
  void showFigures();

  QComboBox *m_network, *m_size, *m_unit, *m_device;
  QDoubleSpinBox* m_budget;
  QLineEdit* m_rate;
  QToolButton *m_findRate, *m_weights;
  QProgressBar* m_bar;
  QLabel *m_state, *m_figures, *m_scores, *m_classes;
  QWidget *m_settings, *m_left;
  RunCharts* m_charts;
  std::function<AugmentPreview::Source()> m_sampleSource;
  Recipe m_base;                                 // what is not shown in the panel itself
  Size m_imageSize;
  TrainPhase m_phase = TrainPhase::unavailable;
  RunProgress m_progress;
  std::vector<EpochMetrics> m_lines;
  ClassTable m_table;
  int m_validationImages = 0;
  QString m_run;
};

}  // namespace intarsia
