// SPDX-License-Identifier: GPL-3.0-or-later
// Windows bitmaps: all headers from 12 to 124 bytes, 1 … 32 bits, RLE4, RLE8 and bit fields (Microsoft, "Bitmap
// Storage").
#include <algorithm>
#include <bit>
#include <cstdlib>

#include "core/media/codec.h"

namespace intarsia::media {
namespace {

bool matches(std::span<const uint8_t> head) { return head.size() >= 2 && head[0] == 'B' && head[1] == 'M'; }

enum Compression : uint32_t { kPlain = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3, kAlphaBitFields = 6 };

struct Header {
  Size size;
  bool topDown = false;
  int bits = 0;
  uint32_t compression = kPlain;
  size_t data = 0;
  uint32_t masks[4] = {};  // red, green, blue, alpha
  std::vector<Color> palette;
  size_t stride() const { return (size_t(size.width) * size_t(bits) + 31) / 32 * 4; }
  bool indexed() const { return bits <= 8; }
};

uint32_t little(std::span<const uint8_t> bytes, size_t at, int n) {
  uint32_t value = 0;
  for (int i = 0; i < n; ++i) value |= uint32_t(bytes[at + size_t(i)]) << (8 * i);
  return value;
}

void readPalette(Header& header, std::span<const uint8_t> bytes, size_t at, size_t entryBytes, size_t used) {
  size_t n = size_t(1) << header.bits;
  if (used > 0) n = std::min(n, used);
  for (size_t i = 0; i < n && at + 3 <= bytes.size(); ++i, at += entryBytes)
    header.palette.push_back({bytes[at + 2], bytes[at + 1], bytes[at]});
}

Expected<Header> readHeader(const Encoded& file) {
  const auto bytes = file.bytes;
  if (bytes.size() < 26) return unreadable(file.name, kEndsEarly);
  const uint32_t headerBytes = little(bytes, 14, 4);
  if (headerBytes != 12 && (headerBytes < 40 || headerBytes > 124))
    return unreadable(file.name, "its BMP header is of an unknown kind", ErrorCode::unsupported);
  if (bytes.size() < 14 + headerBytes) return unreadable(file.name, kEndsEarly);
  Header header;
  header.data = little(bytes, 10, 4);
  if (headerBytes == 12) {
    header.size = {int(little(bytes, 18, 2)), int(little(bytes, 20, 2))};
    header.bits = int(little(bytes, 24, 2));
  } else {
    const auto width = int32_t(little(bytes, 18, 4)), height = int32_t(little(bytes, 22, 4));
    if (height == INT32_MIN) return unreadable(file.name, "its BMP header gives an impossible size");
    header.size = {width, std::abs(height)};
    header.topDown = height < 0;
    header.bits = int(little(bytes, 28, 2));
    header.compression = little(bytes, 30, 4);
  }
  if (header.size.empty()) return unreadable(file.name, "its BMP header gives an impossible size");
  const int bits = header.bits;
  const bool fields = header.compression == kBitFields || header.compression == kAlphaBitFields;
  const bool known =
      header.compression == kPlain ? bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32
      : fields                     ? bits == 16 || bits == 32
               : bits == (header.compression == kRle8 ? 8 : 4) && header.compression <= kRle4 && !header.topDown;
  if (!known) return unreadable(file.name, "BMP of this depth and compression is not read", ErrorCode::unsupported);
  size_t behind = 14 + headerBytes;
  if (bits == 16) std::ranges::copy(std::initializer_list<uint32_t>{0x7C00, 0x3E0, 0x1F}, header.masks);
  if (bits == 32) std::ranges::copy(std::initializer_list<uint32_t>{0xFF0000, 0xFF00, 0xFF}, header.masks);
  if (fields) {
    const int n = header.compression == kAlphaBitFields || headerBytes >= 56 ? 4 : 3;
    if (bytes.size() < 54 + size_t(n) * 4) return unreadable(file.name, kEndsEarly);
    for (int i = 0; i < n; ++i) header.masks[i] = little(bytes, 54 + size_t(i) * 4, 4);
    if (headerBytes == 40) behind += size_t(n) * 4;
  }
  if (header.indexed())
    readPalette(header, bytes, behind, headerBytes == 12 ? 3 : 4, headerBytes == 12 ? 0 : little(bytes, 46, 4));
  return header;
}

Expected<ImageInfo> probe(const Encoded& file) {
  const auto header = readHeader(file);
  if (!header) return std::unexpected(header.error());
  ImageInfo info;
  info.codec = "bmp";
  info.stored = header->size;
  info.palette = header->indexed();
  info.bits = header->indexed() ? header->bits : 8;
  info.channels = header->indexed() ? 1 : header->masks[3] ? 4 : 3;
  return info;
}

Expected<std::span<const uint8_t>> pixelData(const Encoded& file, const Header& header) {
  if (header.data > file.bytes.size()) return unreadable(file.name, kEndsEarly);
  const auto data = file.bytes.subspan(header.data);
  const bool packed = header.compression == kRle4 || header.compression == kRle8;
  if (!packed && data.size() < header.stride() * size_t(header.size.height)) return unreadable(file.name, kEndsEarly);
  return data;
}

/// Run lengths: pixels that the deltas skip stay 0. False when the data ends before the end mark.
/// Without `out` it is only looked whether it does.
bool readRuns(std::span<const uint8_t> in, const Header& header, std::vector<uint16_t>* out) {
  const int width = header.size.width, height = header.size.height;
  const bool nibbles = header.compression == kRle4;
  int x = 0, y = height - 1;
  const auto put = [&](int value) {
    if (out && x < width && y >= 0) (*out)[size_t(y) * size_t(width) + size_t(x)] = uint16_t(value);
    ++x;
  };
  const auto part = [&](uint8_t byte, int i) { return !nibbles ? byte : i % 2 ? byte & 15 : byte >> 4; };
  for (size_t at = 0; at + 2 <= in.size();) {
    const int count = in[at], code = in[at + 1];
    at += 2;
    if (count > 0) {
      for (int i = 0; i < count; ++i) put(part(uint8_t(code), i));
    } else if (code == 0) {
      x = 0;
      --y;
    } else if (code == 1) {
      return true;
    } else if (code == 2) {
      if (at + 2 > in.size()) return false;
      x = std::min(x + in[at], width);
      y -= in[at + 1];
      at += 2;
    } else {
      const size_t bytes = nibbles ? size_t(code + 1) / 2 : size_t(code);
      if (at + bytes > in.size()) return false;
      for (int i = 0; i < code; ++i) put(part(in[at + size_t(nibbles ? i / 2 : i)], i));
      at += bytes + bytes % 2;
    }
    if (y < 0) return true;  // some writers leave out the end mark
  }
  return false;
}

Expected<std::vector<uint16_t>> indices(const Encoded& file, const Header& header) {
  const auto data = pixelData(file, header);
  if (!data) return std::unexpected(data.error());
  const size_t width = size_t(header.size.width), height = size_t(header.size.height);
  if (header.compression != kPlain && !readRuns(*data, header, nullptr)) return unreadable(file.name, kEndsEarly);  // before memory is taken
  std::vector<uint16_t> out(width * height);
  if (header.compression != kPlain) {
    readRuns(*data, header, &out);
    return out;
  }
  const size_t perByte = size_t(8 / header.bits);
  for (size_t y = 0; y < height; ++y) {
    const uint8_t* row = data->data() + header.stride() * (header.topDown ? y : height - 1 - y);
    for (size_t x = 0; x < width; ++x)
      out[y * width + x] =
          uint16_t(row[x / perByte] >> (8 - header.bits - header.bits * int(x % perByte)) & ((1 << header.bits) - 1));
  }
  return out;
}

uint8_t fieldOf(uint32_t pixel, uint32_t mask) {
  if (mask == 0) return 0;
  const uint64_t most = mask >> std::countr_zero(mask), value = (pixel & mask) >> std::countr_zero(mask);
  return uint8_t((value * 255 + most / 2) / most);
}

Expected<Image> decode(const Encoded& file, const ImageInfo& info, const DecodeOptions&) {
  const auto header = readHeader(file);
  if (!header) return std::unexpected(header.error());
  const auto data = pixelData(file, *header);  // before memory is spent on what is not there
  if (!data) return std::unexpected(data.error());
  if (header->indexed()) {
    const auto values = indices(file, *header);
    if (!values) return std::unexpected(values.error());
    Image image = makeImage(info.stored, 3, 8);
    for (size_t i = 0; i < values->size(); ++i) {
      const Color c = (*values)[i] < header->palette.size() ? header->palette[(*values)[i]] : Color{};
      image.bytes[3 * i] = c.r;
      image.bytes[3 * i + 1] = c.g;
      image.bytes[3 * i + 2] = c.b;
    }
    return image;
  }
  Image image = makeImage(info.stored, info.channels, 8);
  const size_t bytes = size_t(header->bits / 8);
  for (int y = 0; y < image.height; ++y) {
    const uint8_t* in = data->data() + header->stride() * size_t(header->topDown ? y : image.height - 1 - y);
    uint8_t* out = image.row(y);
    for (int x = 0; x < image.width; ++x, in += bytes, out += image.channels) {
      if (bytes == 3) {
        out[0] = in[2];
        out[1] = in[1];
        out[2] = in[0];
        continue;
      }
      const uint32_t pixel = little({in, bytes}, 0, int(bytes));
      for (int c = 0; c < image.channels; ++c) out[c] = fieldOf(pixel, header->masks[c]);
    }
  }
  return image;
}

Expected<RawMask> decodeMask(const Encoded& file, const ImageInfo& info) {
  const auto header = readHeader(file);
  if (!header) return std::unexpected(header.error());
  if (!header->indexed()) {
    auto image = decode(file, info, {});
    if (!image) return std::unexpected(std::move(image.error()));
    return colorMask(std::move(*image));
  }
  auto values = indices(file, *header);
  if (!values) return std::unexpected(std::move(values.error()));
  RawMask mask;
  mask.kind = RawMask::Kind::indexed;
  mask.size = info.stored;
  mask.bits = info.bits;
  mask.palette = header->palette;
  mask.values = std::move(*values);
  return mask;
}

}  // namespace

const Codec kBmp{"bmp", matches, probe, decode, decodeMask};

}  // namespace intarsia::media
