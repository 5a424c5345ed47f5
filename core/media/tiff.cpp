// SPDX-License-Identifier: GPL-3.0-or-later
#include <tiffio.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>

#include "core/base/text.h"
#include "core/media/codec.h"

namespace intarsia::media {
namespace {

constexpr std::string_view kNoPalette = "its palette is missing";
constexpr uint64_t kLargestBlock = uint64_t(1) << 29;  // one strip's row or one tile

bool matches(std::span<const uint8_t> head) {
  if (head.size() < 4) return false;
  const auto is = [&](const char* magic) { return std::memcmp(head.data(), magic, 4) == 0; };
  return is("II*\0") || is("MM\0*") || is("II+\0") || is("MM\0+");  // classic and BigTIFF
}

/// libtiff over bytes in memory, or over a file (the directory usually lies at its end). Its first error is kept, warnings are dropped, nothing is printed.
class Reader {
 public:
  explicit Reader(const Encoded& file) : m_bytes(file.bytes), m_fd(file.fd), m_size(m_fd < 0 ? m_bytes.size() : file.fileBytes) {
    TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, tmsize_t(kLargestBlock));
    TIFFOpenOptionsSetErrorHandlerExtR(options, onError, this);
    TIFFOpenOptionsSetWarningHandlerExtR(options, onWarning, this);
    m_tiff = TIFFClientOpenExt("", "r", this, onRead, onWrite, onSeek, onClose, onSize, onMap, onUnmap, options);
    TIFFOpenOptionsFree(options);
  }
  ~Reader() {
    if (m_tiff) TIFFClose(m_tiff);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  TIFF* get() const { return m_tiff; }
  bool endsEarly() const { return m_endsEarly; }
  std::string reason() const { return m_reason[0] ? m_reason : "its TIFF directory is broken"; }
  template <class T>
  T field(uint32_t tag, T fallback) const {
    T value{};
    return TIFFGetFieldDefaulted(m_tiff, tag, &value) ? value : fallback;
  }

 private:
  static Reader& self(thandle_t handle) { return *static_cast<Reader*>(handle); }
  static int onError(TIFF*, void* user, const char*, const char* format, va_list arguments) {
    auto* reader = static_cast<Reader*>(user);
    if (!reader->m_reason[0]) std::vsnprintf(reader->m_reason, sizeof reader->m_reason, format, arguments);
    return 1;
  }
  /// A tag whose value lies behind the end is left out with a warning, and a palette becomes grey: that is no picture of ours.
  static int onWarning(TIFF*, void* user, const char*, const char* format, va_list) {
    if (std::string_view(format).starts_with("IO error during reading")) static_cast<Reader*>(user)->m_endsEarly = true;
    return 1;
  }
  static tmsize_t onRead(thandle_t handle, void* out, tmsize_t n) {
    Reader& r = self(handle);
    if (r.m_position >= r.m_size || n <= 0) return 0;
    ssize_t count = ssize_t(std::min(uint64_t(n), r.m_size - r.m_position));
    if (r.m_fd < 0) std::memcpy(out, r.m_bytes.data() + r.m_position, size_t(count));
    else count = ::pread(r.m_fd, out, size_t(count), off_t(r.m_position));
    if (count > 0) r.m_position += uint64_t(count);
    return tmsize_t(count);
  }
  static tmsize_t onWrite(thandle_t, void*, tmsize_t) { return 0; }
  static toff_t onSeek(thandle_t handle, toff_t offset, int whence) {
    Reader& r = self(handle);
    if (whence == SEEK_CUR) offset += r.m_position;
    if (whence == SEEK_END) offset += r.m_size;
    return r.m_position = offset;
  }
  static int onClose(thandle_t) { return 0; }
  static toff_t onSize(thandle_t handle) { return self(handle).m_size; }
  static int onMap(thandle_t handle, void** base, toff_t* size) {
    if (self(handle).m_fd >= 0) return 0;
    *base = const_cast<uint8_t*>(self(handle).m_bytes.data());
    *size = self(handle).m_bytes.size();
    return 1;
  }
  static void onUnmap(thandle_t, void*, toff_t) {}

  const std::span<const uint8_t> m_bytes;
  const int m_fd;
  const uint64_t m_size;
  uint64_t m_position = 0;
  TIFF* m_tiff = nullptr;
  bool m_endsEarly = false;
  char m_reason[200] = "";
};

struct Layout {
  Size size;
  int bits = 1, samples = 1, format = SAMPLEFORMAT_UINT, photometric = PHOTOMETRIC_MINISBLACK, compression = COMPRESSION_NONE;
  bool separate = false, alpha = false;
  int orientation = 1;

