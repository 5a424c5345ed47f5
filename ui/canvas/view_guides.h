// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPainter>
#include <QPalette>

#include "ui/canvas/view_transform.h"

namespace intarsia {

inline constexpr double kGridScale = 16;    // device pixels per image pixel from which their borders are drawn
inline constexpr int kRulerThickness = 20;  // logical pixels

/// Borders of the image pixels that are seen, legible over light and dark.
void paintPixelGrid(QPainter& painter, const ViewTransform& view, Size image, const QRectF& visible);

/// Distance between labelled marks: 1, 2 or 5 times a power of ten, at least `room` logical pixels apart.
int rulerStep(double scale, double room = 64);
/// Image pixels along the upper and left edge; `mouse` is marked where it lies inside.
void paintRulers(QPainter& painter, const ViewTransform& view, QSize widget, QPointF mouse, const QPalette& palette);

/// A few words on a dark pill over the picture; `at` is its upper left corner.
QSizeF captionSize(const QPainter& painter, const QString& text);
void paintCaption(QPainter& painter, QPointF at, const QString& text);

}  // namespace intarsia
