// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPointF>
#include <QRectF>
#include <QSizeF>

#include "core/base/rect.h"
#include "core/geometry/polygon.h"

namespace intarsia {

/// Where image pixels lie on the widget: screen = image × scale + offset, in the widget's logical pixels. A value.
class ViewTransform {
 public:
  static constexpr double kMinScale = 1.0 / 128, kMaxScale = 64;

  double scale() const { return m_scale; }
  QPointF offset() const { return m_offset; }
  QPointF toScreen(Point p) const { return {p.x * m_scale + m_offset.x(), p.y * m_scale + m_offset.y()}; }
  Point toImage(QPointF p) const { return {(p.x() - m_offset.x()) / m_scale, (p.y() - m_offset.y()) / m_scale}; }
  QRectF toScreen(const Rect& pixels) const;
  /// All image pixels that `screen` touches, clipped to the image.
  Rect toImage(const QRectF& screen, Size image) const;

  /// The whole image, centred, never enlarged above 8 : 1.
  void fit(Size image, QSizeF view, double margin = 12);
  /// The image point under `screen` stays there.
  void setScaleAt(QPointF screen, double scale);
  void zoomAt(QPointF screen, double factor) { setScaleAt(screen, m_scale * factor); }
  void pan(QPointF delta) { m_offset += delta; }
  /// Keeps at least a piece of the image in view; an image smaller than the view stays wholly inside.
  void clamp(Size image, QSizeF view);
  /// Offset on whole device pixels, so that panning can move pixels that are already painted.
  void snap(double devicePixelRatio);
  bool operator==(const ViewTransform&) const = default;

 private:
  double m_scale = 1;
  QPointF m_offset;
};

}  // namespace intarsia
