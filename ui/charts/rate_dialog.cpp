// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/rate_dialog.h"

#include <qcustomplot.h>

#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMouseEvent>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace intarsia {

static QString shown(double rate) { return QLocale().toString(rate, 'g', 3); }

RateDialog::RateDialog(const RateCurve& curve, QWidget* parent) : QDialog(parent), m_plot(new QCustomPlot) {
  setWindowTitle(tr("Learning Rate"));
  QVector<double> x, y;
  double low = INFINITY;
  for (size_t i = 0; i < curve.rates.size(); ++i)
    if (std::isfinite(curve.losses[i])) x << curve.rates[i], y << curve.losses[i], low = std::min(low, curve.losses[i]);
  const QPalette colors = palette();
  const bool dark = colors.color(QPalette::Window).lightness() < 128;
  m_plot->addGraph()->setData(x, y, true);
  m_plot->graph(0)->setPen(QPen(dark ? QColor(0x6a, 0xb0, 0xff) : QColor(0x1f, 0x5f, 0xbf), 1.8));
  m_plot->setBackground(QBrush(colors.color(QPalette::Base)));
  m_plot->xAxis->setScaleType(QCPAxis::stLogarithmic);
  m_plot->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new QCPAxisTickerLog));
  m_plot->xAxis->setNumberFormat(QStringLiteral("eb"));
  m_plot->xAxis->setNumberPrecision(0);
  m_plot->xAxis->setLabel(tr("learning rate"));
  m_plot->yAxis->setLabel(tr("loss, smoothed"));
  QColor soft = colors.color(QPalette::WindowText), grid = soft;
  soft.setAlpha(170);
  grid.setAlpha(28);
  for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
    axis->setTickLabelColor(soft);
    axis->setLabelColor(soft);
    axis->setBasePen(QPen(grid));
    axis->setTickPen(QPen(grid));
    axis->setSubTickPen(QPen(grid));
    axis->grid()->setPen(QPen(grid));
  }
  m_line = new QCPItemStraightLine(m_plot);
  m_line->setPen(QPen(soft, 1, Qt::DashLine));
  m_plot->rescaleAxes();
  if (!y.isEmpty()) m_plot->yAxis->setRange(low - 0.05 * std::abs(low), std::min(m_plot->yAxis->range().upper, 1.2 * y.first() + 0.1));
  m_plot->setMinimumSize(560, 300);
  m_plot->setCursor(Qt::PointingHandCursor);
  m_plot->setToolTip(tr("Click to take the rate under the mouse"));
  connect(m_plot, &QCustomPlot::mousePress, this, [this](QMouseEvent* event) { choose(m_plot->xAxis->pixelToCoord(event->position().x())); });

  auto* suggestions = new QHBoxLayout;
  const auto found = curve.suggestions();
  const auto add = [&](const QString& name, double rate, const QString& tip) {
    auto* button = new QPushButton(tr("%1: %2").arg(name, shown(rate)));
    button->setToolTip(tip);
    button->setAutoDefault(false);
    connect(button, &QPushButton::clicked, this, [this, rate] { choose(rate); });
    suggestions->addWidget(button);
  };
  if (found) {
    add(tr("Valley"), found->valley, tr("In the longest descent, at two thirds: a good choice nearly always"));
    add(tr("Steep"), found->steep, tr("Where the loss falls fastest"));
    add(tr("Minimum / 10"), found->minimum, tr("A tenth of the rate with the lowest loss"));
    add(tr("Slide"), found->slide, tr("Before the loss begins to change fast, seen from the end"));
  }
  m_chosen = new QLabel;
  auto* box = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
  box->button(QDialogButtonBox::Ok)->setText(tr("Use It"));
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(m_plot, 1);
  layout->addLayout(suggestions);
  layout->addWidget(m_chosen);
  layout->addWidget(box);
  connect(box, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(box, &QDialogButtonBox::rejected, this, &QDialog::reject);
  if (found) choose(found->valley);
}

void RateDialog::choose(double rate) {
  m_rate = std::clamp(rate, 1e-8, 10.0);
  m_line->point1->setCoords(m_rate, 0);
  m_line->point2->setCoords(m_rate, 1);
  m_chosen->setText(tr("Learning rate: %1").arg(shown(m_rate)));
  m_plot->replot(QCustomPlot::rpQueuedReplot);
}

}  // namespace intarsia
