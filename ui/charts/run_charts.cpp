// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/run_charts.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QVBoxLayout>

#include "ui/charts/line_chart.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {
// Okabe–Ito hues, which people with colour-vision deficiencies tell apart.
const QColor kBlue(0x00, 0x72, 0xb2), kBlueOnDark(0x56, 0xb4, 0xe9), kOrange(0xd5, 0x5e, 0x00), kOrangeOnDark(0xe6, 0x9f, 0x00),
    kGreen(0x00, 0x8a, 0x63), kGreenOnDark(0x2e, 0xc4, 0x96);
}  // namespace

RunCharts::RunCharts(QWidget* parent) : QWidget(parent) {
  const auto number = [](double v) { return QLocale().toString(v, 'g', 4); };
  m_loss = new LineChart(tr("Loss"), {{tr("train"), kBlue, kBlueOnDark}, {tr("validation"), kOrange, kOrangeOnDark}}, number, this);
  m_scores = new LineChart(tr("Scores, %"), {{tr("mean IoU"), kGreen, kGreenOnDark}, {tr("pixel accuracy"), kBlue, kBlueOnDark, true}},
                           [](double v) { return percent(v / 100); }, this);
  m_rate = new LineChart(tr("Learning rate"), {{tr("learning rate"), kOrange, kOrangeOnDark}}, number, this);
  m_plots = new QWidget(this);
  auto* layout = new QHBoxLayout(m_plots);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  layout->addWidget(m_loss, 3);
  layout->addWidget(m_scores, 3);
  layout->addWidget(m_rate, 2);
  auto* empty = new QLabel(tr("While a network trains, its loss, its scores on the validation images and its learning rate are drawn here."), this);
  empty->setAlignment(Qt::AlignCenter);
  empty->setWordWrap(true);
  empty->setMinimumHeight(2 * fontMetrics().height());
  empty->setForegroundRole(QPalette::PlaceholderText);
  m_empty = empty;
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(m_plots);
  column->addWidget(m_empty);
  redraw();
}

void RunCharts::clear() {
  m_lines.clear();
  redraw();
}

void RunCharts::append(const std::vector<EpochMetrics>& lines) {
  if (lines.empty()) return;
  m_lines.insert(m_lines.end(), lines.begin(), lines.end());
  redraw();
}

void RunCharts::setValidationNote(const QString& note) {
  m_note = note;
  m_scores->setTitle(note.isEmpty() ? tr("Scores, %") : tr("Scores, % (%1)").arg(note));
}

void RunCharts::redraw() {
  m_plots->setVisible(!m_lines.empty());
  m_empty->setVisible(m_lines.empty());
  QVector<double> epochs, train, rate, valEpochs, val, iouEpochs, iou, accuracyEpochs, accuracy;
  for (const EpochMetrics& m : m_lines) {
    epochs << m.epoch;
    train << m.trainLoss;
    rate << m.learningRate;
    if (m.valLoss) valEpochs << m.epoch, val << *m.valLoss;
    if (m.meanIoU) iouEpochs << m.epoch, iou << *m.meanIoU * 100;
    if (m.pixelAccuracy) accuracyEpochs << m.epoch, accuracy << *m.pixelAccuracy * 100;
  }
  m_loss->setData(0, epochs, train);
  m_loss->setData(1, valEpochs, val);
  m_loss->refresh(0.0);
  m_scores->setData(0, iouEpochs, iou);
  m_scores->setData(1, accuracyEpochs, accuracy);
  m_scores->refresh(0.0, 100.0);
  m_rate->setData(0, epochs, rate);
  m_rate->refresh(0.0);
}

}  // namespace intarsia
