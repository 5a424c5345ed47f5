// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/rle.h"

#include <algorithm>
#include <limits>

namespace intarsia {

std::string rleToText(std::span<const uint32_t> counts) {
  std::string text;
  text.reserve(counts.size() * 2);
  for (size_t i = 0; i < counts.size(); ++i) {
    int64_t value = counts[i];
    if (i > 2) value -= counts[i - 2];
    for (bool more = true; more;) {
      int bits = int(value & 0x1f);
      value >>= 5;
      more = (bits & 0x10) ? value != -1 : value != 0;
      if (more) bits |= 0x20;
      text.push_back(char(bits + 48));
    }
  }
  return text;
}

Expected<std::vector<uint32_t>> rleFromText(std::string_view text) {
  std::vector<uint32_t> counts;
  for (size_t at = 0; at < text.size();) {
    int64_t value = 0;
    for (int shift = 0;; shift += 5) {
      if (at == text.size()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The compressed RLE ends within a number"));
      const int bits = int(static_cast<unsigned char>(text[at++])) - 48;
      if (bits < 0 || bits > 63)
        return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The compressed RLE has a wrong character at position {position}"),
                    {{"position", std::to_string(at - 1)}});
      if (shift > 35) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The compressed RLE has a number that is too large"));
      value |= int64_t(bits & 0x1f) << shift;
      if (bits & 0x20) continue;
      if (bits & 0x10) value -= int64_t(1) << (shift + 5);
      break;
    }
    if (counts.size() > 2) value += counts[counts.size() - 2];
    if (value < 0 || value > std::numeric_limits<uint32_t>::max())
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The compressed RLE has a run of {length} pixels"), {{"length", std::to_string(value)}});
    counts.push_back(uint32_t(value));
  }
  return counts;
}

Expected<> checkRle(const Rle& rle) {
  if (rle.size.width < 0 || rle.size.height < 0)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The RLE's size is negative"));
  const int64_t pixels = int64_t(rle.size.width) * rle.size.height;
  int64_t sum = 0;
  for (const uint32_t count : rle.counts) sum += count;  // 2^32 runs of 2^32 would be needed to overflow
  if (sum != pixels)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The RLE has {runs} pixels, its size {width} × {height} has {pixels}"),
                {{"runs", std::to_string(sum)}, {"width", std::to_string(rle.size.width)}, {"height", std::to_string(rle.size.height)}, {"pixels", std::to_string(pixels)}});
  return {};
}

int64_t rleArea(const Rle& rle) {
  int64_t area = 0;
  for (size_t i = 1; i < rle.counts.size(); i += 2) area += rle.counts[i];
  return area;
}

Rect rleBounds(const Rle& rle) {
  const int64_t height = rle.size.height;
  if (height <= 0) return {};
  int64_t left = rle.size.width, right = 0, top = height, bottom = 0, at = 0;
  for (size_t i = 0; i < rle.counts.size(); at += rle.counts[i++]) {
    if (i % 2 == 0 || rle.counts[i] == 0) continue;
    const int64_t last = at + rle.counts[i] - 1;
    left = std::min(left, at / height);
    right = std::max(right, last / height + 1);
    const bool oneColumn = at / height == last / height;
    top = std::min(top, oneColumn ? at % height : 0);
    bottom = std::max(bottom, oneColumn ? last % height + 1 : height);
  }
  return right > left ? Rect{int(left), int(top), int(right - left), int(bottom - top)} : Rect{};
}

Expected<std::vector<uint8_t>> decodeRle(const Rle& rle, const Rect& rect) {
  INTARSIA_CHECK(checkRle(rle));
  if (rect.empty()) return std::vector<uint8_t>();
  if (rect.intersected({0, 0, rle.size.width, rle.size.height}) != rect)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The rectangle lies outside the RLE"));
  std::vector<uint8_t> mask(size_t(rect.width) * size_t(rect.height), 0);
  const int64_t height = rle.size.height;
  int64_t at = 0;
  for (size_t i = 0; i < rle.counts.size(); at += rle.counts[i++]) {
    if (i % 2 == 0) continue;
    const int64_t end = at + rle.counts[i];
    for (int64_t x = std::max<int64_t>(at / height, rect.x); x < rect.right() && x * height < end; ++x) {
      const int64_t from = std::max(std::max(at, x * height) - x * height, int64_t(rect.y));
      const int64_t to = std::min(std::min(end, (x + 1) * height) - x * height, int64_t(rect.bottom()));
      uint8_t* pixel = mask.data() + (from - rect.y) * rect.width + (x - rect.x);
      for (int64_t y = from; y < to; ++y, pixel += rect.width) *pixel = 1;
    }
  }
  return mask;
}

Rle encodeRle(std::span<const uint8_t> mask, Size size) {
  Rle rle{size, {}};
  if (size.empty()) return rle;
  uint32_t run = 0;
  bool set = false;
  for (int x = 0; x < size.width; ++x)
    for (int y = 0; y < size.height; ++y) {
      const bool value = mask[size_t(y) * size_t(size.width) + size_t(x)] != 0;
      if (value != set) {
        rle.counts.push_back(run);
        run = 0;
        set = value;
      }
      ++run;
    }
  rle.counts.push_back(run);
  return rle;
}

Rle rleOfPolygon(const Polygon& polygon, Size size, RasterRule rule) {
  if (size.empty()) return {size, {}};
  std::vector<uint8_t> mask(size_t(size.width) * size_t(size.height), 0);
  for (const Span& span : spans(polygon, {0, 0, size.width, size.height}, rule))
    std::fill_n(mask.begin() + int64_t(span.y) * size.width + span.begin, span.end - span.begin, uint8_t(1));
  return encodeRle(mask, size);
}

}  // namespace intarsia
