// SPDX-License-Identifier: GPL-3.0-or-later
#include <png.h>

#include <algorithm>
#include <bit>
#include <csetjmp>
#include <cstring>
#include <functional>
#include <string>

#include "core/base/atomic_file.h"
#include "core/base/text.h"
#include "core/media/decode.h"
#include "core/media/encode.h"

namespace intarsia {
namespace {

/// What a PNG is made of. `row(y, buffer)` gives row y: a pointer to its bytes, in `buffer` or elsewhere; samples in
/// the machine's order.
struct Picture {
  Size size;
  int bits = 8, colorType = PNG_COLOR_TYPE_GRAY;
  std::vector<png_color> palette;
  int level = 4;  // of zlib
  int filters = PNG_FILTER_NONE;
  std::function<const uint8_t*(int y, uint8_t* buffer)> row;
  size_t rowBytes = 0;
};

/// libpng's errors jump back with longjmp: encode() holds nothing that needs a destructor.
struct Writer {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::string out;
  std::vector<uint8_t> buffer;
  char reason[160] = "";

  Writer() {
    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, this, onError, [](png_structp, png_const_charp) {});
    if (png) info = png_create_info_struct(png);
  }
  ~Writer() { png_destroy_write_struct(&png, &info); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  [[noreturn]] static void onError(png_structp png, png_const_charp text) {
    std::strncpy(static_cast<Writer*>(png_get_error_ptr(png))->reason, text, sizeof(Writer::reason) - 1);
    png_longjmp(png, 1);
  }
  static void onWrite(png_structp png, png_bytep bytes, size_t n) {
    static_cast<Writer*>(png_get_io_ptr(png))->out.append(reinterpret_cast<const char*>(bytes), n);
  }
};

bool encode(Writer& writer, const Picture& picture) {
  if (!writer.info) return false;
  if (setjmp(png_jmpbuf(writer.png))) return false;
  png_set_write_fn(writer.png, &writer, Writer::onWrite, nullptr);
  png_set_user_limits(writer.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(writer.png, writer.info, png_uint_32(picture.size.width), png_uint_32(picture.size.height), picture.bits,
               picture.colorType, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (!picture.palette.empty())
    png_set_PLTE(writer.png, writer.info, picture.palette.data(), int(picture.palette.size()));
  png_set_compression_level(writer.png, picture.level);
  png_set_compression_buffer_size(writer.png, size_t(1) << 16);
  png_set_filter(writer.png, 0, picture.filters);
  png_write_info(writer.png, writer.info);
  if (picture.bits == 16 && std::endian::native == std::endian::little) png_set_swap(writer.png);
  for (int y = 0; y < picture.size.height; ++y) png_write_row(writer.png, picture.row(y, writer.buffer.data()));
  png_write_end(writer.png, nullptr);
  return true;
}

/// `name` stands in error texts.
Expected<std::string> encoded(const Picture& picture, const std::string& name) {
  if (picture.size.empty())
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot write {file}: the picture is empty"), {{"file", name}});
  Writer writer;
  writer.buffer.resize(picture.rowBytes);
  if (!encode(writer, picture))
    return fail(ErrorCode::failed, INTARSIA_TEXT("Cannot write {file}: {reason}"),
                {{"file", name}, {"reason", writer.reason}});
  return std::move(writer.out);
}

Expected<> write(const std::filesystem::path& path, const Picture& picture) {
  INTARSIA_TRY(const std::string bytes, encoded(picture, displayPath(path)));
  return writeFileAtomically(path, bytes);
}

Expected<> checkLabels(const std::filesystem::path& path, const LabelMap& map, int classes) {
  for (const uint16_t v : map.pixels())
    if (v >= classes && v != kUnlabelled)
      return fail(ErrorCode::invalidInput,
                  INTARSIA_TEXT("Cannot write {file}: label {label} is beyond the {classes} classes"),
                  {{"file", displayPath(path)}, {"label", std::to_string(v)}, {"classes", std::to_string(classes)}});
  return {};
}

constexpr int kPaletteClasses = 255;  // index 255 is kept for unlabelled pixels

std::vector<png_color> paletteOf(const ClassTable& classes) {
  std::vector<png_color> palette(256);
  for (int c = 0; c < classes.size(); ++c) palette[size_t(c)] = {classes[c].color.r, classes[c].color.g, classes[c].color.b};
  return palette;
}

}  // namespace

Expected<> writeLabelPng(const std::filesystem::path& path, const LabelMap& map, const ClassTable& classes) {
  INTARSIA_CHECK(checkLabels(path, map, classes.size()));
  Picture picture;
  picture.size = map.size();
  if (classes.size() > kPaletteClasses) {
    picture.bits = 16;
    picture.rowBytes = size_t(map.width()) * 2;
    picture.row = [&](int y, uint8_t*) { return reinterpret_cast<const uint8_t*>(map.row(y)); };
    return write(path, picture);
  }
  picture.colorType = PNG_COLOR_TYPE_PALETTE;
  picture.palette = paletteOf(classes);
  picture.rowBytes = size_t(map.width());
  picture.row = [&](int y, uint8_t* buffer) {
    std::transform(map.row(y), map.row(y) + map.width(), buffer, [](uint16_t v) { return uint8_t(v); });  // 65535 → 255
    return buffer;
  };
  return write(path, picture);
}

Expected<> writeLabelPng(const std::filesystem::path& path, Size size, std::span<const uint8_t> labels, const ClassTable& classes) {
  const auto beyond = std::ranges::find_if(labels, [&](uint8_t v) { return v >= classes.size() && v != 255; });
  if (classes.size() > kPaletteClasses || beyond != labels.end() || labels.size() != size_t(size.width) * size_t(size.height))
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot write {file}: its labels are not those of {classes} classes"),
                {{"file", displayPath(path)}, {"classes", std::to_string(classes.size())}});
  Picture picture;
  picture.size = size;
  picture.colorType = PNG_COLOR_TYPE_PALETTE;
  picture.palette = paletteOf(classes);
  picture.rowBytes = size_t(size.width);
  picture.row = [&](int y, uint8_t*) { return labels.data() + size_t(y) * size_t(size.width); };
  return write(path, picture);
}

Expected<> writeColorPng(const std::filesystem::path& path, const LabelMap& map, const ClassTable& classes) {
  INTARSIA_CHECK(checkLabels(path, map, classes.size()));
  Picture picture;
  picture.size = map.size();
  picture.colorType = PNG_COLOR_TYPE_RGB;
  picture.rowBytes = size_t(map.width()) * 3;
  picture.row = [&](int y, uint8_t* buffer) {
    const uint16_t* labels = map.row(y);
    for (int x = 0; x < map.width(); ++x) {
      const Color c = labels[x] == kUnlabelled ? Color{} : classes[labels[x]].color;
      buffer[3 * x] = c.r;
      buffer[3 * x + 1] = c.g;
      buffer[3 * x + 2] = c.b;
    }
    return buffer;
  };
  return write(path, picture);
}

Expected<LabelMap> readLabelPng(const std::filesystem::path& path) {
  INTARSIA_TRY(auto mask, decodeMask(path));
  if (mask.kind == RawMask::Kind::color)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: it holds colours, not class indices"),
                {{"file", displayPath(path)}});
  if (mask.bits <= 8)
    for (auto& v : mask.values)
      if (v == kPaletteClasses) v = kUnlabelled;
  return LabelMap(mask.size, std::move(mask.values));
}

namespace {

Picture pictureOf(const Image& image) {
  Picture picture;
  picture.size = image.size();
  picture.bits = image.bits;
  picture.colorType = image.channels == 4   ? PNG_COLOR_TYPE_RGB_ALPHA
                      : image.channels == 3 ? PNG_COLOR_TYPE_RGB
                      : image.channels == 2 ? PNG_COLOR_TYPE_GRAY_ALPHA
                                            : PNG_COLOR_TYPE_GRAY;
  picture.filters = PNG_FILTER_SUB;  // photographs: nearly as small as with all filters, and several times faster
  picture.rowBytes = image.rowBytes();
  picture.row = [&](int y, uint8_t*) { return image.row(y); };
  return picture;
}

}  // namespace

Expected<> writePng(const std::filesystem::path& path, const Image& image) { return write(path, pictureOf(image)); }
Expected<std::string> encodePng(const Image& image, const std::vector<Color>& palette) {
  Picture picture = pictureOf(image);
  if (palette.empty()) return encoded(picture, "PNG");
  if (palette.size() > 256 || image.channels != 1 || image.bits != 8)
    return fail(ErrorCode::unsupported, INTARSIA_TEXT("Only a picture of 1 channel and 8 bits has a palette"));
  picture.colorType = PNG_COLOR_TYPE_PALETTE;
  picture.filters = PNG_FILTER_NONE;
  for (const Color c : palette) picture.palette.push_back({c.r, c.g, c.b});
  return encoded(picture, "PNG");
}

}  // namespace intarsia
