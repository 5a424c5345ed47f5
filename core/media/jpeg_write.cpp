// SPDX-License-Identifier: GPL-3.0-or-later
#include <csetjmp>
#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>

#include "core/base/atomic_file.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace intarsia {
namespace {

/// libjpeg's errors jump back with longjmp: encode() holds nothing that needs a destructor.
struct Writer {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jmp_buf jump;
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  char reason[JMSG_LENGTH_MAX] = "";

  Writer() {
    jpeg.err = jpeg_std_error(&errors);
    jpeg.client_data = this;
    errors.error_exit = [](j_common_ptr common) {
      auto* self = static_cast<Writer*>(common->client_data);
      common->err->format_message(common, self->reason);
      longjmp(self->jump, 1);
    };
    errors.output_message = [](j_common_ptr) {};
  }
  ~Writer() {
    jpeg_destroy_compress(&jpeg);
    std::free(bytes);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
};

bool encode(Writer& writer, const Image& image, int quality) {
  if (setjmp(writer.jump)) return false;
  auto& jpeg = writer.jpeg;
  jpeg_create_compress(&jpeg);
  jpeg_mem_dest(&jpeg, &writer.bytes, &writer.size);
  jpeg.image_width = JDIMENSION(image.width);
  jpeg.image_height = JDIMENSION(image.height);
  jpeg.input_components = image.channels;
  jpeg.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(image.row(int(jpeg.next_scanline)));
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  return true;
}

}  // namespace

Expected<> writeJpeg(const std::filesystem::path& path, const Image& image, int quality) {
  constexpr std::string_view kText = INTARSIA_TEXT("Cannot write {file}: {reason}");
  if (image.empty() || image.bits != 8 || (image.channels != 1 && image.channels != 3))
    return fail(ErrorCode::invalidInput, kText,
                {{"file", displayPath(path)}, {"reason", "JPEG takes 8-bit grey or RGB pictures"}});
  Writer writer;
  if (!encode(writer, image, quality))
    return fail(ErrorCode::failed, kText, {{"file", displayPath(path)}, {"reason", writer.reason}});
  return writeFileAtomically(path, {reinterpret_cast<const char*>(writer.bytes), writer.size});
}

}  // namespace intarsia
