// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/line_chart.h"

#include <qcustomplot.h>

#include <QEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <QVBoxLayout>
#include <cmath>
#include <limits>

namespace intarsia {

LineChart::LineChart(const QString& title, std::vector<Series> series, std::function<QString(double)> format, QWidget* parent)
    : QWidget(parent), m_plot(new QCustomPlot(this)), m_series(std::move(series)), m_format(std::move(format)) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_plot);
  m_plot->setMouseTracking(true);
  m_plot->installEventFilter(this);
  m_plot->setNoAntialiasingOnDrag(true);
  for (const Series& s : m_series) m_plot->addGraph()->setName(s.name);
  m_cursor = new QCPItemStraightLine(m_plot);
  m_cursor->setVisible(false);
  m_plot->xAxis->setSubTicks(false);
  m_plot->yAxis->setSubTicks(false);
  m_plot->xAxis->setLabel(tr("epoch"));
  m_plot->yAxis->ticker()->setTickCount(4);
  const QSharedPointer<QCPAxisTickerFixed> epochs(new QCPAxisTickerFixed);  // whole epochs alone
  epochs->setTickStep(1);
  epochs->setScaleStrategy(QCPAxisTickerFixed::ssMultiples);
  epochs->setTickCount(6);
  m_plot->xAxis->setTicker(epochs);
  m_plot->xAxis->setNumberFormat(QStringLiteral("f"));
  m_plot->xAxis->setNumberPrecision(0);
  m_plot->yAxis->setNumberFormat(QStringLiteral("gb"));
  m_plot->yAxis->setNumberPrecision(3);
  m_plot->axisRect()->setMinimumMargins(QMargins(4, 10, 12, 4));
  // Title and legend share the row above, where no curve can hide them.
  m_plot->plotLayout()->insertRow(0);
  auto* above = new QCPLayoutGrid;
  m_plot->plotLayout()->addElement(0, 0, above);
  m_plot->plotLayout()->setRowSpacing(0);
  m_heading = new QCPTextElement(m_plot, title);
  above->addElement(0, 0, m_heading);
  m_plot->legend->setVisible(m_series.size() > 1);
  m_plot->legend->setFillOrder(QCPLegend::foColumnsFirst);
  m_plot->legend->setMargins(QMargins(6, 4, 8, 0));
  m_plot->axisRect()->insetLayout()->take(m_plot->legend);
  above->addElement(0, 1, m_plot->legend);
  above->setColumnStretchFactor(1, 0.01);
  setTitle(title);
  applyPalette();
}

void LineChart::setTitle(const QString& title) {
  m_title = title;
  m_heading->setText(title);
  setAccessibleName(title);
}

void LineChart::setData(int series, const QVector<double>& x, const QVector<double>& y) {
  m_plot->graph(series)->setData(x, y, true);
  const bool few = x.size() < 25;
  m_plot->graph(series)->setScatterStyle(few ? QCPScatterStyle(QCPScatterStyle::ssDisc, 4) : QCPScatterStyle());
}

void LineChart::refresh(std::optional<double> yLow, std::optional<double> yHigh) {
  double low = std::numeric_limits<double>::infinity(), high = -low, last = 1;
  for (int i = 0; i < m_plot->graphCount(); ++i)
    for (const QCPGraphData& d : *m_plot->graph(i)->data()) {
      if (!std::isfinite(d.value)) continue;
      low = std::min(low, d.value);
      high = std::max(high, d.value);
      last = std::max(last, d.key);
    }
  if (high < low) low = 0, high = 1;
  const double pad = std::max((high - low) * 0.08, std::abs(high) * 0.02 + 1e-12);
  m_plot->yAxis->setRange(yLow.value_or(low - pad), std::max(yHigh.value_or(high + pad), high + pad));
  m_plot->xAxis->setRange(last < 2 ? 0.5 : 1 - (last - 1) * 0.02, last < 2 ? 1.5 : last + (last - 1) * 0.02);
  m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void LineChart::applyPalette() {
  const QPalette p = palette();
  const bool dark = p.color(QPalette::Window).lightness() < 128;
  const QColor text = p.color(QPalette::WindowText);
  QColor soft = text, grid = text;
  soft.setAlpha(170);
  grid.setAlpha(28);
  QFont small = font();
  small.setPointSizeF(std::max(6.5, font().pointSizeF() * 0.85));
  QFont bold = small;
  bold.setBold(true);
  m_plot->setBackground(QBrush(p.color(QPalette::Base)));
  for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
    axis->setBasePen(QPen(grid, 1));
    axis->setTickPen(QPen(grid, 1));
    axis->setTickLabelColor(soft);
    axis->setLabelColor(soft);
    axis->setTickLabelFont(small);
    axis->setLabelFont(small);
    axis->setTickLength(0, 3);
    axis->grid()->setPen(QPen(grid, 1));
    axis->grid()->setZeroLinePen(QPen(grid, 1));
    axis->setLabelPadding(1);
  }
  m_heading->setFont(bold);
  m_heading->setTextColor(text);
  m_heading->setTextFlags(Qt::AlignLeft | Qt::AlignVCenter);
  m_heading->setMargins(QMargins(8, 4, 4, 0));
  m_plot->legend->setBrush(Qt::NoBrush);
  m_plot->legend->setBorderPen(Qt::NoPen);
  m_plot->legend->setFont(small);
  m_plot->legend->setTextColor(text);
  m_plot->legend->setIconSize(16, 10);
  m_cursor->setPen(QPen(soft, 1, Qt::DotLine));
  for (size_t i = 0; i < m_series.size(); ++i) {
    QPen pen(dark ? m_series[i].dark : m_series[i].light, 1.8);
    if (m_series[i].dashed) pen.setStyle(Qt::DashLine);
    m_plot->graph(int(i))->setPen(pen);
  }
  m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void LineChart::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) applyPalette();
  QWidget::changeEvent(event);
}

bool LineChart::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::MouseMove) showValues(static_cast<QMouseEvent*>(event)->position());
  if (event->type() == QEvent::Leave) {
    m_cursor->setVisible(false);
    QToolTip::hideText();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
  }
  return QWidget::eventFilter(watched, event);
}

void LineChart::showValues(QPointF at) {
  const double epoch = std::round(m_plot->xAxis->pixelToCoord(at.x()));
  QString text;
  for (int i = 0; i < m_plot->graphCount(); ++i) {
    const auto found = m_plot->graph(i)->data()->findBegin(epoch, false);
    if (found == m_plot->graph(i)->data()->constEnd() || found->key != epoch || !std::isfinite(found->value)) continue;
    text += tr("\n%1: %2").arg(m_series[size_t(i)].name, m_format(found->value));
  }
  m_cursor->setVisible(!text.isEmpty());
  if (!text.isEmpty()) {
    m_cursor->point1->setCoords(epoch, 0);
    m_cursor->point2->setCoords(epoch, 1);
    QToolTip::showText(m_plot->mapToGlobal(at.toPoint()), tr("epoch %1").arg(int(epoch)) + text, m_plot);
  } else {
    QToolTip::hideText();
  }
  m_plot->replot(QCustomPlot::rpQueuedReplot);
}

}  // namespace intarsia
