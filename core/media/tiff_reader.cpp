// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/tiff_reader.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace intarsia::media {
namespace {

constexpr uint64_t kLargestBlock = uint64_t(1) << 29;  // one strip's row or one tile

/// `count` samples of less than 8 bits, the first in the highest bits, to one byte each.
void unpack(const uint8_t* in, int bits, size_t count, uint8_t* out) {
  const int perByte = 8 / bits, mask = (1 << bits) - 1;
  for (size_t i = 0; i < count; ++i) out[i] = uint8_t(in[i / perByte] >> (8 - bits - bits * int(i % perByte)) & mask);
}

class SampleReader {
 public:
  SampleReader(const TiffReader& reader, const TiffLayout& layout)
      : m_tiff(reader.get()), m_layout(layout), m_kept(layout.kept()), m_bytes(layout.sampleBytes()) {}

  bool read(std::vector<uint8_t>& out) {
    if (m_layout.jpegColors()) TIFFSetField(m_tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    if (m_kept > m_layout.samples) return false;
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
    return (uint64_t(width) * uint64_t(m_inBlock) * uint64_t(m_layout.bits) + 7) / 8 * uint64_t(height) <=
           m_block.size();
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
  const TiffLayout m_layout;
  const int m_kept, m_bytes;
  int m_inBlock = 1;  // samples per pixel in a row of a block
  std::vector<uint8_t> m_block, m_unpacked;
};

}  // namespace

struct TiffReader::Callbacks {
  static TiffReader& self(thandle_t handle) { return *static_cast<TiffReader*>(handle); }
  static int onError(TIFF*, void* user, const char*, const char* format, va_list arguments) {
    auto* reader = static_cast<TiffReader*>(user);
    if (!reader->m_reason[0]) std::vsnprintf(reader->m_reason, sizeof reader->m_reason, format, arguments);
    return 1;
  }
  /// A tag whose value lies behind the end is left out with a warning, and a palette becomes grey: that is no picture
  /// of ours.
  static int onWarning(TIFF*, void* user, const char*, const char* format, va_list) {
    if (std::string_view(format).starts_with("IO error during reading"))
      static_cast<TiffReader*>(user)->m_endsEarly = true;
    return 1;
  }
  static tmsize_t onRead(thandle_t handle, void* out, tmsize_t n) {
    TiffReader& r = self(handle);
    if (r.m_position >= r.m_size || n <= 0) return 0;
    ssize_t count = ssize_t(std::min(uint64_t(n), r.m_size - r.m_position));
    if (r.m_fd < 0)
      std::memcpy(out, r.m_bytes.data() + r.m_position, size_t(count));
    else
      count = ::pread(r.m_fd, out, size_t(count), off_t(r.m_position));
    if (count > 0) r.m_position += uint64_t(count);
    return tmsize_t(count);
  }
  static tmsize_t onWrite(thandle_t, void*, tmsize_t) { return 0; }
  static toff_t onSeek(thandle_t handle, toff_t offset, int whence) {
    TiffReader& r = self(handle);
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
};

TiffReader::TiffReader(const Encoded& file)
    : m_bytes(file.bytes), m_fd(file.fd), m_size(m_fd < 0 ? m_bytes.size() : file.fileBytes) {
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, tmsize_t(kLargestBlock));
  TIFFOpenOptionsSetErrorHandlerExtR(options, Callbacks::onError, this);
  TIFFOpenOptionsSetWarningHandlerExtR(options, Callbacks::onWarning, this);
  m_tiff = TIFFClientOpenExt("", "r", this, Callbacks::onRead, Callbacks::onWrite, Callbacks::onSeek,
                             Callbacks::onClose, Callbacks::onSize, Callbacks::onMap, Callbacks::onUnmap, options);
  TIFFOpenOptionsFree(options);
}

TiffReader::~TiffReader() {
  if (m_tiff) TIFFClose(m_tiff);
}

Expected<TiffLayout> tiffLayout(const TiffReader& reader, const std::string& name) {
  if (!reader.get()) return unreadable(name, reader.reason());
  if (reader.endsEarly()) return unreadable(name, kEndsEarly);
  TiffLayout layout;
  const auto width = reader.field<uint32_t>(TIFFTAG_IMAGEWIDTH, 0),
             height = reader.field<uint32_t>(TIFFTAG_IMAGELENGTH, 0);
  if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX)
    return unreadable(name, "its TIFF header gives an impossible size");
  layout.size = {int(width), int(height)};
  layout.bits = reader.field<uint16_t>(TIFFTAG_BITSPERSAMPLE, 1);
  layout.samples = reader.field<uint16_t>(TIFFTAG_SAMPLESPERPIXEL, 1);
  layout.format = reader.field<uint16_t>(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  if (layout.format == SAMPLEFORMAT_IEEEFP && layout.bits < 32)
    return unreadable(name, std::to_string(layout.bits) + "-bit floating point is not read", ErrorCode::unsupported);
  layout.photometric = reader.field<uint16_t>(TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  layout.compression = reader.field<uint16_t>(TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  layout.separate = reader.field<uint16_t>(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE;
  layout.orientation = reader.field<uint16_t>(TIFFTAG_ORIENTATION, 1);
  uint16_t extras = 0, *kinds = nullptr;
  if (TIFFGetField(reader.get(), TIFFTAG_EXTRASAMPLES, &extras, &kinds) && extras > 0 && layout.samples > 1)
    layout.alpha = kinds[0] == EXTRASAMPLE_ASSOCALPHA || kinds[0] == EXTRASAMPLE_UNASSALPHA;
  return layout;
}

bool mayHoldAll(const TiffReader& reader, const TiffLayout& layout) {
  uint64_t most = 0;  // bytes of samples that one of the file may make
  switch (layout.compression) {
    case COMPRESSION_NONE: most = layout.photometric == PHOTOMETRIC_YCBCR ? 4 : 1; break;
    case COMPRESSION_PACKBITS: most = 64; break;
    case COMPRESSION_DEFLATE: case COMPRESSION_ADOBE_DEFLATE: most = 1032; break;
    case COMPRESSION_LZW: case COMPRESSION_JPEG: most = 4096; break;
    default: return true;
  }
  const double bytes = double(layout.size.width) * layout.size.height * layout.samples * layout.bits / 8;
  return bytes <= double(most) * double(reader.fileBytes());
}

bool readTiffSamples(const TiffReader& reader, const TiffLayout& layout, std::vector<uint8_t>& out) {
  return SampleReader(reader, layout).read(out);
}

}  // namespace intarsia::media
