// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/compositor.h"

#include <algorithm>
#include <cmath>

namespace intarsia {
namespace {

constexpr double kCrispScale = 3;  // device pixels per image pixel from which pixels are shown as squares
constexpr int kOne = 256;          // fixed-point weights

struct Tap {
  int a = -1, b = -1;  // source indices; -1 = outside
  int weight = 0;      // of b, of 256
};

/// For each device pixel of [from, to): where it reads. `pixels` source pixels of `step` device pixels each start at `offset`.
std::vector<Tap> taps(int from, int to, double offset, double step, int pixels, bool smooth) {
  std::vector<Tap> out(size_t(std::max(0, to - from)));
  for (int i = from; i < to; ++i) {
    const double at = (i + 0.5 - offset) / step;  // continuous source coordinate
    if (at < 0 || at >= pixels) continue;
    Tap& t = out[size_t(i - from)];
    if (smooth) {
      const double centre = at - 0.5, base = std::floor(centre);
      t.a = std::clamp(int(base), 0, pixels - 1);
      t.b = std::clamp(int(base) + 1, 0, pixels - 1);
      t.weight = int((centre - base) * kOne);
    } else {
      t.a = t.b = int(at);
    }
  }
  return out;
}

template <int Channels>
void paintRow(QRgb* to, const std::vector<Tap>& columns, const uint8_t* top, const uint8_t* bottom, int wy, bool smooth,
              QRgb outside) {
  for (const Tap& t : columns) {
    if (t.a < 0) {
      *to++ = outside;
      continue;
    }
    int v[3];
    for (int k = 0; k < Channels; ++k) {
      const int ia = t.a * Channels + k;
      if (smooth) {
        const int ib = t.b * Channels + k;
        const int upper = top[ia] * (kOne - t.weight) + top[ib] * t.weight;
        const int lower = bottom[ia] * (kOne - t.weight) + bottom[ib] * t.weight;
        v[k] = (upper * (kOne - wy) + lower * wy) >> 16;
      } else {
        v[k] = top[ia];
      }
    }
    *to++ = Channels == 1 ? qRgb(v[0], v[0], v[0]) : qRgb(v[0], v[1], v[2]);
  }
}

}  // namespace

void paintImage(QImage& out, const QRect& wanted, const ImagePyramid& image, const DeviceTransform& view, QRgb outside) {
  const QRect rect = wanted & out.rect();
  if (rect.isEmpty()) return;
  const int n = image.levelFor(view.scale);
  const Image& level = image.level(n);
  const bool smooth = view.scale < kCrispScale;
  // Odd sizes: a level may reach half a pixel beyond the image, so its pixel size follows from the sizes, not from 2^n.
  const double sx = view.scale * image.size().width / level.width, sy = view.scale * image.size().height / level.height;
  const auto columns = taps(rect.left(), rect.right() + 1, view.offset.x(), sx, level.width, smooth);
  const auto rows = taps(rect.top(), rect.bottom() + 1, view.offset.y(), sy, level.height, smooth);
  for (int y = rect.top(); y <= rect.bottom(); ++y) {
    QRgb* to = reinterpret_cast<QRgb*>(out.scanLine(y)) + rect.left();
    const Tap& r = rows[size_t(y - rect.top())];
    if (r.a < 0)
      std::fill_n(to, rect.width(), outside);
    else if (level.channels == 1)
      paintRow<1>(to, columns, level.row(r.a), level.row(r.b), r.weight, smooth, outside);
    else
      paintRow<3>(to, columns, level.row(r.a), level.row(r.b), r.weight, smooth, outside);
  }
}

void paintLabels(QImage& out, const QRect& wanted, const LabelMap& labels, double factor, const LabelStyles& styles,
                 const DeviceTransform& view) {
  const QRect rect = wanted & out.rect();
  if (rect.isEmpty() || labels.empty()) return;
  const double step = view.scale * factor;
  const auto columns = taps(rect.left(), rect.right() + 1, view.offset.x(), step, labels.width(), false);
  const auto rows = taps(rect.top(), rect.bottom() + 1, view.offset.y(), step, labels.height(), false);
  // Hatching hangs on the image: it moves with it when the view scrolls.
  const int phase = rect.left() - int(std::lround(view.offset.x())) - int(std::lround(view.offset.y()));
  for (int y = rect.top(); y <= rect.bottom(); ++y) {
    const Tap& r = rows[size_t(y - rect.top())];
    if (r.a < 0) continue;
    const uint16_t* from = labels.row(r.a);
    QRgb* to = reinterpret_cast<QRgb*>(out.scanLine(y)) + rect.left();
    for (int i = 0; i < rect.width(); ++i) {
      const int column = columns[size_t(i)].a;
      if (column < 0) continue;
      const LabelStyle& style = styles.of(from[column]);
      int a = style.opacity;
      if (style.hatched && ((phase + i + y) & 7) < 3) a = a / 3;
      if (a == 0) continue;
      const QRgb below = to[i], over = style.color;
      const auto mix = [a](int b, int o) { return b + (o - b) * a / 255; };
      to[i] = qRgb(mix(qRed(below), qRed(over)), mix(qGreen(below), qGreen(over)), mix(qBlue(below), qBlue(over)));
    }
  }
}

}  // namespace intarsia
