// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tiffio.h>

#include "core/media/codec.h"

namespace intarsia::media {

/// libtiff over bytes in memory, or over a file (the directory usually lies at its end). Its first error is kept,
/// nothing is printed.
class TiffReader {
 public:
  explicit TiffReader(const Encoded& file);
  ~TiffReader();
  TiffReader(const TiffReader&) = delete;
  TiffReader& operator=(const TiffReader&) = delete;

  TIFF* get() const { return m_tiff; }  // null: it is no TIFF
  bool endsEarly() const { return m_endsEarly; }
  uint64_t fileBytes() const { return m_size; }
  std::string reason() const { return m_reason[0] ? m_reason : "its TIFF directory is broken"; }
  template <class T>
  T field(uint32_t tag, T fallback) const {
    T value{};
    return TIFFGetFieldDefaulted(m_tiff, tag, &value) ? value : fallback;
  }

 private:
  struct Callbacks;
  const std::span<const uint8_t> m_bytes;
  const int m_fd;
  const uint64_t m_size;
  uint64_t m_position = 0;
  TIFF* m_tiff = nullptr;
  bool m_endsEarly = false;
  char m_reason[200] = "";
};

/// How a TIFF's pixels are stored.
struct TiffLayout {
  Size size;
  int bits = 1, samples = 1, format = SAMPLEFORMAT_UINT, photometric = PHOTOMETRIC_MINISBLACK,
      compression = COMPRESSION_NONE;
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
  /// Whether readTiffSamples understands it; else libtiff converts to RGBA.
  bool direct() const {
    const bool colors = palette() || grey() || jpegColors() || (photometric == PHOTOMETRIC_RGB && samples >= 3);
    const bool depth =
        bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16 || (kept() == 1 && (bits == 32 || bits == 64));
    return colors && depth;
  }
};

Expected<TiffLayout> tiffLayout(const TiffReader& reader, const std::string& name);
/// Whether a file of that length may hold its samples: asked before memory is taken for them.
bool mayHoldAll(const TiffReader& reader, const TiffLayout& layout);

/// Samples as stored (in the machine's byte order; of less than 8 bits one per byte), interleaved, `layout.kept()` per
/// pixel, from rows or tiles, one plane or several. False: see reader.reason().
bool readTiffSamples(const TiffReader& reader, const TiffLayout& layout, std::vector<uint8_t>& out);

}  // namespace intarsia::media
