// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/frame_cache.h"

#include <QElapsedTimer>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace intarsia {
namespace {

constexpr int kPiece = 128, kComposed = 512;  // device pixels; a piece is painted without looking at the clock

/// Moves the pixels within the picture; what they leave keeps its old content.
void movePixels(QImage& image, QPoint by) {
  const int width = image.width() - std::abs(by.x()), height = image.height() - std::abs(by.y());
  if (width <= 0 || height <= 0) return;
  uchar* bits = image.bits();
  const qsizetype stride = image.bytesPerLine();
  const int fromX = std::max(0, -by.x()), toX = std::max(0, by.x()), fromY = std::max(0, -by.y()), toY = std::max(0, by.y());
  for (int i = 0; i < height; ++i) {
    const int y = by.y() > 0 ? height - 1 - i : i;
    std::memmove(bits + (toY + y) * stride + toX * 4, bits + (fromY + y) * stride + fromX * 4, size_t(width) * 4);
  }
}

void copyPixels(QImage& to, const QImage& from, const QRect& r) {
  uchar* bits = to.bits();
  for (int y = r.top(); y <= r.bottom(); ++y)
    std::memcpy(bits + y * to.bytesPerLine() + r.left() * 4, from.constScanLine(y) + r.left() * 4, size_t(r.width()) * 4);
}

/// `from` enlarged or reduced by `k` and moved to `at`, nearest pixels, into the part `rect` of `to`. (QPainter would wake its
/// thread pool for this, which costs more than the work when other programs compute.)
void scalePixels(QImage& to, const QRect& rect, const QImage& from, QPointF at, double k) {
  std::vector<int> columns(size_t(rect.width()));
  for (int i = 0; i < rect.width(); ++i)
    columns[size_t(i)] = std::clamp(int((rect.left() + i + 0.5 - at.x()) / k), 0, from.width() - 1);
  uchar* bits = to.bits();
  int sampled = -1;
  for (int y = rect.top(); y <= rect.bottom(); ++y) {
    auto* line = reinterpret_cast<QRgb*>(bits + y * to.bytesPerLine()) + rect.left();
    const int row = std::clamp(int((y + 0.5 - at.y()) / k), 0, from.height() - 1);
    if (row == sampled) {
      std::memcpy(line, reinterpret_cast<const uchar*>(line) - to.bytesPerLine(), size_t(rect.width()) * 4);
      continue;
    }
    const auto* source = reinterpret_cast<const QRgb*>(from.constScanLine(row));
    for (int i = 0; i < rect.width(); ++i) line[i] = source[columns[size_t(i)]];
    sampled = row;
  }
}

/// Lays the premultiplied `lines` over the frame; most of them is clear.
void layOver(QImage& to, const QImage& lines, const QRect& r) {
  uchar* bits = to.bits();
  for (int y = r.top(); y <= r.bottom(); ++y) {
    auto* out = reinterpret_cast<QRgb*>(bits + y * to.bytesPerLine());
    const auto* over = reinterpret_cast<const QRgb*>(lines.constScanLine(y));
    for (int x = r.left(); x <= r.right(); ++x) {
      const QRgb o = over[x];
      const uint32_t keep = 255 - qAlpha(o);
      if (keep == 255) continue;
      uint32_t rb = (out[x] & 0xff00ff) * keep + 0x800080, g = ((out[x] >> 8) & 0xff) * keep + 0x80;
      rb = ((rb + ((rb >> 8) & 0xff00ff)) >> 8) & 0xff00ff;
      g = ((g + (g >> 8)) >> 8) << 8;
      out[x] = 0xff000000 | ((o & 0xffffff) + rb + g);
    }
  }
}

/// The pieces of a region, those nearest to `focus` first.
std::vector<QRect> pieces(const QRegion& region, QPoint focus, int side) {
  std::vector<QRect> out;
  const QRect box = region.boundingRect();
  for (int y = box.top() / side; y <= box.bottom() / side; ++y)
    for (int x = box.left() / side; x <= box.right() / side; ++x) {
      const QRect part = (region & QRect(x * side, y * side, side, side)).boundingRect();
      if (!part.isEmpty()) out.push_back(part);
    }
  std::ranges::sort(out, {}, [focus](const QRect& r) { return (r.center() - focus).manhattanLength(); });
  return out;
}

}  // namespace

void FrameCache::clear() {
  m_frame = QImage();
  m_frameDirty = m_baseDirty = m_linesDirty = m_linesVoid = {};
}

void FrameCache::imageChanged() {
  m_baseDirty = all();
  m_frameDirty = all();
}

void FrameCache::layersChanged() { m_frameDirty = all(); }
void FrameCache::layersChanged(const QRect& device) { m_frameDirty += device & all(); }
void FrameCache::outlinesChanged() { m_linesDirty = all(); }
void FrameCache::outlinesChanged(const QRect& device) { m_linesDirty += device & all(); }

bool FrameCache::paint(const FrameContent& content, QSize size, const DeviceTransform& view, QPoint focus, double budgetMs) {
  QElapsedTimer clock;
  clock.start();
  adapt(content, size, view);
  for (const QRect& piece : pieces(m_frameDirty, focus, kComposed)) compose(content, piece);
  m_frameDirty = {};
  const QRegion pending = content.outlines ? m_baseDirty + m_linesDirty : m_baseDirty;
  for (const QRect& piece : pieces(pending, focus, kPiece)) {
    if (double(clock.nsecsElapsed()) > budgetMs * 1e6) return false;
    refine(content, piece);
  }
  return true;
}