  bool palette() const { return photometric == PHOTOMETRIC_PALETTE; }
  bool grey() const { return photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE; }
  bool jpegColors() const { return photometric == PHOTOMETRIC_YCBCR && compression == COMPRESSION_JPEG && !separate; }
  /// Channels that count: further bands of a multispectral picture are left out.
  int kept() const {
    if (palette()) return 1;
    if (grey() && samples < 3) return alpha ? 2 : 1;
    return alpha && samples >= 4 ? 4 : 3;
  }
  int sampleBytes() const { return bits <= 8 ? 1 : bits / 8; }
  /// Whether readSamples understands it; else libtiff converts to RGBA.
  bool direct() const {
    const bool colors = palette() || grey() || jpegColors() || (photometric == PHOTOMETRIC_RGB && samples >= 3);
    const bool depth = bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16 || (kept() == 1 && (bits == 32 || bits == 64));
    return colors && depth;
  }
};

Expected<Layout> layoutOf(const Reader& reader, const std::string& name) {
  if (!reader.get()) return unreadable(name, reader.reason());
  if (reader.endsEarly()) return unreadable(name, kEndsEarly);
  Layout layout;
  const auto width = reader.field<uint32_t>(TIFFTAG_IMAGEWIDTH, 0), height = reader.field<uint32_t>(TIFFTAG_IMAGELENGTH, 0);
  if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX) return unreadable(name, "its TIFF header gives an impossible size");
  layout.size = {int(width), int(height)};
  layout.bits = reader.field<uint16_t>(TIFFTAG_BITSPERSAMPLE, 1);
  layout.samples = reader.field<uint16_t>(TIFFTAG_SAMPLESPERPIXEL, 1);
  layout.format = reader.field<uint16_t>(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  layout.photometric = reader.field<uint16_t>(TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  layout.compression = reader.field<uint16_t>(TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  layout.separate = reader.field<uint16_t>(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE;
  layout.orientation = reader.field<uint16_t>(TIFFTAG_ORIENTATION, 1);
  uint16_t extras = 0, *kinds = nullptr;
  if (TIFFGetField(reader.get(), TIFFTAG_EXTRASAMPLES, &extras, &kinds) && extras > 0)
    layout.alpha = kinds[0] == EXTRASAMPLE_ASSOCALPHA || kinds[0] == EXTRASAMPLE_UNASSALPHA;
  return layout;
}

Expected<ImageInfo> probe(const Encoded& file) {
  const Reader reader(file);
  const auto layout = layoutOf(reader, file.name);
  if (!layout) return std::unexpected(layout.error());
  ImageInfo info;
  info.codec = "tiff";
  info.stored = layout->size;
  info.orientation = layout->orientation >= 1 && layout->orientation <= 8 ? layout->orientation : 1;
  info.channels = layout->kept();
  info.bits = layout->bits;
  info.palette = layout->palette();
  return info;
}

/// `count` samples of less than 8 bits, the first in the highest bits, to one byte each.
void unpack(const uint8_t* in, int bits, size_t count, uint8_t* out) {
  const int perByte = 8 / bits, mask = (1 << bits) - 1;
  for (size_t i = 0; i < count; ++i) out[i] = uint8_t(in[i / perByte] >> (8 - bits - bits * int(i % perByte)) & mask);
}

/// Samples as stored (in the machine's byte order), interleaved, `kept` per pixel. Rows or tiles, one plane or several.
class SampleReader {
 public:
  SampleReader(const Reader& reader, const Layout& layout)
      : m_tiff(reader.get()), m_layout(layout), m_kept(layout.kept()), m_bytes(layout.sampleBytes()) {}

  bool read(std::vector<uint8_t>& out) {
    if (m_layout.jpegColors()) TIFFSetField(m_tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    const bool tiled = TIFFIsTiled(m_tiff);
    const uint64_t block = tiled ? TIFFTileSize64(m_tiff) : TIFFScanlineSize64(m_tiff);
    if (block == 0 || block > kLargestBlock) return false;
    out.resize(size_t(m_layout.size.width) * size_t(m_layout.size.height) * size_t(m_kept * m_bytes));
    m_block.resize(size_t(block));
    m_inBlock = m_layout.separate ? 1 : m_layout.samples;
    for (int plane = 0; plane < (m_layout.separate ? m_kept : 1); ++plane)
      if (!(tiled ? readTiles(out, plane) : readRows(out, plane))) return false;
    return true;
  }

 private:
  bool readRows(std::vector<uint8_t>& out, int plane) {
    if (!fits(m_layout.size.width, 1)) return false;
    for (int y = 0; y < m_layout.size.height; ++y) {
      if (TIFFReadScanline(m_tiff, m_block.data(), uint32_t(y), uint16_t(plane)) != 1) return false;
      place(m_block.data(), 0, y, m_layout.size.width, plane, out);
    }
    return true;
  }

  bool readTiles(std::vector<uint8_t>& out, int plane) {
    uint32_t width = 0, height = 0;
    TIFFGetField(m_tiff, TIFFTAG_TILEWIDTH, &width);
    TIFFGetField(m_tiff, TIFFTAG_TILELENGTH, &height);
    if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX) return false;
    const uint64_t rowBytes = TIFFTileRowSize64(m_tiff);
    if (rowBytes * height > m_block.size() || !fits(int(width), int(height))) return false;
    for (int64_t y = 0; y < m_layout.size.height; y += height)
      for (int64_t x = 0; x < m_layout.size.width; x += width) {
        if (TIFFReadTile(m_tiff, m_block.data(), uint32_t(x), uint32_t(y), 0, uint16_t(plane)) < 0) return false;
        const int columns = int(std::min<int64_t>(width, m_layout.size.width - x));
        for (int64_t row = 0; row < height && y + row < m_layout.size.height; ++row)
          place(m_block.data() + rowBytes * uint64_t(row), int(x), int(y + row), columns, plane, out);
      }
    return true;
  }

  bool fits(int width, int height) const {
    return (uint64_t(width) * uint64_t(m_inBlock) * uint64_t(m_layout.bits) + 7) / 8 * uint64_t(height) <= m_block.size();
  }

  void place(const uint8_t* row, int x, int y, int columns, int plane, std::vector<uint8_t>& out) {
    if (m_layout.bits < 8) {
      m_unpacked.resize(size_t(columns) * size_t(m_inBlock));
      unpack(row, m_layout.bits, m_unpacked.size(), m_unpacked.data());
      row = m_unpacked.data();
    }
    uint8_t* target = out.data() + (size_t(y) * size_t(m_layout.size.width) + size_t(x)) * size_t(m_kept * m_bytes);
    const int count = m_layout.separate ? 1 : m_kept;
    if (count == m_inBlock && count == m_kept) {
      std::memcpy(target, row, size_t(columns) * size_t(m_kept * m_bytes));
      return;
    }
    for (int i = 0; i < columns; ++i, row += m_inBlock * m_bytes, target += m_kept * m_bytes)
      std::memcpy(target + plane * m_bytes, row, size_t(count * m_bytes));
  }

  TIFF* m_tiff;
  const Layout m_layout;
  const int m_kept, m_bytes;
  int m_inBlock = 1;  // samples per pixel in a row of a block
  std::vector<uint8_t> m_block, m_unpacked;
};

std::vector<Color> paletteOf(const Reader& reader, int bits) {
  uint16_t *r = nullptr, *g = nullptr, *b = nullptr;
  if (bits > 8 || !TIFFGetField(reader.get(), TIFFTAG_COLORMAP, &r, &g, &b)) return {};
  const int n = 1 << bits;
  uint16_t most = 0;
  for (int i = 0; i < n; ++i) most = std::max({most, r[i], g[i], b[i]});
  const int shift = most > 255 ? 8 : 0;  // some programs write 8-bit colours into the 16-bit map
  std::vector<Color> palette;
  for (int i = 0; i < n; ++i) palette.push_back({uint8_t(r[i] >> shift), uint8_t(g[i] >> shift), uint8_t(b[i] >> shift)});
  return palette;
}

/// Sample i as a number, whatever its type.
double sampleAt(const std::vector<uint8_t>& bytes, const Layout& layout, size_t i) {
  const auto as = [&]<class T>(T value) {
    std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
    return double(value);
  };
  const bool isSigned = layout.format == SAMPLEFORMAT_INT;
  if (layout.format == SAMPLEFORMAT_IEEEFP) return layout.bits == 64 ? as(double()) : layout.bits == 32 ? as(float()) : as(uint16_t());
  switch (layout.sampleBytes()) {
    case 1: return isSigned && layout.bits == 8 ? as(int8_t()) : as(uint8_t());
    case 2: return isSigned ? as(int16_t()) : as(uint16_t());
    case 4: return isSigned ? as(int32_t()) : as(uint32_t());
    default: return isSigned ? as(int64_t()) : as(uint64_t());
  }
}

/// Measurements (32-bit, floating point, signed): their range is spread over 16 bits, not-a-number becomes black.
Image spread(const std::vector<uint8_t>& bytes, const Layout& layout) {
  Image image = makeImage(layout.size, 1, 16);
  const size_t n = size_t(layout.size.width) * size_t(layout.size.height);
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (size_t i = 0; i < n; ++i)
    if (const double v = sampleAt(bytes, layout, i); std::isfinite(v)) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
  const double scale = high > low ? 65535 / (high - low) : 0;
  auto* out = reinterpret_cast<uint16_t*>(image.bytes.data());
  for (size_t i = 0; i < n; ++i) {
    const double v = sampleAt(bytes, layout, i);
    out[i] = std::isfinite(v) ? uint16_t(std::clamp((v - low) * scale + 0.5, 0.0, 65535.0)) : uint16_t(0);
  }
  return image;
}

/// What libtiff itself can turn into colours: CMYK, Lab, subsampled YCbCr, LogLuv …
Expected<Image> decodeByLibrary(const Reader& reader, const Layout& layout, const std::string& name) {
  char reason[1024] = "";
  if (!TIFFRGBAImageOK(reader.get(), reason)) return unreadable(name, reason, ErrorCode::unsupported);
  Image image = makeImage(layout.size, 4, 8);
  auto* raster = reinterpret_cast<uint32_t*>(image.bytes.data());
  // Asking for the orientation that it has leaves the rows where they are.
  if (!TIFFReadRGBAImageOriented(reader.get(), uint32_t(layout.size.width), uint32_t(layout.size.height), raster, layout.orientation, 1))
    return unreadable(name, reader.reason());
  const size_t n = size_t(layout.size.width) * size_t(layout.size.height);
  for (size_t i = 0; i < n; ++i) {
    const uint32_t v = raster[i], white = 255 - TIFFGetA(v);  // colours come multiplied with alpha
    const uint8_t rgb[3] = {uint8_t(std::min(255u, TIFFGetR(v) + white)), uint8_t(std::min(255u, TIFFGetG(v) + white)),
                            uint8_t(std::min(255u, TIFFGetB(v) + white))};
    std::memcpy(&image.bytes[3 * i], rgb, 3);
  }
  image.channels = 3;
  image.bytes.resize(n * 3);
  return image;
}

Image applyPalette(const std::vector<uint8_t>& indices, const std::vector<Color>& palette, Size size) {
  Image image = makeImage(size, 3, 8);
  for (size_t i = 0; i < indices.size(); ++i) {
    const Color c = indices[i] < palette.size() ? palette[indices[i]] : Color{};
    image.bytes[3 * i] = c.r;
    image.bytes[3 * i + 1] = c.g;
    image.bytes[3 * i + 2] = c.b;
  }
  return image;
}

Expected<Image> decode(const Encoded& file, const ImageInfo&, const DecodeOptions&) {
  const Reader reader(file);
  const auto layout = layoutOf(reader, file.name);
  if (!layout) return std::unexpected(layout.error());
  if (!layout->direct()) return decodeByLibrary(reader, *layout, file.name);
  std::vector<uint8_t> samples;
  if (!SampleReader(reader, *layout).read(samples)) return unreadable(file.name, reader.reason());
  if (layout->palette()) {
    const auto palette = paletteOf(reader, layout->bits);
    if (palette.empty()) return unreadable(file.name, kNoPalette);
    return applyPalette(samples, palette, layout->size);
  }
  const bool measured = layout->bits > 16 || layout->format == SAMPLEFORMAT_IEEEFP || layout->format == SAMPLEFORMAT_INT;
  if (measured && layout->kept() != 1) return unreadable(file.name, "colours of this sample type are not read", ErrorCode::unsupported);
  if (layout->format == SAMPLEFORMAT_IEEEFP && layout->bits < 32) return unreadable(file.name, "16-bit floating point is not read", ErrorCode::unsupported);
  if (measured) return spread(samples, *layout);
  Image image{layout->size.width, layout->size.height, layout->kept(), layout->bits > 8 ? 16 : 8, std::move(samples)};
  if (layout->bits < 8)
    for (auto& v : image.bytes) v = uint8_t(v * 255 / ((1 << layout->bits) - 1));
  if (layout->photometric == PHOTOMETRIC_MINISWHITE && layout->kept() == 1)
    for (auto& v : image.bytes) v = uint8_t(~v);
  return image;
}

/// GDAL's "no data" value, a text in a private tag.
std::optional<double> noData(const Reader& reader) {
  constexpr uint32_t kTag = 42113;
  uint32_t n = 0;
  const char* text = nullptr;
  if (!TIFFGetField(reader.get(), kTag, &n, &text) || !text) return std::nullopt;
  return parseDouble(std::string_view(text, strnlen(text, n)));
}

Expected<RawMask> decodeMask(const Encoded& file, const ImageInfo& info) {
  const Reader reader(file);
  const auto layout = layoutOf(reader, file.name);
  if (!layout) return std::unexpected(layout.error());
  if (!layout->direct() || layout->kept() > 2) {
    auto image = decode(file, info, {});
    if (!image) return std::unexpected(std::move(image.error()));
    narrow(*image);
    return colorMask(std::move(*image));
  }
  std::vector<uint8_t> samples;
  if (!SampleReader(reader, *layout).read(samples)) return unreadable(file.name, reader.reason());
  RawMask mask;
  mask.kind = layout->palette() ? RawMask::Kind::indexed : RawMask::Kind::grey;
  mask.size = layout->size;
  mask.bits = std::min(layout->bits, 16);
  if (layout->palette()) mask.palette = paletteOf(reader, layout->bits);
  if (layout->palette() && mask.palette.empty()) return unreadable(file.name, kNoPalette);
  const size_t n = size_t(layout->size.width) * size_t(layout->size.height), step = size_t(layout->kept());
  const auto nothing = noData(reader);
  mask.values.resize(n);
  if (nothing || step == 2) mask.alpha.assign(n, 255);
  for (size_t i = 0; i < n; ++i) {
    const double v = sampleAt(samples, *layout, i * step);
    const bool whole = v >= 0 && v <= 65535 && v == std::floor(v);
    if (step == 2) mask.alpha[i] = uint8_t(sampleAt(samples, *layout, 2 * i + 1) / (layout->bits == 16 ? 257 : 1));
    if (nothing && v == *nothing) mask.alpha[i] = 0;
    else if (!whole) return unreadable(file.name, "its value " + formatDouble(v) + " is no class number");
    mask.values[i] = whole ? uint16_t(v) : kUnlabelled;
  }
  return mask;
}

}  // namespace

const Codec kTiff{"tiff", matches, probe, decode, decodeMask};

}  // namespace intarsia::media
