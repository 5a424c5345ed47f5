// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/media/decode.h"

namespace intarsia::media {

/// A file in memory; for `probe` perhaps only its beginning, and the rest can be read from `fd`.
struct Encoded {
  std::span<const uint8_t> bytes;
  const std::string& name;  // for error texts
  int fd = -1;              // -1: `bytes` is all
  uint64_t fileBytes = 0;   // size of fd
};

/// One kind of file. None of these prints, throws (but std::bad_alloc), or allocates pixels before the caller has
/// checked the budget against `probe`'s answer.
struct Codec {
  std::string_view name;
  bool (*matches)(std::span<const uint8_t> head);  // at least the first 16 bytes, if there are so many
  /// Needs not the whole file: an error may mean that `bytes` is too short a beginning of it.
  Expected<ImageInfo> (*probe)(const Encoded& file);
  /// Pixels as stored (not oriented), 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels, 8 or 16 bits. `options`
  /// are a hint: where it is cheap the picture may come smaller, but not smaller than asked for.
  Expected<Image> (*decode)(const Encoded& file, const ImageInfo& info, const DecodeOptions& options);
  Expected<RawMask> (*decodeMask)(const Encoded& file, const ImageInfo& info);
};

extern const Codec kPng, kJpeg, kTiff, kWebp, kBmp, kPnm;

/// "Cannot read {file}: {reason}"
std::unexpected<Error> unreadable(const std::string& name, std::string_view reason,
                                  ErrorCode code = ErrorCode::invalidInput);
inline constexpr std::string_view kEndsEarly = "it ends early";

/// EXIF orientation 1…8 of a TIFF structure ("II*\0…" or "MM\0*…", with or without "Exif\0\0" before it); 1 if it has
/// none or is broken.
int exifOrientation(std::span<const uint8_t> exif);

// ---- pixels (pixels.cpp) --------------------------------------------------------------------------------------------
/// A zeroed picture.
Image makeImage(Size size, int channels, int bits);
/// 2 → 1 and 4 → 3 channels, alpha composed on white. In place.
void composeOnWhite(Image& image);
/// 16 → 8 bits, rounded. In place.
void narrow(Image& image);
/// Turned and mirrored as an EXIF orientation says.
Image oriented(Image image, int orientation);
/// A mask from an 8-bit picture of 3 or 4 channels.
RawMask colorMask(Image image);

}  // namespace intarsia::media
