// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstring>

#include "core/media/codec.h"

namespace intarsia::media {
namespace {

template <class T>
void compose(Image& image) {
  constexpr uint32_t kFull = T(~T(0));
  const int colors = image.channels - 1;
  const size_t pixels = size_t(image.width) * size_t(image.height);
  const T* in = reinterpret_cast<const T*>(image.bytes.data());
  T* out = reinterpret_cast<T*>(image.bytes.data());
  for (size_t i = 0; i < pixels; ++i, in += colors + 1) {
    const uint64_t alpha = in[colors];
    for (int c = 0; c < colors; ++c) *out++ = T((in[c] * alpha + kFull * (kFull - alpha) + kFull / 2) / kFull);
  }
  image.channels = colors;
  image.bytes.resize(image.rowBytes() * size_t(image.height));
}

/// Copies pixels of N bytes in blocks, so that a transposition stays within the cache.
template <size_t N, class Place>
void transform(const Image& in, Image& out, Place place) {
  constexpr int kBlock = 32;
  for (int top = 0; top < in.height; top += kBlock)
    for (int left = 0; left < in.width; left += kBlock)
      for (int y = top; y < std::min(top + kBlock, in.height); ++y)
        for (int x = left; x < std::min(left + kBlock, in.width); ++x) {
          const auto [toX, toY] = place(x, y);
          std::memcpy(out.row(toY) + size_t(toX) * N, in.row(y) + size_t(x) * N, N);
        }
}

}  // namespace

std::unexpected<Error> unreadable(const std::string& name, std::string_view reason, ErrorCode code) {
  return fail(code, INTARSIA_TEXT("Cannot read {file}: {reason}"), {{"file", name}, {"reason", std::string(reason)}});
}

Image makeImage(Size size, int channels, int bits) {
  Image image{size.width, size.height, channels, bits, {}};
  image.bytes.resize(image.rowBytes() * size_t(size.height));
  return image;
}

void composeOnWhite(Image& image) {
  if (image.channels != 2 && image.channels != 4) return;
  if (image.bits == 16)
    compose<uint16_t>(image);
  else
    compose<uint8_t>(image);
}

void narrow(Image& image) {
  if (image.bits != 16) return;
  const size_t samples = image.bytes.size() / 2;
  const auto* in = reinterpret_cast<const uint16_t*>(image.bytes.data());
  for (size_t i = 0; i < samples; ++i) image.bytes[i] = uint8_t((in[i] * 255u + 32895u) >> 16);  // = round(v / 257)
  image.bits = 8;
  image.bytes.resize(samples);
}

Image oriented(Image image, int orientation) {
  if (orientation < 2 || orientation > 8 || image.empty()) return image;
  const int w = image.width, h = image.height;
  Image out = makeImage(orientation >= 5 ? Size{h, w} : Size{w, h}, image.channels, image.bits);
  const auto place = [=](int x, int y) -> std::pair<int, int> {
    switch (orientation) {
      case 2:
        return {w - 1 - x, y};
      case 3:
        return {w - 1 - x, h - 1 - y};
      case 4:
        return {x, h - 1 - y};
      case 5:
        return {y, x};
      case 6:
        return {h - 1 - y, x};
      case 7:
        return {h - 1 - y, w - 1 - x};
      default:
        return {y, w - 1 - x};
    }
  };
  switch (image.channels * image.bits / 8) {
    case 1:
      transform<1>(image, out, place);
      break;
    case 2:
      transform<2>(image, out, place);
      break;
    case 3:
      transform<3>(image, out, place);
      break;
    case 4:
      transform<4>(image, out, place);
      break;
    case 6:
      transform<6>(image, out, place);
      break;
    default:
      transform<8>(image, out, place);
      break;
  }
  return out;
}

RawMask colorMask(Image image) {
  RawMask mask;
  mask.kind = RawMask::Kind::color;
  mask.size = image.size();
  mask.bits = 8;
  if (image.channels == 3) {
    mask.rgb = std::move(image.bytes);
    return mask;
  }
  const size_t pixels = size_t(image.width) * size_t(image.height);
  mask.alpha.resize(pixels);
  for (size_t i = 0; i < pixels; ++i) {
    mask.alpha[i] = image.bytes[4 * i + 3];
    for (size_t c = 0; c < 3; ++c) image.bytes[3 * i + c] = image.bytes[4 * i + c];
  }
  image.bytes.resize(pixels * 3);
  mask.rgb = std::move(image.bytes);
  return mask;
}

}  // namespace intarsia::media
