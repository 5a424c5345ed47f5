// SPDX-License-Identifier: GPL-3.0-or-later
#include <csetjmp>
#include <cstdio>
#include <cstring>

#include <jpeglib.h>

#include <jerror.h>  // behind the configuration that jpeglib.h brings

#include "core/media/codec.h"

namespace intarsia::media {
namespace {

bool matches(std::span<const uint8_t> head) {
  return head.size() >= 3 && head[0] == 0xFF && head[1] == 0xD8 && head[2] == 0xFF;
}

/// The state of one reading. Errors jump back with longjmp: functions that call setjmp hold nothing that needs a
/// destructor.
struct Reader {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  jmp_buf jump;
  bool endsEarly = false;
  char reason[JMSG_LENGTH_MAX] = "";

  Reader() {
    jpeg.err = jpeg_std_error(&errors);
    jpeg.client_data = this;
    errors.error_exit = onError;
    errors.emit_message = onMessage;
    errors.output_message = [](j_common_ptr) {};
    progress.progress_monitor = onProgress;
  }
  ~Reader() { jpeg_destroy_decompress(&jpeg); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  [[noreturn]] static void onError(j_common_ptr jpeg) {
    auto* self = static_cast<Reader*>(jpeg->client_data);
    jpeg->err->format_message(jpeg, self->reason);
    longjmp(self->jump, 1);
  }
  /// libjpeg fills what is missing with grey and only warns. Damaged data is an error here; harmless oddities are not.
  static void onMessage(j_common_ptr jpeg, int level) {
    if (level >= 0) return;
    auto* self = static_cast<Reader*>(jpeg->client_data);
    switch (jpeg->err->msg_code) {
      case JWRN_JPEG_EOF:
        self->endsEarly = true;
        return;  // at the last MCU only the end marker is missing
      case JWRN_HIT_MARKER:
        std::strcpy(self->reason, self->endsEarly ? kEndsEarly.data() : "its data is damaged");
        longjmp(self->jump, 1);
      case JWRN_HUFF_BAD_CODE:
      case JWRN_ARITH_BAD_CODE:
      case JWRN_MUST_RESYNC:
        std::strcpy(self->reason, self->endsEarly ? kEndsEarly.data() : "its data is damaged");
        longjmp(self->jump, 1);
      default:
        return;
    }
  }
  /// A small progressive file can make a decoder work for hours by thousands of scans.
  static void onProgress(j_common_ptr jpeg) {
    auto* self = static_cast<Reader*>(jpeg->client_data);
    if (self->jpeg.input_scan_number <= 500) return;
    std::strcpy(self->reason, "it has too many scans");
    longjmp(self->jump, 1);
  }
};

bool readHeader(Reader& reader, std::span<const uint8_t> bytes) {
  if (setjmp(reader.jump)) return false;
  jpeg_create_decompress(&reader.jpeg);
  reader.jpeg.progress = &reader.progress;
  jpeg_mem_src(&reader.jpeg, bytes.data(), static_cast<unsigned long>(bytes.size()));
  jpeg_save_markers(&reader.jpeg, JPEG_APP0 + 1, 0xFFFF);
  jpeg_read_header(&reader.jpeg, TRUE);
  return true;
}

bool start(Reader& reader) {
  if (setjmp(reader.jump)) return false;
  jpeg_start_decompress(&reader.jpeg);
  if (reader.endsEarly &&
      jpeg_has_multiple_scans(&reader.jpeg)) {  // whole scans are missing, which libjpeg does not say
    std::strcpy(reader.reason, kEndsEarly.data());
    return false;
  }
  return true;
}

bool readRows(Reader& reader, uint8_t* pixels, size_t stride) {
  if (setjmp(reader.jump)) return false;
  while (reader.jpeg.output_scanline < reader.jpeg.output_height) {
    JSAMPROW row = pixels + stride * reader.jpeg.output_scanline;
    jpeg_read_scanlines(&reader.jpeg, &row, 1);
  }
  return true;
}

ImageInfo describe(const jpeg_decompress_struct& jpeg) {
  ImageInfo info;
  info.codec = "jpeg";
  info.stored = {int(jpeg.image_width), int(jpeg.image_height)};
  info.channels = jpeg.num_components;
  info.bits = jpeg.data_precision;
  for (auto* marker = jpeg.marker_list; marker; marker = marker->next)
    if (marker->marker == JPEG_APP0 + 1 && marker->data_length > 6 && std::memcmp(marker->data, "Exif\0", 5) == 0) {
      info.orientation = exifOrientation({marker->data, marker->data_length});
      break;
    }
  return info;
}

Expected<ImageInfo> probe(const Encoded& file) {
  Reader reader;
  if (!readHeader(reader, file.bytes)) return unreadable(file.name, reader.reason);
  if (reader.endsEarly) return unreadable(file.name, kEndsEarly);
  return describe(reader.jpeg);
}

/// Adobe writes CMYK inverted and says so by its marker.
void cmykToRgb(Image& image, bool inverted) {
  const size_t pixels = size_t(image.width) * size_t(image.height);
  const uint8_t flip = inverted ? 0 : 255;
  for (size_t i = 0; i < pixels; ++i) {
    const uint8_t* in = &image.bytes[4 * i];
    const int light = in[3] ^ flip;
    uint8_t rgb[3];
    for (int c = 0; c < 3; ++c) rgb[c] = uint8_t(((in[c] ^ flip) * light + 127) / 255);
    std::memcpy(&image.bytes[3 * i], rgb, 3);
  }
  image.channels = 3;
  image.bytes.resize(pixels * 3);
}

/// Eighths of the size that JPEG can decode at, such that the longer side is still at least `maxSide`.
unsigned eighths(const ImageInfo& info, int maxSide) {
  if (maxSide <= 0) return 8;
  const int64_t longer = std::max(info.stored.width, info.stored.height);
  unsigned n = 1;
  while (n < 8 && longer * n < int64_t(maxSide) * 8) n *= 2;  // 1, 2, 4: the ones with fast transforms
  return n;
}

Expected<Image> decode(const Encoded& file, const ImageInfo& info, const DecodeOptions& options) {
  Reader reader;
  if (!readHeader(reader, file.bytes)) return unreadable(file.name, reader.reason);
  auto& jpeg = reader.jpeg;
  const bool cmyk = jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK;
  if (cmyk)
    jpeg.out_color_space = JCS_CMYK;
  else
    jpeg.out_color_space = jpeg.jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE : JCS_RGB;
  // A block of 8 × 8 pixels takes at least one bit of a Huffman code: before memory is taken for pixels that cannot be there.
  if (!jpeg.arith_code && uint64_t(info.stored.width) * uint64_t(info.stored.height) / 512 > file.bytes.size()) return unreadable(file.name, kEndsEarly);
  jpeg.scale_num = eighths(info, options.maxSide);
  jpeg.scale_denom = 8;
  if (!start(reader)) return unreadable(file.name, reader.reason);
  Image image = makeImage({int(jpeg.output_width), int(jpeg.output_height)}, jpeg.output_components, 8);
  if (!readRows(reader, image.bytes.data(), image.rowBytes())) return unreadable(file.name, reader.reason);
  if (cmyk) cmykToRgb(image, jpeg.saw_Adobe_marker);
  return image;
}

Expected<RawMask> decodeMask(const Encoded& file, const ImageInfo& info) {
  auto image = decode(file, info, {});
  if (!image) return std::unexpected(std::move(image.error()));
  if (image->channels == 3) return colorMask(std::move(*image));
  RawMask mask;
  mask.size = image->size();
  mask.values.assign(image->bytes.begin(), image->bytes.end());
  return mask;
}

}  // namespace

const Codec kJpeg{"jpeg", matches, probe, decode, decodeMask};

}  // namespace intarsia::media
