// SPDX-License-Identifier: GPL-3.0-or-later
// What CanvasView shows beside image and labels: split slider, minimap, rulers, pixel grid.
#include <QMouseEvent>
#include <cmath>

#include "ui/canvas/canvas_view.h"
#include "ui/canvas/minimap.h"
#include "ui/canvas/view_guides.h"

namespace intarsia {

void CanvasView::setPredictionView(PredictionView view) {
  m_predictionView = view;
  updateContent();
}

void CanvasView::setSplit(bool on) {
  m_split.setEnabled(on);
  updateContent();
}

void CanvasView::setPeek(bool on) {
  if (m_peek == on) return;
  m_peek = on;
  updateContent();
}

void CanvasView::setRulers(bool on) {
  if (m_rulers == on) return;
  const ViewTransform before = m_view;
  fitView();
  m_view.snap(devicePixelRatioF());
  const bool fitted = m_view == before;
  m_view = before;
  m_rulers = on;
  if (fitted) fitView();
  viewReplaced();
}

double CanvasView::fitMargin() const { return m_rulers ? 12 + kRulerThickness : 12; }

void CanvasView::setMinimap(bool on) {
  m_showMinimap = on;
  placeMinimap();
}

void CanvasView::setPixelGrid(bool on) {
  m_pixelGrid = on;
  update();
}

/// In the lower right corner, out of the way when the whole image is seen.
void CanvasView::placeMinimap() {
  if (!m_image || !m_showMinimap) return m_minimap->hide();
  const Size size = m_image->size();
  const QRectF shown = m_view.toScreen(Rect{0, 0, size.width, size.height});
  const QRectF room = QRectF(rect()).adjusted(-1, -1, 1, 1);
  if (room.contains(shown)) return m_minimap->hide();
  constexpr int kMargin = 12;
  const QSize wanted = m_minimap->wantedSize(this->size());
  m_minimap->setGeometry(width() - wanted.width() - kMargin, height() - wanted.height() - kMargin, wanted.width(), wanted.height());
  const Point a = m_view.toImage(QPointF(0, 0)), b = m_view.toImage(QPointF(width(), height()));
  m_minimap->setVisiblePart(QRectF(QPointF(a.x, a.y), QPointF(b.x, b.y)));
  m_minimap->show();
}

QString CanvasView::predictionCaption() const {
  if (m_predictionView == PredictionView::classes || m_exact) return {};
  if (!m_prediction) return tr("There is no prediction for this image yet");
  if (!m_content.prediction) return tr("The prediction is hidden");
  if (m_predictionView == PredictionView::errors) return tr("Red: the prediction differs from the labels");
  return m_confidence ? tr("Yellow: the network is unsure") : tr("This prediction says nothing about its confidence");
}

void CanvasView::paintGuides(QPainter& painter) {
  if (m_pixelGrid && m_view.scale() * m_paintedRatio >= kGridScale) paintPixelGrid(painter, m_view, m_image->size(), QRectF(rect()));
  const double top = (m_rulers ? kRulerThickness : 0) + 8.0, left = top;
  if (!m_peek) m_split.paint(painter, size(), top);
  if (const QString caption = predictionCaption(); !caption.isEmpty() && !m_split.enabled() && !m_peek) paintCaption(painter, {left, top}, caption);
  if (m_rulers) paintRulers(painter, m_view, size(), underMouse() ? m_mouse : QPointF(-1, -1), palette());
}

void CanvasView::updateRulers(QPointF before) {
  for (const QPointF& at : {before, m_mouse}) {
    update(QRectF(at.x() - 2, 0, 4, kRulerThickness).toAlignedRect());
    update(QRectF(0, at.y() - 2, kRulerThickness, 4).toAlignedRect());
  }
}

bool CanvasView::splitMouse(const QMouseEvent& event) {
  if (!m_split.enabled() || m_peek) return false;
  const double x = event.position().x();
  switch (event.type()) {
    case QEvent::MouseButtonPress:
      if (event.button() != Qt::LeftButton || m_space || !m_split.press(x, width())) return false;
      break;
    case QEvent::MouseMove:
      if (!m_split.dragging()) {
        if (event.buttons() == Qt::NoButton && m_split.lineAt(x, width()) >= 0) {
          setCursor(Qt::SplitHCursor);
          return true;
        }
        if (cursor().shape() == Qt::SplitHCursor) updateCursor();
        return false;
      }
      m_split.move(x, width());
      updateContent();
      break;
    case QEvent::MouseButtonRelease:
      if (!m_split.dragging()) return false;
      m_split.release();
      updateCursor();
      break;
    default: return m_split.lineAt(x, width()) >= 0;
  }
  return true;
}

}  // namespace intarsia