QImage FrameCache::shown(double ratio) {
  QImage out(m_frame.bits(), m_frame.width(), m_frame.height(), m_frame.bytesPerLine(), m_frame.format());
  out.setDevicePixelRatio(ratio);
  return out;
}

void FrameCache::adapt(const FrameContent& content, QSize size, const DeviceTransform& view) {
  if (m_frame.isNull()) {
    for (QImage* image : {&m_base, &m_frame}) *image = QImage(size, QImage::Format_RGB32);
    m_lines = QImage(size, QImage::Format_ARGB32_Premultiplied);
    m_view = view;
    m_baseDirty = m_linesDirty = m_linesVoid = m_frameDirty = all();
    return;
  }
  if (size == m_frame.size() && view == m_view) return;
  const QPointF by = view.offset - m_view.offset;
  const QPoint whole = by.toPoint();
  const bool scrolls = size == m_frame.size() && view.scale == m_view.scale && (by - whole).manhattanLength() < 1e-3 &&
                       std::abs(whole.x()) < size.width() && std::abs(whole.y()) < size.height();
  if (content.splitLabels >= 0) {  // the layers change at places that do not move along
    rescale(size, view);
    m_frameDirty = all();
  } else if (scrolls) {
    scroll(whole);
  } else {
    rescale(size, view);
  }
  m_view = view;
}

void FrameCache::scroll(QPoint by) {
  for (QImage* image : {&m_base, &m_lines, &m_frame}) movePixels(*image, by);
  const QRegion strips = QRegion(all()) - all().translated(by);
  for (QRegion* region : {&m_baseDirty, &m_linesDirty, &m_linesVoid, &m_frameDirty}) *region = (region->translated(by) & all()) + strips;
}

/// The painted frame, enlarged or reduced, is the draft; around it image and labels are drafted anew.
void FrameCache::rescale(QSize size, const DeviceTransform& view) {
  const QImage old = std::exchange(m_frame, QImage(size, QImage::Format_RGB32));
  if (m_base.size() != size) {
    m_base = QImage(size, QImage::Format_RGB32);
    m_lines = QImage(size, QImage::Format_ARGB32_Premultiplied);
  }
  const double k = view.scale / m_view.scale;
  const QPointF at = view.offset - m_view.offset * k;
  const QRect seen = QRectF(at, QSizeF(old.size()) * k).toRect().adjusted(1, 1, -1, -1) & all();
  if (!seen.isEmpty()) scalePixels(m_frame, seen, old, at, k);
  m_baseDirty = m_linesDirty = m_linesVoid = all();
  m_frameDirty = QRegion(all()) - seen;
}

void FrameCache::compose(const FrameContent& content, const QRect& rect) {
  for (const QRect& rough : m_baseDirty & rect)
    paintImage(m_base, rough, *content.image, content.curve, m_view, content.surroundings, ImageQuality::draft);
  copyPixels(m_frame, m_base, rect);
  QRect forLabels = rect, forPrediction = rect;
  if (content.splitLabels >= 0) {
    forLabels.setLeft(std::max(rect.left(), content.splitLabels));
    forPrediction.setLeft(std::max(rect.left(), content.splitPrediction));
    if (content.prediction) forLabels.setRight(std::min(rect.right(), content.splitPrediction - 1));
  }
  if (content.labels) paintLabels(m_frame, forLabels, *content.labels, 1, content.labelStyles, m_view);
  if (content.prediction && content.predictionView == PredictionView::classes)
    paintLabels(m_frame, forPrediction, *content.prediction, content.predictionFactor, content.predictionStyles, m_view);
  if (content.prediction && content.truth && content.predictionView == PredictionView::errors)
    paintErrors(m_frame, forPrediction, *content.truth, *content.prediction, content.predictionFactor, content.errors, m_view);
  if (content.confidence && content.predictionView == PredictionView::confidence)
    paintConfidence(m_frame, forPrediction, *content.confidence, content.predictionFactor, content.errors.opacity, m_view);
  if (!content.outlines) return;
  for (const QRect& part : QRegion(forLabels) - m_linesVoid) layOver(m_frame, m_lines, part);
}

void FrameCache::refine(const FrameContent& content, const QRect& rect) {
  for (const QRect& part : m_baseDirty & rect) paintImage(m_base, part, *content.image, content.curve, m_view, content.surroundings);
  m_baseDirty -= rect;
  if (content.outlines) {
    for (const QRect& part : m_linesDirty & rect) {
      QImage layer(part.size(), QImage::Format_ARGB32_Premultiplied);
      layer.fill(Qt::transparent);
      content.paintOutlines(layer, part, m_view);
      uchar* bits = m_lines.bits();
      for (int y = 0; y < part.height(); ++y)
        std::memcpy(bits + (part.top() + y) * m_lines.bytesPerLine() + part.left() * 4, layer.constScanLine(y), size_t(part.width()) * 4);
    }
    m_linesDirty -= rect;
    m_linesVoid -= rect;
  }
  compose(content, rect);
}

}  // namespace intarsia
