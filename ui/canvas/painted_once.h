// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QImage>
#include <QPainter>
#include <cmath>

namespace intarsia {

/// Painting that stays the same from frame to frame, kept as pixels. The second time that a key comes it is painted into a picture,
/// which is copied from then on; what is another in every frame (the view moves) is not painted twice for that. UI thread.
template <class Key>
class PaintedOnce {
 public:
  /// Calls `content(painter)`, which may paint within `area` (logical pixels of the painter's device), or copies what that left.
  template <class Content>
  void paint(QPainter& painter, Key key, const QRectF& area, const Content& content) {
    if (!(key == m_key)) {
      m_key = std::move(key);
      m_picture = {};
      return content(painter);
    }
    const double k = painter.device()->devicePixelRatioF();
    const QPoint corner(int(std::floor(area.left() * k)), int(std::floor(area.top() * k)));
    if (m_picture.isNull()) {
      const QSize size(int(std::ceil(area.right() * k)) - corner.x(), int(std::ceil(area.bottom() * k)) - corner.y());
      if (size.isEmpty()) return;
      m_picture = QImage(size, QImage::Format_ARGB32_Premultiplied);
      m_picture.setDevicePixelRatio(k);
      m_picture.fill(Qt::transparent);
      QPainter to(&m_picture);
      to.setRenderHint(QPainter::Antialiasing);
      to.translate(-QPointF(corner) / k);
      content(to);
    }
    painter.drawImage(QPointF(corner) / k, m_picture);
  }

 private:
  Key m_key;
  QImage m_picture;
};

}  // namespace intarsia
