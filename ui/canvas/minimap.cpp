// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/minimap.h"

#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>

#include "ui/canvas/compositor.h"

namespace intarsia {
namespace {
constexpr int kFrame = 1;
}

Minimap::Minimap(QWidget* canvas) : QWidget(canvas) {
  setCursor(Qt::PointingHandCursor);
  setAccessibleName(tr("Overview"));
  setToolTip(tr("Drag to move the view"));
  setAttribute(Qt::WA_OpaquePaintEvent);
  hide();
}

void Minimap::setImage(const PyramidPtr& image, const ToneCurve& curve) {
  m_image = image;
  m_curve = curve;
  m_painted = QImage();
  update();
}

void Minimap::setVisiblePart(const QRectF& part) {
  if (part == m_part) return;
  m_part = part;
  update();
}

QSize Minimap::wantedSize(QSize canvas) const {
  if (!m_image) return {};
  const QSize most(std::min(180, canvas.width() / 3), std::min(140, canvas.height() / 3));
  const QSize size = QSize(m_image->size().width, m_image->size().height).scaled(most, Qt::KeepAspectRatio);
  return size.expandedTo(QSize(24, 24)) + QSize(2 * kFrame, 2 * kFrame);
}

void Minimap::paintEvent(QPaintEvent*) {
  if (!m_image) return;
  const double ratio = devicePixelRatioF();
  const QSize size = (QSizeF(this->size()) * ratio).toSize();
  const double k = double(size.width()) / m_image->size().width;
  if (m_painted.size() != size) {
    m_painted = QImage(size, QImage::Format_RGB32);
    paintImage(m_painted, m_painted.rect(), *m_image, m_curve, {k, {0, 0}}, palette().color(QPalette::Window).rgb());
    m_painted.setDevicePixelRatio(ratio);
  }
  QPainter painter(this);
  painter.drawImage(0, 0, m_painted);
  const QRectF part = QRectF(m_part.topLeft() * k / ratio, m_part.size() * k / ratio) & QRectF(rect()).adjusted(0, 0, -1, -1);
  QPainterPath outside;
  outside.addRect(rect());
  outside.addRect(part);
  painter.fillPath(outside, QColor(0, 0, 0, 80));
  painter.setPen(QPen(Qt::white, 1.5));
  painter.drawRect(part.adjusted(0.75, 0.75, -0.75, -0.75));
  painter.setPen(QColor(0, 0, 0, 160));
  painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

QPointF Minimap::imagePoint(QPointF screen) const { return m_image ? screen * m_image->size().width / std::max(1, width()) : QPointF(); }

void Minimap::mousePressEvent(QMouseEvent* event) {
  if (!m_image || event->button() != Qt::LeftButton) return;
  const QPointF at = imagePoint(event->position());
  m_grip = m_part.contains(at) ? at - m_part.center() : QPointF();
  emit moveTo(at - m_grip);
}

void Minimap::mouseMoveEvent(QMouseEvent* event) {
  if (m_image && event->buttons() & Qt::LeftButton) emit moveTo(imagePoint(event->position()) - m_grip);
}

void Minimap::mouseReleaseEvent(QMouseEvent* event) { event->accept(); }

}  // namespace intarsia
