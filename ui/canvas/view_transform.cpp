// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/view_transform.h"

#include <algorithm>
#include <cmath>

namespace intarsia {

QRectF ViewTransform::toScreen(const Rect& r) const {
  return {toScreen(Point{double(r.x), double(r.y)}), toScreen(Point{double(r.right()), double(r.bottom())})};
}

Rect ViewTransform::toImage(const QRectF& screen, Size image) const {
  const Point a = toImage(screen.topLeft()), b = toImage(screen.bottomRight());
  const auto low = [](double v, int limit) { return int(std::floor(std::clamp(v, 0.0, double(limit)))); };
  const auto high = [](double v, int limit) { return int(std::ceil(std::clamp(v, 0.0, double(limit)))); };
  const int l = low(a.x, image.width), t = low(a.y, image.height);
  return {l, t, high(b.x, image.width) - l, high(b.y, image.height) - t};
}

void ViewTransform::fit(Size image, QSizeF view, double margin) {
  if (image.empty() || view.isEmpty()) return;
  const double w = std::max(1.0, view.width() - 2 * margin), h = std::max(1.0, view.height() - 2 * margin);
  m_scale = std::clamp(std::min(w / image.width, h / image.height), kMinScale, 8.0);
  m_offset = {(view.width() - image.width * m_scale) / 2, (view.height() - image.height * m_scale) / 2};
}

void ViewTransform::setScaleAt(QPointF screen, double scale) {
  const Point fixed = toImage(screen);
  m_scale = std::clamp(scale, kMinScale, kMaxScale);
  m_offset = {screen.x() - fixed.x * m_scale, screen.y() - fixed.y * m_scale};
}

void ViewTransform::clamp(Size image, QSizeF view) {
  const auto axis = [](double offset, double length, double room) {
    const double keep = std::min({64.0, room / 2, length});
    return length <= room ? std::clamp(offset, 0.0, room - length) : std::clamp(offset, keep - length, room - keep);
  };
  m_offset = {axis(m_offset.x(), image.width * m_scale, view.width()),
              axis(m_offset.y(), image.height * m_scale, view.height())};
}

void ViewTransform::snap(double ratio) {
  m_offset = {std::round(m_offset.x() * ratio) / ratio, std::round(m_offset.y() * ratio) / ratio};
}

}  // namespace intarsia
