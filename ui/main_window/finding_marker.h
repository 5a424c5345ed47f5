// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTimer>
#include <QWidget>

#include "core/base/rect.h"

namespace intarsia {

class CanvasView;

/// A frame around a place of the image, over the canvas, for a few seconds. It takes no mouse.
class FindingMarker : public QWidget {
 public:
  explicit FindingMarker(CanvasView& canvas);
  void mark(const Rect& imagePixels);

 protected:
  void paintEvent(QPaintEvent*) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  CanvasView& m_canvas;
  Rect m_rect;
  QTimer m_timer;
};

}  // namespace intarsia
