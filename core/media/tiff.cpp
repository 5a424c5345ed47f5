// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "core/base/text.h"
#include "core/media/tiff_reader.h"

namespace intarsia::media {
namespace {

constexpr std::string_view kNoPalette = "its palette is missing";

bool matches(std::span<const uint8_t> head) {
  if (head.size() < 4) return false;
  const auto is = [&](const char* magic) { return std::memcmp(head.data(), magic, 4) == 0; };
  return is("II*\0") || is("MM\0*") || is("II+\0") || is("MM\0+");  // classic and BigTIFF
}
Expected<ImageInfo> probe(const Encoded& file) {
  const TiffReader reader(file);
  const auto layout = tiffLayout(reader, file.name);
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

std::vector<Color> paletteOf(const TiffReader& reader, int bits) {
  uint16_t *r = nullptr, *g = nullptr, *b = nullptr;
  if (bits > 8 || !TIFFGetField(reader.get(), TIFFTAG_COLORMAP, &r, &g, &b)) return {};
  const int n = 1 << bits;
  uint16_t most = 0;
  for (int i = 0; i < n; ++i) most = std::max({most, r[i], g[i], b[i]});
  const int shift = most > 255 ? 8 : 0;  // some programs write 8-bit colours into the 16-bit map
  std::vector<Color> palette;
  for (int i = 0; i < n; ++i)
    palette.push_back({uint8_t(r[i] >> shift), uint8_t(g[i] >> shift), uint8_t(b[i] >> shift)});
  return palette;
}

/// Sample i as a number, whatever its type.
double sampleAt(const std::vector<uint8_t>& bytes, const TiffLayout& layout, size_t i) {
  const auto as = [&]<class T>(T value) {
    std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
    return double(value);
  };
  const bool isSigned = layout.format == SAMPLEFORMAT_INT;
  if (layout.format == SAMPLEFORMAT_IEEEFP)
    return layout.bits == 64 ? as(double()) : as(float());
  switch (layout.sampleBytes()) {
    case 1:
      return isSigned && layout.bits == 8 ? as(int8_t()) : as(uint8_t());
    case 2:
      return isSigned ? as(int16_t()) : as(uint16_t());
    case 4:
      return isSigned ? as(int32_t()) : as(uint32_t());
    default:
      return isSigned ? as(int64_t()) : as(uint64_t());
  }
}

/// Measurements (32-bit, floating point, signed): their range is spread over 16 bits, not-a-number becomes black.
Image spread(const std::vector<uint8_t>& bytes, const TiffLayout& layout) {
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
Expected<Image> decodeByLibrary(const TiffReader& reader, const TiffLayout& layout, const std::string& name) {
  char reason[1024] = "";
  if (!TIFFRGBAImageOK(reader.get(), reason)) return unreadable(name, reason, ErrorCode::unsupported);
  Image image = makeImage(layout.size, 4, 8);
  auto* raster = reinterpret_cast<uint32_t*>(image.bytes.data());
  // Asking for the orientation that it has leaves the rows where they are.
  if (!TIFFReadRGBAImageOriented(reader.get(), uint32_t(layout.size.width), uint32_t(layout.size.height), raster,
                                 layout.orientation, 1))
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
  const TiffReader reader(file);
  const auto layout = tiffLayout(reader, file.name);
  if (!layout) return std::unexpected(layout.error());
  if (!mayHoldAll(reader, *layout)) return unreadable(file.name, kEndsEarly);
  if (!layout->direct()) return decodeByLibrary(reader, *layout, file.name);
  std::vector<uint8_t> samples;
  if (!readTiffSamples(reader, *layout, samples)) return unreadable(file.name, reader.reason());
  if (layout->palette()) {
    const auto palette = paletteOf(reader, layout->bits);
    if (palette.empty()) return unreadable(file.name, kNoPalette);
    return applyPalette(samples, palette, layout->size);
  }
  const bool measured =
      layout->bits > 16 || layout->format == SAMPLEFORMAT_IEEEFP || layout->format == SAMPLEFORMAT_INT;
  if (measured && layout->kept() != 1)
    return unreadable(file.name, "colours of this sample type are not read", ErrorCode::unsupported);
  if (measured) return spread(samples, *layout);
  Image image{layout->size.width, layout->size.height, layout->kept(), layout->bits > 8 ? 16 : 8, std::move(samples)};
  if (layout->bits < 8)
    for (auto& v : image.bytes) v = uint8_t(v * 255 / ((1 << layout->bits) - 1));
  if (layout->photometric == PHOTOMETRIC_MINISWHITE && layout->kept() == 1)
    for (auto& v : image.bytes) v = uint8_t(~v);
  return image;
}

/// GDAL's "no data" value, a text in a private tag.
std::optional<double> noData(const TiffReader& reader) {
  constexpr uint32_t kTag = 42113;
  uint32_t n = 0;
  const char* text = nullptr;
  if (!TIFFGetField(reader.get(), kTag, &n, &text) || !text) return std::nullopt;
  return parseDouble(std::string_view(text, strnlen(text, n)));
}

Expected<RawMask> decodeMask(const Encoded& file, const ImageInfo& info) {
  const TiffReader reader(file);
  const auto layout = tiffLayout(reader, file.name);
  if (!layout) return std::unexpected(layout.error());
  if (!mayHoldAll(reader, *layout)) return unreadable(file.name, kEndsEarly);
  if (!layout->direct() || layout->kept() > 2) {
    auto image = decode(file, info, {});
    if (!image) return std::unexpected(std::move(image.error()));
    narrow(*image);
    return colorMask(std::move(*image));
  }
  std::vector<uint8_t> samples;
  if (!readTiffSamples(reader, *layout, samples)) return unreadable(file.name, reader.reason());
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
    if (nothing && v == *nothing)
      mask.alpha[i] = 0;
    else if (!whole)
      return unreadable(file.name, "its value " + formatDouble(v) + " is no class number");
    mask.values[i] = whole ? uint16_t(v) : kUnlabelled;
  }
  return mask;
}

}  // namespace

const Codec kTiff{"tiff", matches, probe, decode, decodeMask};

}  // namespace intarsia::media
