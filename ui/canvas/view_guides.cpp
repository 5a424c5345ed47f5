// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/view_guides.h"

#include <QLocale>
#include <algorithm>
#include <cmath>

namespace intarsia {

void paintPixelGrid(QPainter& painter, const ViewTransform& view, Size image, const QRectF& visible) {
  const Rect pixels = view.toImage(visible, image);
  if (pixels.empty()) return;
  const QRectF area = view.toScreen(pixels);
  QVector<QLineF> lines;
  for (int x = pixels.x; x <= pixels.right(); ++x) {
    const double at = view.toScreen(Point{double(x), 0}).x();
    lines << QLineF(at, area.top(), at, area.bottom());
  }
  for (int y = pixels.y; y <= pixels.bottom(); ++y) {
    const double at = view.toScreen(Point{0, double(y)}).y();
    lines << QLineF(area.left(), at, area.right(), at);
  }
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing, false);
  QPen pen(QColor(128, 128, 128, 110), 0);
  painter.setPen(pen);
  painter.drawLines(lines);
  painter.restore();
}

int rulerStep(double scale, double room) {
  int64_t power = 1;
  for (;; power *= 10)
    for (int factor : {1, 2, 5})
      if (double(factor * power) * scale >= room || power >= 100'000'000) return int(factor * power);
}

namespace {

/// One edge. `length` in logical pixels; along it screen = image × scale + offset.
void paintRuler(QPainter& painter, double scale, double offset, int length, double mouse, bool upright, const QPalette& palette) {
  const QColor text = palette.color(QPalette::WindowText);
  QColor ground = palette.color(QPalette::Window), mark = text;
  ground.setAlpha(225);
  mark.setAlpha(140);
  const auto point = [upright](double along, double across) { return upright ? QPointF(across, along) : QPointF(along, across); };
  painter.fillRect(QRectF(point(0, 0), point(length, kRulerThickness)), ground);
  painter.setPen(mark);
  painter.drawLine(point(0, kRulerThickness - 0.5), point(length, kRulerThickness - 0.5));
  const int step = rulerStep(scale), minor = step >= 10 ? step / 10 : step >= 5 ? step / 5 : 1;
  const auto first = int64_t(std::floor((kRulerThickness - offset) / scale / minor)) * minor;
  const QFontMetricsF metrics(painter.font());
  for (int64_t v = std::max<int64_t>(first, -100'000'000); double(v) * scale + offset <= length; v += minor) {
    const double at = std::floor(double(v) * scale + offset) + 0.5;
    if (at < kRulerThickness) continue;
    const bool major = v % step == 0, middle = step >= 10 && v % (step / 2) == 0;
    painter.setPen(mark);
    painter.drawLine(point(at, kRulerThickness - (major ? 14 : middle ? 7 : 4)), point(at, kRulerThickness - 1));
    if (!major) continue;
    painter.setPen(text);
    const QString number = QString::number(v);
    if (!upright) {
      painter.drawText(QPointF(at + 3, 2 + metrics.ascent() * 0.9), number);
    } else {
      painter.save();
      painter.translate(2 + metrics.ascent() * 0.9, at - 3);
      painter.rotate(-90);
      painter.drawText(QPointF(0, 0), number);
      painter.restore();
    }
  }
  if (mouse >= kRulerThickness && mouse <= length) {
    painter.setPen(QPen(palette.color(QPalette::Highlight), 1));
    painter.drawLine(point(std::floor(mouse) + 0.5, 0), point(std::floor(mouse) + 0.5, kRulerThickness));
  }
}

}  // namespace

void paintRulers(QPainter& painter, const ViewTransform& view, QSize widget, QPointF mouse, const QPalette& palette) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing, false);
  QFont small = painter.font();
  small.setPixelSize(10);
  painter.setFont(small);
  paintRuler(painter, view.scale(), view.offset().x(), widget.width(), mouse.x(), false, palette);
  paintRuler(painter, view.scale(), view.offset().y(), widget.height(), mouse.y(), true, palette);
  painter.fillRect(QRectF(0, 0, kRulerThickness, kRulerThickness), palette.color(QPalette::Window));
  painter.restore();
}

QSizeF captionSize(const QPainter& painter, const QString& text) {
  const QFontMetricsF metrics(painter.font());
  return {metrics.horizontalAdvance(text) + 16, metrics.height() + 6};
}

void paintCaption(QPainter& painter, QPointF at, const QString& text) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF pill(at, captionSize(painter, text));
  painter.setPen(Qt::NoPen);
  painter.setBrush(QColor(20, 20, 22, 190));
  painter.drawRoundedRect(pill, 4, 4);
  painter.setPen(QColor(245, 245, 245));
  painter.drawText(pill, Qt::AlignCenter, text);
  painter.restore();
}

}  // namespace intarsia
