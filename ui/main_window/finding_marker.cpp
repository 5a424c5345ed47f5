// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/finding_marker.h"

#include <QEvent>
#include <QPainter>

#include "ui/canvas/canvas_view.h"

namespace intarsia {

FindingMarker::FindingMarker(CanvasView& canvas) : QWidget(&canvas), m_canvas(canvas) {
  setAttribute(Qt::WA_TransparentForMouseEvents);
  setAttribute(Qt::WA_NoSystemBackground);
  hide();
  m_timer.setSingleShot(true);
  canvas.installEventFilter(this);
  connect(&m_timer, &QTimer::timeout, this, &QWidget::hide);
  connect(&canvas, &CanvasView::viewChanged, this, qOverload<>(&QWidget::update));
}

void FindingMarker::mark(const Rect& imagePixels) {
  m_rect = imagePixels;
  setGeometry(m_canvas.rect());
  show();
  raise();
  update();
  m_timer.start(6'000);
}

bool FindingMarker::eventFilter(QObject* watched, QEvent* event) {
  if (watched == &m_canvas && event->type() == QEvent::Resize) setGeometry(m_canvas.rect());
  return false;
}

void FindingMarker::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF frame = m_canvas.transform().toScreen(m_rect).adjusted(-6, -6, 6, 6);
  for (const auto& [color, width] : {std::pair(QColor(0, 0, 0, 160), 5.0), std::pair(QColor(255, 214, 0), 2.5)}) {
    painter.setPen(QPen(color, width));
    painter.drawRoundedRect(frame, 4, 4);
  }
}

}  // namespace intarsia
