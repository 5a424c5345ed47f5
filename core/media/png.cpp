// SPDX-License-Identifier: GPL-3.0-or-later
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>

#include "core/media/codec.h"

namespace intarsia::media {
namespace {

constexpr uint8_t kSignature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

bool matches(std::span<const uint8_t> head) {
  return head.size() >= 8 && std::equal(kSignature, kSignature + 8, head.begin());
}

uint32_t bigEndian(const uint8_t* p) {
  return uint32_t(p[0]) << 24 | uint32_t(p[1]) << 16 | uint32_t(p[2]) << 8 | p[3];
}

/// Walks the chunks before the pixels; libpng is not needed for that, and nothing is unpacked.
Expected<ImageInfo> probe(const Encoded& file) {
  const auto bytes = file.bytes;
  if (bytes.size() < 33) return unreadable(file.name, kEndsEarly);
  if (bigEndian(&bytes[8]) != 13 || std::memcmp(&bytes[12], "IHDR", 4) != 0)
    return unreadable(file.name, "its PNG header is broken");
  const uint32_t width = bigEndian(&bytes[16]), height = bigEndian(&bytes[20]);
  if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX)
    return unreadable(file.name, "its PNG header gives an impossible size");
  ImageInfo info;
  info.codec = "png";
  info.stored = {int(width), int(height)};
  info.bits = bytes[24];
  info.palette = bytes[25] == PNG_COLOR_TYPE_PALETTE;
  info.channels =
      info.palette ? 1 : 1 + (bytes[25] & PNG_COLOR_MASK_COLOR) + ((bytes[25] & PNG_COLOR_MASK_ALPHA) ? 1 : 0);
  for (size_t at = 33; at + 8 <= bytes.size();) {
    const size_t length = bigEndian(&bytes[at]);
    const uint8_t* type = &bytes[at + 4];
    if (std::memcmp(type, "IDAT", 4) == 0) return info;
    if (length > bytes.size() - at - 8) break;
    if (std::memcmp(type, "eXIf", 4) == 0) info.orientation = exifOrientation(bytes.subspan(at + 8, length));
    at += 12 + length;
  }
  return unreadable(file.name, kEndsEarly);
}

/// The state of one reading. libpng's errors jump back with longjmp: functions that call setjmp hold nothing that needs
/// a destructor.
struct Reader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::span<const uint8_t> rest;
  char reason[160] = "";

  explicit Reader(std::span<const uint8_t> bytes) : rest(bytes) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, onError, [](png_structp, png_const_charp) {});
    if (png) info = png_create_info_struct(png);
  }
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  [[noreturn]] static void onError(png_structp png, png_const_charp text) {
    auto* self = static_cast<Reader*>(png_get_error_ptr(png));
    std::strncpy(self->reason, text, sizeof self->reason - 1);
    png_longjmp(png, 1);
  }
  static void onRead(png_structp png, png_bytep out, size_t n) {
    auto* self = static_cast<Reader*>(png_get_io_ptr(png));
    if (n > self->rest.size()) png_error(png, kEndsEarly.data());
    std::memcpy(out, self->rest.data(), n);
    self->rest = self->rest.subspan(n);
  }
};

