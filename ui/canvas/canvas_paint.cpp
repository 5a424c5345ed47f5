// SPDX-License-Identifier: GPL-3.0-or-later
// The painting half of CanvasView.
#include <QBackingStore>
#include <QPaintEvent>
#include <cmath>

#include "ui/canvas/canvas_view.h"
#include "ui/canvas/shape_painter.h"

namespace intarsia {
namespace {
constexpr size_t kMostLoose = 20;  // selected shapes that are painted anew each time; more of them, and large ones, lie in the cached outlines

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

void CanvasView::invalidate(const Rect& pixels, Layer layer) {
  const QRectF screen = m_view.toScreen(pixels).adjusted(-3, -3, 3, 3) & QRectF(rect());
  if (screen.isEmpty()) return;
  if (layer == Layer::labels)
    m_frame.layersChanged(deviceRect(screen));
  else
    m_frame.outlinesChanged(deviceRect(screen));
  update(screen.toAlignedRect());
}

void CanvasView::invalidate(const std::vector<Bounds>& shapes) {
  const auto around = [this](const Bounds& b) {
    return QRectF(m_view.toScreen(Point{b.left, b.top}), m_view.toScreen(Point{b.right, b.bottom})).adjusted(-3, -3, 3, 3) & QRectF(rect());
  };
  const auto changed = [this](const QRect& screen) {
    m_frame.outlinesChanged(deviceRect(screen));
    update(screen);
  };
  constexpr size_t kMostSingle = 32;
  if (shapes.size() <= kMostSingle) {
    for (const Bounds& b : shapes)
      if (const QRectF screen = around(b); !screen.isEmpty()) changed(screen.toAlignedRect());
    return;
  }
  // As the pieces of the view that they touch: a region of thousands of rectangles takes longer than what is painted for it.
  constexpr int kPiece = 64;
  const int columns = width() / kPiece + 1, rows = height() / kPiece + 1;
  std::vector<bool> touched(size_t(columns) * size_t(rows));
  for (const Bounds& b : shapes) {
    const QRectF screen = around(b);
    if (screen.isEmpty()) continue;
    const QRect cells(QPoint(int(screen.left()) / kPiece, int(screen.top()) / kPiece),
                      QPoint(int(screen.right()) / kPiece, int(screen.bottom()) / kPiece));
    for (int y = cells.top(); y <= cells.bottom(); ++y)
      for (int x = cells.left(); x <= cells.right(); ++x) touched[size_t(y * columns + x)] = true;
  }
  for (int y = 0; y < rows; ++y)
    for (int x = 0, end = 0; x < columns; x = end + 1) {
      for (end = x; end < columns && touched[size_t(y * columns + end)];) ++end;
      if (end > x) changed(QRect(x * kPiece, y * kPiece, (end - x) * kPiece, kPiece) & rect());
    }
}

void CanvasView::viewReplaced() {
  if (m_image) m_view.clamp(m_image->size(), size());
  m_view.snap(devicePixelRatioF());
  m_settled = false;
  update();
  emit viewChanged();
}

void CanvasView::viewMoved(QPointF by) {
  const ViewTransform before = m_view;
  m_view.pan(by);
  if (m_image) m_view.clamp(m_image->size(), size());
  m_view.snap(devicePixelRatioF());
  if (m_view == before) return;
  m_settled = false;
  update();
  emit viewChanged();
}

bool CanvasView::prepareFrame(double budgetMs) {
  if (const double ratio = devicePixelRatioF(); ratio != m_paintedRatio) {  // another screen
    m_paintedRatio = ratio;
    m_view.snap(ratio);
    updateContent();  // the split lies on device pixels
    QMetaObject::invokeMethod(this, &CanvasView::viewChanged, Qt::QueuedConnection);
  }
  const QSize size = (QSizeF(width(), height()) * m_paintedRatio).toSize().expandedTo(QSize(1, 1));
  const QPointF focus = underMouse() ? m_mouse : QRectF(rect()).center();
  return m_frame.paint(m_content, size, device(), (focus * m_paintedRatio).toPoint(), budgetMs);
}

bool CanvasView::loose(const Shape& shape) const { return m_selection.size() <= kMostLoose && pointCount(shape.polygon) <= kLargeShape; }

void CanvasView::paintOutlines(QImage& layer, const QRect& r, const DeviceTransform& view) {
  // Outlines of what lies below are hidden like its pixels.
  constexpr int kMostFilled = 3000;
  constexpr size_t kCachedPoints = 1000;  // larger shapes are clipped to the part instead
  const double margin = 4, k = view.scale;
  const auto image = [&](double x, double y) { return Point{(x - view.offset.x()) / k, (y - view.offset.y()) / k}; };
  const Point a = image(r.left() - margin, r.top() - margin), b = image(r.right() + margin, r.bottom() + margin);
  QPainter painter(&layer);
  painter.setRenderHint(QPainter::Antialiasing);
  const QPointF origin = view.offset - r.topLeft();
  const double width = 1.2 * devicePixelRatioF();
  for (ShapeIndex::Item* item : m_shapes.touching({a.x, a.y, b.x, b.y})) {
    const Shape& shape = *item->shape;
    if (shape.hidden || isHidden(shape.classId)) continue;
    const bool selected = m_selected.contains(shape.id);
    if (selected && loose(shape)) continue;
    QPainterPath path;
    if (pointCount(shape.polygon) <= kCachedPoints) {
      if (item->pathScale != k) {
        item->path = outline(shape.polygon, k, {});
        item->pathScale = k;
      }
      path = item->path.translated(origin);
    } else {
      path = outline(shape.polygon, k, origin, QRectF(layer.rect()).adjusted(-margin, -margin, margin, margin), item->runs);
    }
    if (path.elementCount() > kMostFilled) {  // lines on every pixel: filling them takes seconds
      paintOutline(painter, path, classColor(shape.classId), width);
      continue;
    }
    painter.setCompositionMode(QPainter::CompositionMode_Clear);
    painter.fillPath(path, Qt::black);
    painter.setCompositionMode(QPainter::CompositionMode_SourceOver);
    if (selected) painter.fillPath(path, QColor(255, 255, 255, 60));
    paintOutline(painter, path, classColor(shape.classId), selected ? 1.8 * width : width);
  }
}

void CanvasView::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  if (!m_image) {
    painter.fillRect(event->rect(), QColor(surroundings(palette())));
    painter.setPen(palette().color(QPalette::Disabled, QPalette::WindowText));
    painter.drawText(rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap, m_emptyText);
    return;
  }
  // The screen gets what is there and the rest a little later, with more time once the view rests; a picture of the widget waits.
  constexpr double kMovingMs = 5, kRestingMs = 12;
  constexpr int kPauseMs = 4;  // for the next input
  QPoint offset;
  const bool screen = backingStore() && redirected(&offset) == backingStore()->paintDevice();
  const bool moving = m_frame.view() != device();
  m_content.surroundings = surroundings(palette());
  m_settled = prepareFrame(!screen ? FrameCache::kNoLimit : moving ? kMovingMs : kRestingMs);
  if (!m_settled) m_refine.start(kPauseMs);
  painter.drawImage(QPointF(0, 0), m_frame.shown(m_paintedRatio));
  paintGuides(painter);
  if (!overlaysShown()) return;
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF visible = QRectF(rect()).adjusted(-8, -8, 8, 8);
  paintSelection(painter, visible);
  tool().paint(painter);
}

void CanvasView::paintSelection(QPainter& painter, const QRectF& visible) {
  if (m_selection.size() > kMostLoose) return;
  SelectionLook look{m_view, size(), devicePixelRatioF(), {}, {}};
  QRectF area;
  for (const ShapeId id : m_selection) {
    const int at = m_annotation.indexOf(id);
    if (at < 0 || tool().paints(id)) continue;
    const ShapePtr& shape = m_annotation.shapes[size_t(at)];
    const Bounds* box = m_shapes.bounds(shape.get());
    if (!box) continue;
    look.shapes.push_back(shape);
    look.colors.push_back(classColor(shape->classId));
    area |= QRectF(m_view.toScreen(Point{box->left, box->top}), m_view.toScreen(Point{box->right, box->bottom})).adjusted(-8, -8, 8, 8);
  }
  area &= visible;
  if (look.shapes.empty() || area.isEmpty()) return;
  const auto content = [&](QPainter& to) {
    for (size_t i = 0; i < look.shapes.size(); ++i) {
      const Shape& shape = *look.shapes[i];
      const QColor color = look.colors[i];
      if (loose(shape)) {
        const QPainterPath path = outline(shape.polygon, m_view, visible);
        to.fillPath(path, QColor(255, 255, 255, 36));
        paintOutline(to, path, color, 2.2);
      }
      paintVertices(to, shape.polygon, m_view, color, visible, m_shapes.find(&shape)->runs);
    }
  };
  m_selectionPicture.paint(painter, look, area, content);
}

void CanvasView::resizeEvent(QResizeEvent* event) {
  if (m_image && event->oldSize().isValid()) {
    ViewTransform fitted;
    fitted.fit(m_image->size(), event->oldSize(), fitMargin());
    fitted.snap(devicePixelRatioF());
    if (fitted == m_view) fitView();  // a fitted image stays fitted
  } else {
    fitView();
  }
  updateContent();  // the split follows the width
  viewReplaced();
}

void CanvasView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) {
    m_frame.imageChanged();  // its surroundings
    update();
  }
  QWidget::changeEvent(event);
}

}  // namespace intarsia
