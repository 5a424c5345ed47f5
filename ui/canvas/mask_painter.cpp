// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/mask_painter.h"

namespace intarsia {

void paintMask(QPainter& painter, const TileMask& mask, const ViewTransform& view, const QColor& color) {
  const QRect screen = painter.viewport();
  const Rect visible = view.toImage(QRectF(screen), mask.size());
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing, false);
  painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
  mask.eachTile(visible, [&](const Rect& place, const TileMask::Tile& tile) {
    const Rect part = place.intersected({0, 0, mask.size().width, mask.size().height});
    QImage image(tile.data(), TileMask::kTile, TileMask::kTile, TileMask::kTile, QImage::Format_Indexed8);
    image.setColorTable({0, color.rgba()});
    painter.drawImage(view.toScreen(part), image, QRectF(0, 0, part.width, part.height));
  });
  painter.restore();
}

}  // namespace intarsia
