// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/class_table.h"
#include "core/base/error.h"
#include "core/base/image.h"
#include "core/base/label_map.h"

namespace intarsia {

/// What a header says, read without decoding. Recognised by content, never by extension: PNG, JPEG, TIFF, WebP, BMP, PPM/PGM.
struct ImageInfo {
  std::string codec;       // "png", "jpeg", "tiff", "webp", "bmp", "pnm"
  Size stored;             // as stored
  Size shown;              // after EXIF orientation
  int orientation = 1;     // EXIF 1…8
  int channels = 0, bits = 8;
  bool palette = false;
};

inline constexpr int64_t kDefaultPixelBudget = int64_t(1) << 28;

Expected<ImageInfo> probeImage(const std::filesystem::path& path);
/// RGB or grey, 8 bits (16-bit sources are kept when `keep16`), EXIF orientation applied, alpha composed on white, CMYK converted.
struct DecodeOptions {
  bool keep16 = false;
  bool applyOrientation = true;
  int maxSide = 0;  // >0: may decode smaller (JPEG scaling, then area averaging) so that the longer side is at most this: thumbnails
  int64_t pixelBudget = kDefaultPixelBudget;
};
Expected<Image> decodeImage(const std::filesystem::path& path, const DecodeOptions& options);
inline Expected<Image> decodeImage(const std::filesystem::path& path) { return decodeImage(path, DecodeOptions{}); }
/// The same from memory; `name` stands in error texts.
Expected<Image> decodeImage(std::span<const std::byte> bytes, const std::string& name, const DecodeOptions& options);

/// A mask as it was written: palette or grey indices untouched (no colour management), or colours.
struct RawMask {
  enum class Kind { indexed, grey, color } kind = Kind::grey;
  Size size;
  int bits = 8;                          // of the stored samples: 1, 2, 4, 8, 16
  std::vector<uint16_t> values;          // indexed and grey: one per pixel
  std::vector<Color> palette;            // indexed
  std::vector<uint8_t> rgb;              // color: three per pixel
  std::vector<uint8_t> alpha;            // where the file has one, one per pixel; else empty
};
Expected<RawMask> decodeMask(const std::filesystem::path& path, int64_t pixelBudget = kDefaultPixelBudget);
Expected<RawMask> decodeMask(std::span<const std::byte> bytes, const std::string& name, int64_t pixelBudget = kDefaultPixelBudget);

/// Writers go through AtomicFile.
/// 8-bit palette PNG up to 255 classes (255 = unlabelled), else 16-bit grey (65535 = unlabelled).
Expected<> writeLabelPng(const std::filesystem::path& path, const LabelMap& map, const ClassTable& classes);
/// The same of bytes, size.width × size.height, 255 = unlabelled; up to 255 classes.
Expected<> writeLabelPng(const std::filesystem::path& path, Size size, std::span<const uint8_t> labels, const ClassTable& classes);
/// Each pixel in its class's colour, unlabelled black.
Expected<> writeColorPng(const std::filesystem::path& path, const LabelMap& map, const ClassTable& classes);
/// Reads what writeLabelPng wrote (255 or 65535 → kUnlabelled).
Expected<LabelMap> readLabelPng(const std::filesystem::path& path);
Expected<> writePng(const std::filesystem::path& path, const Image& image);
Expected<> writeJpeg(const std::filesystem::path& path, const Image& image, int quality = 92);

}  // namespace intarsia
