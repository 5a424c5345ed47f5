// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/resize.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace intarsia {
namespace {

/// Which source samples make one target sample, and how much each weighs (sum 1).
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

/// Of the target samples first…first+count.
std::vector<Taps> makeTaps(int from, int to, int first, int count) {
  std::vector<Taps> all(static_cast<size_t>(count));
  const double scale = double(from) / to;
  for (int i = first; i < first + count; ++i) {
    Taps& taps = all[size_t(i - first)];
    if (to < from) {  // the target pixel covers [low, high) of the source
      const double low = i * scale, high = std::min((i + 1) * scale, double(from));
      taps.first = int(low);
      for (int s = taps.first; s < from && s < high; ++s)
        taps.weights.push_back(float((std::min(s + 1.0, high) - std::max(double(s), low)) / (high - low)));
    } else {
      const double at = std::clamp((i + 0.5) * scale - 0.5, 0.0, double(from - 1));
      taps.first = std::min(int(at), std::max(from - 2, 0));
      const float part = float(at - taps.first);
      taps.weights = from > 1 ? std::vector<float>{1 - part, part} : std::vector<float>{1};
    }
  }
  return all;
}

template <class T>
void resizeRow(const T* in, int channels, const std::vector<Taps>& columns, float* out) {
  for (const Taps& taps : columns)
    for (int c = 0; c < channels; ++c) {
      float sum = 0;
      const T* sample = in + size_t(taps.first) * size_t(channels) + size_t(c);
      for (const float weight : taps.weights) {
        sum += weight * float(*sample);
        sample += channels;
      }
      *out++ = sum;
    }
}

/// Rows of the source are resized as they come; target rows are their weighted sums.
template <class T>
void resizeInto(const Image& in, Size size, const Rect& part, Image& out) {
  const auto columns = makeTaps(in.width, size.width, part.x, part.width), rows = makeTaps(in.height, size.height, part.y, part.height);
  const size_t samples = size_t(out.width) * size_t(out.channels);
  std::vector<float> sum(samples), cached[2] = {std::vector<float>(samples), std::vector<float>(samples)};
  int cachedRow[2] = {-1, -1};  // two rows are enough to go down a bilinear or a box filter without work done twice
  const auto row = [&](int y) -> const std::vector<float>& {
    const int slot = y & 1;
    if (cachedRow[slot] != y) {
      resizeRow(reinterpret_cast<const T*>(in.row(y)), in.channels, columns, cached[slot].data());
      cachedRow[slot] = y;
    }
    return cached[slot];
  };
  for (int y = 0; y < out.height; ++y) {
    const Taps& taps = rows[size_t(y)];
    std::fill(sum.begin(), sum.end(), 0.f);
    for (size_t k = 0; k < taps.weights.size(); ++k) {
      const float weight = taps.weights[k];
      if (weight == 0) continue;
      const auto& source = row(taps.first + int(k));
      for (size_t i = 0; i < samples; ++i) sum[i] += weight * source[i];
    }
    T* target = reinterpret_cast<T*>(out.row(y));
    for (size_t i = 0; i < samples; ++i) target[i] = T(std::min(sum[i] + 0.5f, float(T(~T(0)))));
  }
}

}  // namespace

Image resized(const Image& image, Size size) {
  if (image.size() == size) return image;
  return resizedPart(image, size, {0, 0, size.width, size.height});
}

Image resizedPart(const Image& image, Size size, const Rect& part) {
  if (image.empty() || size.empty() || part.empty()) return {};
  Image out{part.width, part.height, image.channels, image.bits, {}};
  out.bytes.resize(out.rowBytes() * size_t(part.height));
  if (image.size() == size)
    for (int y = 0; y < part.height; ++y)
      std::copy_n(image.row(part.y + y) + size_t(part.x) * (image.rowBytes() / size_t(image.width)), out.rowBytes(), out.row(y));
  else if (image.bits == 16)
    resizeInto<uint16_t>(image, size, part, out);
  else
    resizeInto<uint8_t>(image, size, part, out);
  return out;
}

LabelMap resizedNearest(const LabelMap& map, Size size) {
  if (map.empty() || size.empty()) return {};
  if (map.size() == size) return map;
  LabelMap out(size.width, size.height);
  std::vector<int> columns(static_cast<size_t>(size.width));
  const auto source = [](int i, int from, int to) { return int((2 * int64_t(i) + 1) * from / (2 * int64_t(to))); };
  for (int x = 0; x < size.width; ++x) columns[size_t(x)] = source(x, map.width(), size.width);
  for (int y = 0; y < size.height; ++y) {
    const uint16_t* in = map.row(source(y, map.height(), size.height));
    uint16_t* target = out.row(y);
    for (int x = 0; x < size.width; ++x) target[x] = in[columns[size_t(x)]];
  }
  return out;
}

Size fitted(Size size, int side) {
  const int longer = std::max(size.width, size.height);
  if (side <= 0 || longer <= side) return size;
  const auto scaled = [&](int v) { return std::max(1, int(std::lround(double(v) * side / longer))); };
  return {scaled(size.width), scaled(size.height)};
}

Image toRgb8(Image image) {
  if (image.channels == 3 && image.bits == 8) return image;
  Image out{image.width, image.height, 3, 8, {}};
  const size_t pixels = size_t(image.width) * size_t(image.height);
  out.bytes.resize(pixels * 3);
  const auto* wide = reinterpret_cast<const uint16_t*>(image.bytes.data());
  const auto value = [&](size_t at) { return image.bits == 16 ? uint8_t(wide[at] >> 8) : image.bytes[at]; };
  const size_t n = size_t(image.channels), step = n >= 3 ? 1 : 0;
  for (size_t p = 0; p < pixels; ++p)
    for (size_t c = 0; c < 3; ++c) out.bytes[p * 3 + c] = value(p * n + c * step);
  return out;
}

}  // namespace intarsia
