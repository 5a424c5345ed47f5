// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/compositor.h"

#include <algorithm>
#include <cmath>

namespace intarsia {
namespace {

constexpr double kCrispScale = 2;  // device pixels per image pixel from which pixels are shown as squares
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

/// Of an empty rectangle nothing is left; QRect's & would turn one with its sides swapped round.
QRect clipped(const QRect& wanted, const QImage& out) { return wanted.isEmpty() ? QRect() : wanted & out.rect(); }

/// The taps that read something: [first, last) of them.
std::pair<int, int> inside(const std::vector<Tap>& taps) {
  int first = 0, last = int(taps.size());
  while (first < last && taps[size_t(first)].a < 0) ++first;
  while (last > first && taps[size_t(last - 1)].a < 0) --last;
  return {first, last};
}

QRgb* pixels(QImage& out, int y) { return reinterpret_cast<QRgb*>(out.bits() + size_t(y) * size_t(out.bytesPerLine())); }

/// Two stretches of source samples mixed into `mixed` (value × 256).
template <class Sample, class Wide>
void mixRows(const Sample* top, const Sample* bottom, Wide weight, std::vector<Wide>& mixed) {
  Wide* to = mixed.data();
  const size_t count = mixed.size();
  for (size_t i = 0; i < count; ++i) to[i] = Wide(Wide(top[i]) * Wide(kOne - weight) + Wide(bottom[i]) * weight);
}

/// `mixed` begins at the pixel that the first column reads.
template <int Channels, class Wide>
void smoothRow(QRgb* to, const Tap* columns, int count, const Wide* mixed, const uint8_t* curve) {
  const int begin = columns[0].a;
  for (int i = 0; i < count; ++i) {
    const Tap& t = columns[i];
    const Wide *a = mixed + (t.a - begin) * Channels, *b = mixed + (t.b - begin) * Channels;
    const uint32_t wb = uint32_t(t.weight), wa = kOne - wb;
    const auto value = [&](int k) { return curve[(uint32_t(a[k]) * wa + uint32_t(b[k]) * wb) >> 16]; };
    if constexpr (Channels == 1) {
      const int v = value(0);
      to[i] = qRgb(v, v, v);
    } else {
      to[i] = qRgb(value(0), value(1), value(2));
    }
  }
}

template <int Channels, class Sample>
void plainRow(QRgb* to, const Tap* columns, int count, const Sample* from, const uint8_t* curve) {
  for (int i = 0; i < count; ++i) {
    const Sample* s = from + columns[i].a * Channels;
    if constexpr (Channels == 1)
      to[i] = qRgb(curve[s[0]], curve[s[0]], curve[s[0]]);
    else
      to[i] = qRgb(curve[s[0]], curve[s[1]], curve[s[2]]);
  }
}

template <class Sample, int Channels>
void paintLevel(QImage& out, const QRect& rect, const Image& level, const std::vector<Tap>& columns, const std::vector<Tap>& rows, bool smooth,
                const ToneCurve& curve, QRgb outside) {
  using Wide = std::conditional_t<sizeof(Sample) == 1, uint16_t, uint32_t>;
  const auto [first, last] = inside(columns);
  const int count = last - first;
  const int begin = count ? columns[size_t(first)].a * Channels : 0, end = count ? (columns[size_t(last - 1)].b + 1) * Channels : 0;
  std::vector<Wide> mixed(smooth ? size_t(end - begin) : 0);
  const Tap* previous = nullptr;
  for (int y = rect.top(); y <= rect.bottom(); ++y) {
    QRgb* to = pixels(out, y) + rect.left();
    const Tap& r = rows[size_t(y - rect.top())];
    if (r.a < 0 || count == 0) {
      std::fill_n(to, rect.width(), outside);
      continue;
    }
    std::fill_n(to, first, outside);
    std::fill_n(to + last, rect.width() - last, outside);
    const auto* top = reinterpret_cast<const Sample*>(level.row(r.a));
    if (smooth) {
      mixRows<Sample, Wide>(top + begin, reinterpret_cast<const Sample*>(level.row(r.b)) + begin, Wide(r.weight), mixed);
      smoothRow<Channels, Wide>(to + first, columns.data() + first, count, mixed.data(), curve.data());
    } else if (previous && previous->a == r.a) {
      std::copy_n(reinterpret_cast<const QRgb*>(reinterpret_cast<const uchar*>(to) - out.bytesPerLine()) + first, count, to + first);
    } else {
      plainRow<Channels, Sample>(to + first, columns.data() + first, count, top, curve.data());
    }
    previous = &r;
  }
}

/// value + (over − value) × alpha / 255, rounded, in all four bytes at once of a run of pixels.
void blendRun(QRgb* to, int count, QRgb over, int alpha) {
  const uint32_t keep = uint32_t(255 - alpha);
  const uint32_t addRb = (over & 0xff00ff) * uint32_t(alpha) + 0x800080, addG = ((over >> 8) & 0xff) * uint32_t(alpha) + 0x80;
  for (int i = 0; i < count; ++i) {
    uint32_t rb = (to[i] & 0xff00ff) * keep + addRb;
    uint32_t g = ((to[i] >> 8) & 0xff) * keep + addG;
    rb = ((rb + ((rb >> 8) & 0xff00ff)) >> 8) & 0xff00ff;
    g = (g + (g >> 8)) >> 8;
    to[i] = 0xff000000 | rb | (g << 8);
  }
}

/// The label pixels that a rectangle of the view shows, one row at a time.
class Sampler {
 public:
  Sampler(const QRect& rect, Size size, double step, const DeviceTransform& view)
      : m_rect(rect), m_columns(taps(rect.left(), rect.right() + 1, view.offset.x(), step, size.width, false)),
        m_rows(taps(rect.top(), rect.bottom() + 1, view.offset.y(), step, size.height, false)) {
    std::tie(first, last) = inside(m_columns);
  }
  int row(int y) const { return m_rows[size_t(y - m_rect.top())].a; }
  int column(int i) const { return m_columns[size_t(i)].a; }
  int first = 0, last = 0;  // the columns of the rectangle that lie inside

