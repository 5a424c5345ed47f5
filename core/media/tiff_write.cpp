// SPDX-License-Identifier: GPL-3.0-or-later
#include <tiffio.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "core/media/encode.h"

namespace intarsia {
namespace {

/// What libtiff writes to and seeks in.
struct Memory {
  std::string bytes;
  size_t at = 0;
};

tmsize_t readMemory(thandle_t handle, void* data, tmsize_t size) {
  auto& memory = *static_cast<Memory*>(handle);
  const size_t n = memory.at < memory.bytes.size() ? std::min(size_t(size), memory.bytes.size() - memory.at) : 0;
  std::memcpy(data, memory.bytes.data() + memory.at, n);
  memory.at += n;
  return tmsize_t(n);
}

tmsize_t writeMemory(thandle_t handle, void* data, tmsize_t size) {
  auto& memory = *static_cast<Memory*>(handle);
  if (memory.bytes.size() < memory.at + size_t(size)) memory.bytes.resize(memory.at + size_t(size));
  std::memcpy(memory.bytes.data() + memory.at, data, size_t(size));
  memory.at += size_t(size);
  return size;
}

toff_t seekMemory(thandle_t handle, toff_t offset, int whence) {
  auto& memory = *static_cast<Memory*>(handle);
  memory.at = size_t(offset) + (whence == SEEK_CUR ? memory.at : whence == SEEK_END ? memory.bytes.size() : 0);
  return memory.at;
}

bool write(TIFF* tiff, const Image& image, const std::vector<Color>& palette) {
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, uint32_t(image.width));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, uint32_t(image.height));
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, image.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, image.channels);
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, !palette.empty() ? PHOTOMETRIC_PALETTE : image.channels >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, uint32_t(std::clamp<size_t>(65536 / image.rowBytes(), 1, size_t(image.height))));
  if (!palette.empty()) {
    uint16_t r[256] = {}, g[256] = {}, b[256] = {};
    for (size_t i = 0; i < palette.size(); ++i) {
      r[i] = uint16_t(palette[i].r * 257);
      g[i] = uint16_t(palette[i].g * 257);
      b[i] = uint16_t(palette[i].b * 257);
    }
    TIFFSetField(tiff, TIFFTAG_COLORMAP, r, g, b);
  }
  std::vector<uint8_t> row(image.rowBytes());  // libtiff may change what it is given
  for (int y = 0; y < image.height; ++y) {
    std::copy_n(image.row(y), row.size(), row.data());
    if (TIFFWriteScanline(tiff, row.data(), uint32_t(y), 0) != 1) return false;
  }
  return TIFFFlush(tiff) == 1;
}

}  // namespace

Expected<std::string> encodeTiff(const Image& image, const std::vector<Color>& palette) {
  if (image.empty() || (image.channels != 1 && image.channels != 3) || palette.size() > 256 || (!palette.empty() && (image.channels != 1 || image.bits != 8)))
    return fail(ErrorCode::unsupported, INTARSIA_TEXT("A TIFF file is written with 1 or 3 channels"));
  Memory memory;
  TIFF* tiff = TIFFClientOpen("", "wm", &memory, readMemory, writeMemory, seekMemory, [](thandle_t) { return 0; },
                              [](thandle_t handle) -> toff_t { return static_cast<Memory*>(handle)->bytes.size(); }, nullptr, nullptr);
  const bool good = tiff && write(tiff, image, palette);
  if (tiff) TIFFClose(tiff);
  if (!good) return fail(ErrorCode::failed, INTARSIA_TEXT("The TIFF file could not be written"));
  return std::move(memory.bytes);
}

}  // namespace intarsia