bool readHeader(Reader& reader) {
  if (!reader.info) return false;
  if (setjmp(png_jmpbuf(reader.png))) return false;
  png_set_read_fn(reader.png, &reader, Reader::onRead);
  png_set_user_limits(reader.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // the budget has been checked
  // Texts, colour profiles and times are of no use here, and compressed ones could be bombs.
  static const png_byte kSkipped[] = "iCCP\0tEXt\0zTXt\0iTXt\0tIME\0sPLT\0hIST\0gAMA\0cHRM\0sRGB\0bKGD\0pHYs\0eXIf";
  png_set_keep_unknown_chunks(reader.png, PNG_HANDLE_CHUNK_NEVER, kSkipped, int(sizeof kSkipped / 5));
  png_set_keep_unknown_chunks(reader.png, PNG_HANDLE_CHUNK_NEVER, nullptr, 0);
  png_set_check_for_invalid_index(reader.png, 0);  // masks use indices behind a short palette
  png_read_info(reader.png, reader.info);
  return true;
}

/// Rows of `pixels`, `stride` bytes apart, after the transformations that were asked for; all passes of an interlaced
/// file.
bool readRows(Reader& reader, uint8_t* pixels, size_t stride, int height) {
  if (setjmp(png_jmpbuf(reader.png))) return false;
  const int passes = png_set_interlace_handling(reader.png);
  png_read_update_info(reader.png, reader.info);
  if (png_get_rowbytes(reader.png, reader.info) != stride) png_error(reader.png, "its rows have an unexpected length");
  for (int pass = 0; pass < passes; ++pass)
    for (int y = 0; y < height; ++y) png_read_row(reader.png, pixels + stride * size_t(y), nullptr);
  return true;
}

/// Deflate makes at most 1032 bytes of one: what is left of the file must be able to hold all rows, before memory is taken for them.
bool mayHoldAll(const Reader& reader, Size size) {
  const uint64_t rows = (uint64_t(png_get_rowbytes(reader.png, reader.info)) + 1) * uint64_t(size.height);
  return rows / 1032 <= reader.rest.size() + 64;
}

std::unexpected<Error> failed(const Encoded& file, const Reader& reader) {
  return unreadable(file.name, reader.reason[0] ? reader.reason : "libpng cannot start");
}

constexpr bool kLittleEndian = std::endian::native == std::endian::little;

Expected<Image> decode(const Encoded& file, const ImageInfo& info, const DecodeOptions& options) {
  Reader reader(file.bytes);
  if (!readHeader(reader)) return failed(file, reader);
  if (!mayHoldAll(reader, info.stored)) return unreadable(file.name, kEndsEarly);
  const bool transparent = png_get_valid(reader.png, reader.info, PNG_INFO_tRNS);
  const bool wide = info.bits == 16 && options.keep16;
  png_set_expand(reader.png);  // palettes to colours, small grey samples to 8 bits, tRNS to alpha
  if (info.bits == 16 && !wide) png_set_scale_16(reader.png);
  if (wide && kLittleEndian) png_set_swap(reader.png);
  const int channels = (info.palette ? 3 : info.channels) + (transparent && info.channels % 2 ? 1 : 0);
  Image image = makeImage(info.stored, channels, wide ? 16 : 8);
  if (!readRows(reader, image.bytes.data(), image.rowBytes(), image.height)) return failed(file, reader);
  return image;
}

/// Fills values, palette and alpha from samples of `channels` × T.
template <class T>
void fillMask(RawMask& mask, const std::vector<uint8_t>& bytes, int channels) {
  const auto* in = reinterpret_cast<const T*>(bytes.data());
  const size_t pixels = size_t(mask.size.width) * size_t(mask.size.height);
  mask.values.resize(pixels);
  if (channels == 2) mask.alpha.resize(pixels);
  for (size_t i = 0; i < pixels; ++i, in += channels) {
    mask.values[i] = in[0];
    if (channels == 2) mask.alpha[i] = uint8_t(in[1] >> (8 * (sizeof(T) - 1)));
  }
}

void addTransparency(RawMask& mask, Reader& reader) {
  png_bytep alphas = nullptr;
  png_color_16p key = nullptr;
  int n = 0;
  if (!png_get_tRNS(reader.png, reader.info, &alphas, &n, &key)) return;
  mask.alpha.assign(mask.values.size(), 255);
  for (size_t i = 0; i < mask.values.size(); ++i) {
    if (mask.kind == RawMask::Kind::indexed && mask.values[i] < n) mask.alpha[i] = alphas[mask.values[i]];
    if (mask.kind == RawMask::Kind::grey && mask.values[i] == key->gray) mask.alpha[i] = 0;
  }
}

Expected<RawMask> decodeMask(const Encoded& file, const ImageInfo& info) {
  if (info.channels >= 3) {
    auto image = decode(file, info, {});
    if (!image) return std::unexpected(std::move(image.error()));
    return colorMask(std::move(*image));
  }
  Reader reader(file.bytes);
  if (!readHeader(reader)) return failed(file, reader);
  if (!mayHoldAll(reader, info.stored)) return unreadable(file.name, kEndsEarly);
  png_set_packing(reader.png);  // one sample per byte, not scaled
  if (info.bits == 16 && kLittleEndian) png_set_swap(reader.png);
  Image image = makeImage(info.stored, info.channels, info.bits == 16 ? 16 : 8);
  if (!readRows(reader, image.bytes.data(), image.rowBytes(), image.height)) return failed(file, reader);
  RawMask mask;
  mask.kind = info.palette ? RawMask::Kind::indexed : RawMask::Kind::grey;
  mask.size = info.stored;
  mask.bits = info.bits;
  if (info.bits == 16)
    fillMask<uint16_t>(mask, image.bytes, image.channels);
  else
    fillMask<uint8_t>(mask, image.bytes, image.channels);
  png_colorp palette = nullptr;
  int colors = 0;
  if (info.palette && png_get_PLTE(reader.png, reader.info, &palette, &colors))
    for (int i = 0; i < colors; ++i) mask.palette.push_back({palette[i].red, palette[i].green, palette[i].blue});
  if (image.channels == 1) addTransparency(mask, reader);
  return mask;
}

}  // namespace

const Codec kPng{"png", matches, probe, decode, decodeMask};

}  // namespace intarsia::media
