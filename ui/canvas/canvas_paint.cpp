// SPDX-License-Identifier: GPL-3.0-or-later
// The painting half of CanvasView.
#include <QPaintEvent>
#include <cmath>

#include "ui/canvas/canvas_view.h"
#include "ui/canvas/shape_painter.h"

namespace intarsia {
namespace {
/// Around the image: a calm tone a step away from the window's own.
QRgb surroundings(const QPalette& palette) {
  const bool dark = palette.color(QPalette::Window).lightness() < 128;
  return dark ? qRgb(30, 31, 33) : qRgb(214, 216, 219);
}
}  // namespace

DeviceTransform CanvasView::device() const {
  const double ratio = devicePixelRatioF();
  return {m_view.scale() * ratio, m_view.offset() * ratio};
}

QRect CanvasView::deviceRect(const QRectF& r) const {
  const double k = devicePixelRatioF();
  const QRect bounds(0, 0, int(std::ceil(width() * k)), int(std::ceil(height() * k)));
  const auto pixel = [](double v) { return int(std::clamp(v, -1e8, 1e8)); };
  return QRect(QPoint(pixel(std::floor(r.left() * k)), pixel(std::floor(r.top() * k))),
               QPoint(pixel(std::ceil(r.right() * k)), pixel(std::ceil(r.bottom() * k)))) & bounds;
}

void CanvasView::invalidate(const Rect& pixels) {
  const QRectF screen = m_view.toScreen(pixels).adjusted(-2, -2, 2, 2) & QRectF(rect());
  if (screen.isEmpty()) return;
  m_frameDirty += screen.toAlignedRect();
  update(screen.toAlignedRect());
}

void CanvasView::viewReplaced() {
  if (m_image) m_view.clamp(m_image->size(), size());
  m_view.snap(devicePixelRatioF());
  m_baseDirty = m_frameDirty = rect();
  update();
  emit viewChanged();
}

void CanvasView::viewMoved(QPointF by) {
  const QPointF before = m_view.offset();
  m_view.pan(by);
  if (m_image) m_view.clamp(m_image->size(), size());
  m_view.snap(devicePixelRatioF());
  const double k = devicePixelRatioF();
  const QPoint moved = ((m_view.offset() - before) * k).toPoint();
  if (moved.isNull()) return;
  if (k != std::floor(k) || m_base.isNull() || std::abs(moved.x()) >= m_base.width() || std::abs(moved.y()) >= m_base.height()) {
    m_baseDirty = m_frameDirty = rect();
  } else {
    const auto scroll = [moved](QImage& image) {
      const QImage copy = image.copy();
      QPainter painter(&image);
      painter.setCompositionMode(QPainter::CompositionMode_Source);
      painter.drawImage(moved, copy);
    };
    scroll(m_base);
    scroll(m_frame);
    const QPoint logical = (QPointF(moved) / k).toPoint();
    const QRegion strips = QRegion(rect()) - rect().translated(logical);
    m_baseDirty = m_baseDirty.translated(logical) + strips;
    m_frameDirty = m_frameDirty.translated(logical) + strips;
  }
  update();
  emit viewChanged();
}

/// Makes the caches fit the widget and repaints what is dirty.
void CanvasView::prepareFrame() {
  const QSize wanted = deviceRect(rect()).size();
  if (m_base.size() != wanted) {
    m_base = QImage(wanted, QImage::Format_RGB32);
    m_frame = QImage(wanted, QImage::Format_RGB32);
    m_baseDirty = m_frameDirty = rect();
  }
  for (const QRect& r : m_baseDirty) {
    const QRect d = deviceRect(r);
    paintImage(m_base, d, *m_image, device(), surroundings(palette()));
  }
  m_baseDirty = {};
  for (const QRect& r : m_frameDirty) paintFrame(deviceRect(r));
  m_frameDirty = {};
}

void CanvasView::paintFrame(const QRect& r) {
  if (r.isEmpty()) return;
  for (int y = r.top(); y <= r.bottom(); ++y)
    std::copy_n(reinterpret_cast<const QRgb*>(m_base.constScanLine(y)) + r.left(), r.width(),
                reinterpret_cast<QRgb*>(m_frame.scanLine(y)) + r.left());
  if (m_labels && (m_exact || m_labelOpacity > 0)) paintLabels(m_frame, r, *m_labels, 1, m_labelStyles, device());
  if (m_exact) return;
  if (m_prediction && m_predictionOpacity > 0)
    paintLabels(m_frame, r, *m_prediction, double(1 << m_predictionLevel), m_predictionStyles, device());
  if (m_labelOpacity > 0) paintOutlines(r);
}

void CanvasView::paintOutlines(const QRect& r) {
  const double k = devicePixelRatioF();
  // Outlines of what lies below are hidden like its pixels, unless there are so many shapes that this would take too long.
  constexpr size_t kMostCovering = 600;
  const bool covering = m_annotation.shapes.size() <= kMostCovering;
  QImage layer(covering ? r.size() : QSize(), QImage::Format_ARGB32_Premultiplied);
  layer.fill(Qt::transparent);
  QPainter painter(covering ? &layer : &m_frame);
  painter.setRenderHint(QPainter::Antialiasing);
  if (covering)
    painter.translate(-r.topLeft());
  else
    painter.setClipRect(r);
  painter.scale(k, k);
  const QRectF logical(r.x() / k, r.y() / k, r.width() / k, r.height() / k);
  for (const ShapePtr& shape : m_annotation.shapes) {
    if (shape->hidden || isHidden(shape->classId)) continue;
    if (std::ranges::find(m_selection, shape->id) != m_selection.end()) continue;
    const Bounds& b = m_bounds[shape.get()];
    const QRectF box(m_view.toScreen(Point{b.left, b.top}), m_view.toScreen(Point{b.right, b.bottom}));
    if (!box.adjusted(-3, -3, 3, 3).intersects(logical)) continue;
    const QPainterPath path = outline(shape->polygon, m_view);
    if (covering) {
      painter.setCompositionMode(QPainter::CompositionMode_Clear);
      painter.fillPath(path, Qt::black);
      painter.setCompositionMode(QPainter::CompositionMode_SourceOver);
    }
    paintOutline(painter, path, classColor(shape->classId), 1.2);
  }
  painter.end();
  if (covering) QPainter(&m_frame).drawImage(r.topLeft(), layer);
}

void CanvasView::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  if (!m_image) {
    painter.fillRect(event->rect(), QColor(surroundings(palette())));
    painter.setPen(palette().color(QPalette::Disabled, QPalette::WindowText));
    painter.drawText(rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap, m_emptyText);
    return;
  }
  prepareFrame();
  const double k = devicePixelRatioF();
  const QRect part = event->rect();
  const QRect d = deviceRect(part);
  painter.drawImage(QRectF(d.x() / k, d.y() / k, d.width() / k, d.height() / k), m_frame, d);
  if (m_exact) return;
  painter.setRenderHint(QPainter::Antialiasing);
  for (ShapeId id : m_selection) {
    const Shape* shape = m_annotation.find(id);
    if (!shape || tool().paints(id)) continue;
    const QColor color = classColor(shape->classId);
    const QPainterPath path = outline(shape->polygon, m_view);
    painter.fillPath(path, QColor(255, 255, 255, 36));
    paintOutline(painter, path, color, 2.2);
    if (m_selection.size() <= 20) paintVertices(painter, shape->polygon, m_view, color);
  }
  tool().paint(painter);
}

void CanvasView::resizeEvent(QResizeEvent* event) {
  if (m_image && event->oldSize().isValid()) {
    ViewTransform fitted;
    fitted.fit(m_image->size(), event->oldSize());
    fitted.snap(devicePixelRatioF());
    if (fitted == m_view) m_view.fit(m_image->size(), size());  // a fitted image stays fitted
  } else if (m_image) {
    m_view.fit(m_image->size(), size());
  }
  viewReplaced();
}

void CanvasView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) viewReplaced();
  QWidget::changeEvent(event);
}

}  // namespace intarsia