 private:
  QRect m_rect;
  std::vector<Tap> m_columns, m_rows;
};

}  // namespace

bool hatched(int pattern, int x, int y) {
  switch (pattern) {
    case 1: return ((x + y) & 7) < 3;                            // ╱
    case 2: return ((x - y) & 7) < 3;                            // ╲
    case 3: return (y & 7) < 3;                                  // ─
    case 4: return (x & 7) < 3;                                  // │
    case 5: return ((x + y) & 15) < 3 || ((x - y) & 15) < 3;     // ╳
    case 6: return (x & 7) < 4 && (y & 7) < 4;                   // dots
    default: return false;
  }
}

void paintImage(QImage& out, const QRect& wanted, const ImagePyramid& image, const ToneCurve& curve, const DeviceTransform& view, QRgb outside,
                ImageQuality quality) {
  const QRect rect = clipped(wanted, out);
  if (rect.isEmpty()) return;
  const Image& level = image.deepLevel(image.levelFor(view.scale));
  // Odd sizes: a level may reach half a pixel beyond the image, so its pixel size follows from the sizes, not from 2^n.
  const double sx = view.scale * image.size().width / level.width, sy = view.scale * image.size().height / level.height;
  const bool smooth = quality == ImageQuality::fine && (view.scale < kCrispScale || image.preview());
  const auto columns = taps(rect.left(), rect.right() + 1, view.offset.x(), sx, level.width, smooth);
  const auto rows = taps(rect.top(), rect.bottom() + 1, view.offset.y(), sy, level.height, smooth);
  const auto paint = [&]<class Sample>(Sample*) {
    if (level.channels == 1)
      paintLevel<Sample, 1>(out, rect, level, columns, rows, smooth, curve, outside);
    else
      paintLevel<Sample, 3>(out, rect, level, columns, rows, smooth, curve, outside);
  };
  level.bits == 16 ? paint(static_cast<uint16_t*>(nullptr)) : paint(static_cast<uint8_t*>(nullptr));
}

void paintLabels(QImage& out, const QRect& wanted, const LabelMap& labels, double factor, const LabelStyles& styles,
                 const DeviceTransform& view) {
  const QRect rect = clipped(wanted, out);
  if (rect.isEmpty() || labels.empty()) return;
  const Sampler at(rect, labels.size(), view.scale * factor, view);
  // Hatching hangs on the image: it moves with it when the view scrolls.
  constexpr int kFar = 1 << 28;  // a multiple of every pattern: no negative numbers to divide
  const int left = rect.left() - int(std::lround(view.offset.x())) + kFar, top = kFar - int(std::lround(view.offset.y()));
  std::vector<uint16_t> row(size_t(rect.width()));
  int sampled = -1;
  for (int y = rect.top(); y <= rect.bottom(); ++y) {
    const int from = at.row(y);
    if (from < 0) continue;
    if (from != sampled) {
      const uint16_t* values = labels.row(from);
      for (int i = at.first; i < at.last; ++i) row[size_t(i)] = values[at.column(i)];
      sampled = from;
    }
    QRgb* to = pixels(out, y) + rect.left();
    for (int i = at.first; i < at.last;) {
      const uint16_t label = row[size_t(i)];
      int end = i + 1;
      while (end < at.last && row[size_t(end)] == label) ++end;
      const LabelStyle& style = styles.of(label);
      if (style.opacity >= 255 && !style.hatch) {
        std::fill(to + i, to + end, style.color | 0xff000000);
      } else if (style.opacity > 0 && !style.hatch) {
        blendRun(to + i, end - i, style.color, style.opacity);
      } else if (style.opacity > 0) {
        for (int k = i; k < end; ++k)
          blendRun(to + k, 1, style.color, hatched(style.hatch, (left + k) / styles.hatchSize, (top + y) / styles.hatchSize) ? style.opacity / 3 : style.opacity);
      }
      i = end;
    }
  }
}

void paintErrors(QImage& out, const QRect& wanted, const LabelMap& labels, const LabelMap& prediction, double factor,
                 const ErrorStyle& style, const DeviceTransform& view) {
  const QRect rect = clipped(wanted, out);
  if (rect.isEmpty() || labels.empty() || prediction.empty()) return;
  const Sampler l(rect, labels.size(), view.scale, view), p(rect, prediction.size(), view.scale * factor, view);
  for (int y = rect.top(); y <= rect.bottom(); ++y) {
    if (l.row(y) < 0 || p.row(y) < 0) continue;
    const uint16_t *truth = labels.row(l.row(y)), *answer = prediction.row(p.row(y));
    QRgb* to = pixels(out, y) + rect.left();
    for (int i = std::max(l.first, p.first); i < std::min(l.last, p.last); ++i) {
      const uint16_t label = truth[l.column(i)], a = answer[p.column(i)];
      const uint16_t t = label == kUnlabelled ? style.uncovered : label;
      if (t == a || t >= style.ignored.size() || style.ignored[t] || a == kUnlabelled) continue;
      blendRun(to + i, 1, qRgb(230, 30, 30), style.opacity);
    }
  }
}

void paintConfidence(QImage& out, const QRect& wanted, const Image& confidence, double factor, int opacity, const DeviceTransform& view) {
  const QRect rect = clipped(wanted, out);
  if (rect.isEmpty() || confidence.empty()) return;
  const Sampler at(rect, confidence.size(), view.scale * factor, view);
  for (int y = rect.top(); y <= rect.bottom(); ++y) {
    if (at.row(y) < 0) continue;
    const uint8_t* from = confidence.row(at.row(y));
    QRgb* to = pixels(out, y) + rect.left();
    for (int i = at.first; i < at.last; ++i)
      if (const int doubt = 255 - from[at.column(i)]; doubt > 0) blendRun(to + i, 1, qRgb(255, 214, 10), doubt * opacity / 255);
  }
}

}  // namespace intarsia
