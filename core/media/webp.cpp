// SPDX-License-Identifier: GPL-3.0-or-later
#include <webp/decode.h>

#include <algorithm>
#include <cstring>

#include "core/base/resize.h"
#include "core/media/codec.h"

namespace intarsia::media {
namespace {

bool matches(std::span<const uint8_t> head) {
  return head.size() >= 12 && std::memcmp(head.data(), "RIFF", 4) == 0 && std::memcmp(&head[8], "WEBP", 4) == 0;
}

/// The EXIF chunk lies behind the pixels.
int orientationOf(std::span<const uint8_t> bytes) {
  for (size_t at = 12; at + 8 <= bytes.size();) {
    const size_t length =
        bytes[at + 4] | size_t(bytes[at + 5]) << 8 | size_t(bytes[at + 6]) << 16 | size_t(bytes[at + 7]) << 24;
    if (std::memcmp(&bytes[at], "EXIF", 4) == 0)
      return exifOrientation(bytes.subspan(at + 8, std::min(length, bytes.size() - at - 8)));
    at += 8 + length + length % 2;
  }
  return 1;
}

Expected<ImageInfo> probe(const Encoded& file) {
  WebPBitstreamFeatures features;
  const auto status = WebPGetFeatures(file.bytes.data(), file.bytes.size(), &features);
  if (status == VP8_STATUS_NOT_ENOUGH_DATA) return unreadable(file.name, kEndsEarly);
  if (status != VP8_STATUS_OK) return unreadable(file.name, "its WebP header is broken");
  if (features.has_animation) return unreadable(file.name, "animated WebP is not read", ErrorCode::unsupported);
  const size_t whole =
      8 + (file.bytes[4] | size_t(file.bytes[5]) << 8 | size_t(file.bytes[6]) << 16 | size_t(file.bytes[7]) << 24);
  if (whole > (file.fd < 0 ? file.bytes.size() : file.fileBytes))
    return unreadable(file.name, kEndsEarly);
  ImageInfo info;
  info.codec = "webp";
  info.stored = {features.width, features.height};
  info.channels = features.has_alpha ? 4 : 3;
  info.orientation = orientationOf(file.bytes);
  return info;
}

Expected<Image> decode(const Encoded& file, const ImageInfo& info, const DecodeOptions& options) {
  // A blank picture takes a few bytes whatever its size; more than a megapixel a byte is a header's lie, and costs a gigabyte.
  if (uint64_t(info.stored.width) * uint64_t(info.stored.height) >> 20 > file.bytes.size()) return unreadable(file.name, kEndsEarly);
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return unreadable(file.name, "libwebp cannot start");
  Size size = info.stored;
  if (options.maxSide > 0 && fitted(size, options.maxSide) != size) {
    size = fitted(size, options.maxSide);
    config.options.use_scaling = 1;
    config.options.scaled_width = size.width;
    config.options.scaled_height = size.height;
  }
  Image image = makeImage(size, info.channels, 8);
  config.output.colorspace = info.channels == 4 ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {image.bytes.data(), int(image.rowBytes()), image.bytes.size()};
  switch (WebPDecode(file.bytes.data(), file.bytes.size(), &config)) {
    case VP8_STATUS_OK:
      return image;
    case VP8_STATUS_NOT_ENOUGH_DATA:
      return unreadable(file.name, kEndsEarly);
    case VP8_STATUS_OUT_OF_MEMORY:
      return unreadable(file.name, "there is not enough memory", ErrorCode::tooLarge);
    default:
      return unreadable(file.name, "its data is damaged");
  }
}

Expected<RawMask> decodeMask(const Encoded& file, const ImageInfo& info) {
  auto image = decode(file, info, {});
  if (!image) return std::unexpected(std::move(image.error()));
  return colorMask(std::move(*image));
}

}  // namespace

const Codec kWebp{"webp", matches, probe, decode, decodeMask};

}  // namespace intarsia::media
