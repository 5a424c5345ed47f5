// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/inflate.h"

#ifdef INTARSIA_ZLIB
#include <zlib.h>
#endif

namespace intarsia {

#ifndef INTARSIA_ZLIB
std::optional<std::string> inflateZlib(std::string_view, size_t) { return std::nullopt; }
#else
std::optional<std::string> inflateZlib(std::string_view bytes, size_t limit) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = uInt(bytes.size());
  std::string out;
  char buffer[65536];
  int status = Z_OK;
  while (status == Z_OK && out.size() <= limit) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer, sizeof buffer - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END || out.size() > limit) return std::nullopt;
  return out;
}
#endif

}  // namespace intarsia
