// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QColor>
#include <QVector>
#include <QWidget>
#include <functional>
#include <optional>
#include <vector>

class QCustomPlot;
class QCPItemStraightLine;
class QCPTextElement;

namespace intarsia {

/// A small line chart over epochs: title with unit, legend, values under the mouse, colours of the palette.
class LineChart : public QWidget {
  Q_OBJECT
 public:
  struct Series {
    QString name;
    QColor light, dark;  // on a light and on a dark background
    bool dashed = false;
  };
  /// `format` makes the text of a value shown under the mouse.
  LineChart(const QString& title, std::vector<Series> series, std::function<QString(double)> format, QWidget* parent = nullptr);
  void setTitle(const QString& title);
  void setData(int series, const QVector<double>& x, const QVector<double>& y);
  /// Repaints with axes that fit the data; the y axis starts at `yLow` and is at least up to `yHigh` where given.
  void refresh(std::optional<double> yLow = {}, std::optional<double> yHigh = {});

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  QSize sizeHint() const override { return {260, 150}; }
  QSize minimumSizeHint() const override { return {150, 110}; }

 private:
  void applyPalette();
  void showValues(QPointF at);

  QCustomPlot* m_plot;
  QCPItemStraightLine* m_cursor;
  std::vector<Series> m_series;
  std::function<QString(double)> m_format;
  QString m_title;
  QCPTextElement* m_heading;
};

}  // namespace intarsia
