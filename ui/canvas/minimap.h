// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QImage>
#include <QWidget>

#include "ui/canvas/image_pyramid.h"

namespace intarsia {

/// The whole image, small, in a corner of the canvas, with the part that is seen framed. A press or drag moves that part there.
class Minimap : public QWidget {
  Q_OBJECT
 public:
  explicit Minimap(QWidget* canvas);
  void setImage(const PyramidPtr& image, const ToneCurve& curve);
  /// In image pixels; may reach beyond the image.
  void setVisiblePart(const QRectF& part);
  /// Size for an image: at most 180 × 140 logical pixels, and never more than a third of the canvas.
  QSize wantedSize(QSize canvas) const;

 signals:
  void moveTo(QPointF imagePoint);

 protected:
  void paintEvent(QPaintEvent*) override;
  void mousePressEvent(QMouseEvent*) override;
  void mouseMoveEvent(QMouseEvent*) override;
  void mouseReleaseEvent(QMouseEvent*) override;

 private:
  QPointF imagePoint(QPointF screen) const;
  PyramidPtr m_image;
  ToneCurve m_curve;
  QImage m_painted;
  QRectF m_part;
  QPointF m_grip;  // from the part's centre to where it was taken hold of, image pixels
};

}  // namespace intarsia
