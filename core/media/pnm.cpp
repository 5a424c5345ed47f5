// SPDX-License-Identifier: GPL-3.0-or-later
// Netpbm's formats (P1 … P6: bitmaps, grey maps, pixmaps; text or binary), netpbm.sourceforge.net/doc/pnm.html.
#include <algorithm>
#include <optional>

#include "core/media/codec.h"

namespace intarsia::media {
namespace {

bool matches(std::span<const uint8_t> head) {
  return head.size() >= 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '6' &&
         (head[2] == ' ' || head[2] == '\t' || head[2] == '\n' || head[2] == '\r' || head[2] == '#');
}

bool blank(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Reads the header's and the text formats' numbers.
struct Scanner {
  std::span<const uint8_t> bytes;
  size_t at = 2;

  void skipBlanks() {
    while (at < bytes.size() && (blank(bytes[at]) || bytes[at] == '#')) {
      if (bytes[at] == '#')
        while (at < bytes.size() && bytes[at] != '\n') ++at;
      else
        ++at;
    }
  }
  std::optional<int> number() {
    skipBlanks();
    int64_t value = 0;
    const size_t first = at;
    for (; at < bytes.size() && bytes[at] >= '0' && bytes[at] <= '9'; ++at)
      value = std::min<int64_t>(value * 10 + bytes[at] - '0', INT32_MAX);
    if (at == first) return std::nullopt;
    return int(value);
  }
  std::optional<int> bit() {  // P1 needs no blanks between its digits
    skipBlanks();
    if (at >= bytes.size() || (bytes[at] != '0' && bytes[at] != '1')) return std::nullopt;
    return bytes[at++] - '0';
  }
};

struct Header {
  int kind = 0;  // 1 … 6
  Size size;
  int most = 1;
  size_t data = 0;  // where the pixels begin
  bool bitmap() const { return kind == 1 || kind == 4; }
  int channels() const { return kind == 3 || kind == 6 ? 3 : 1; }
};

Expected<Header> readHeader(const Encoded& file) {
  Header header;
  header.kind = file.bytes[1] - '0';
  Scanner scan{file.bytes};
  const auto width = scan.number(), height = scan.number();
  const auto most = header.bitmap() ? std::optional(1) : scan.number();
  if (!width || !height || !most)
    return unreadable(file.name, scan.at >= file.bytes.size() ? kEndsEarly : "its PNM header is broken");
  if (*width == INT32_MAX || *height == INT32_MAX || *most < 1 || *most > 65535)
    return unreadable(file.name, "its PNM header is broken");
  header.size = {*width, *height};
  header.most = *most;
  header.data = scan.at + 1;  // one blank ends the header
  return header;
}

Expected<ImageInfo> probe(const Encoded& file) {
  const auto header = readHeader(file);
  if (!header) return std::unexpected(header.error());
  ImageInfo info;
  info.codec = "pnm";
  info.stored = header->size;
  info.channels = header->channels();
  info.bits = header->bitmap() ? 1 : header->most > 255 ? 16 : 8;
  return info;
}

/// Samples as stored, one per uint16; a bitmap's 1 is black.
Expected<std::vector<uint16_t>> samples(const Encoded& file, const Header& header) {
  const size_t width = size_t(header.size.width), height = size_t(header.size.height);
  const size_t count = width * height * size_t(header.channels());
  const size_t left = file.bytes.size() - std::min(header.data, file.bytes.size());
  const size_t wide = header.most > 255 ? 2 : 1;
  const size_t needed = header.kind == 4   ? (width + 7) / 8 * height
                        : header.kind > 4  ? count * wide
                        : header.kind == 1 ? count
                                           : count * 2 - 1;
  if (left < needed) return unreadable(file.name, kEndsEarly);  // also keeps a header of nothing from asking for memory
  std::vector<uint16_t> out(count);
  const uint8_t* in = file.bytes.data() + header.data;
  if (header.kind == 4) {
    for (size_t y = 0; y < height; ++y)
      for (size_t x = 0; x < width; ++x) out[y * width + x] = in[y * ((width + 7) / 8) + x / 8] >> (7 - x % 8) & 1;
  } else if (header.kind > 4) {
    for (size_t i = 0; i < count; ++i) out[i] = wide == 2 ? uint16_t(in[2 * i] << 8 | in[2 * i + 1]) : in[i];
  } else {
    Scanner scan{file.bytes, header.data};
    for (auto& sample : out) {
      const auto value = header.kind == 1 ? scan.bit() : scan.number();
      if (!value)
        return unreadable(file.name, scan.at >= file.bytes.size() ? kEndsEarly : "it has something other than numbers");
      sample = uint16_t(std::min(*value, 65535));
    }
  }
  if (std::ranges::any_of(out, [&](uint16_t v) { return v > header.most; }))
    return unreadable(file.name, "a sample is larger than its header says");
  return out;
}

Expected<Image> decode(const Encoded& file, const ImageInfo& info, const DecodeOptions&) {
  const auto header = readHeader(file);
  if (!header) return std::unexpected(header.error());
  const auto in = samples(file, *header);
  if (!in) return std::unexpected(in.error());
  Image image = makeImage(info.stored, info.channels, info.bits == 16 ? 16 : 8);
  const uint32_t most = uint32_t(header->most), full = image.bits == 16 ? 65535 : 255;
  const auto scaled = [&](uint16_t v) { return header->bitmap() ? full * (1 - v) : (v * full + most / 2) / most; };
  auto* wide = reinterpret_cast<uint16_t*>(image.bytes.data());
  for (size_t i = 0; i < in->size(); ++i) {
    if (image.bits == 16)
      wide[i] = uint16_t(scaled((*in)[i]));
    else
      image.bytes[i] = uint8_t(scaled((*in)[i]));
  }
  return image;
}

Expected<RawMask> decodeMask(const Encoded& file, const ImageInfo& info) {
  const auto header = readHeader(file);
  if (!header) return std::unexpected(header.error());
  if (header->channels() == 3) {
    auto image = decode(file, info, {});
    if (!image) return std::unexpected(std::move(image.error()));
    narrow(*image);
    return colorMask(std::move(*image));
  }
  auto in = samples(file, *header);
  if (!in) return std::unexpected(std::move(in.error()));
  RawMask mask;
  mask.size = info.stored;
  mask.bits = info.bits;
  mask.values = std::move(*in);
  return mask;
}

}  // namespace

const Codec kPnm{"pnm", matches, probe, decode, decodeMask};

}  // namespace intarsia::media
