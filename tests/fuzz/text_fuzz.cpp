// SPDX-License-Identifier: GPL-3.0-or-later
// What stands inside the files of formats: well-known text, brush masks, base64, CSV, tables of classes, names of pictures.
#include <cmath>
#include <cstdlib>

#include "annotate/formats/base64.h"
#include "annotate/formats/brush_rle.h"
#include "annotate/formats/class_file.h"
#include "annotate/formats/file_list.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/text_file.h"
#include "annotate/formats/wkt.h"

using namespace intarsia;

namespace {
void require(bool condition) {
  if (!condition) std::abort();
}
}  // namespace

/// The first byte chooses what is read.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0:
      if (const auto polygons = parseWkt(text))
        for (const auto& polygon : *polygons)
          for (const auto& ring : polygon.rings)
            for (const Point p : ring) require(std::isfinite(p.x) && std::isfinite(p.y));
      break;
    case 1: {
      // As large as the header says, up to a limit: so that blocks are reached.
      size_t count = 0;
      for (size_t i = 1; i <= 4 && i < size; ++i) count = count << 8 | data[i];
      count = std::min<size_t>(count, 1 << 16);
      if (const auto words = decodeBrushRle({data + 1, size - 1}, count)) require(words->size() == count);
      break;
    }
    case 2:
      if (const auto bytes = fromBase64(text)) require(fromBase64(toBase64(*bytes)) == bytes);
      break;
    case 3:
      for (const auto& row : parseCsv(text)) require(!row.empty());
      (void)splitBlanks(text);
      break;
    case 4: {
      const MaskClasses table = parseClassLines(text);
      for (const auto& [value, index] : table.values) require(index >= 0 && size_t(index) < table.classes.size());
      if (table.classes.size() < 65000) (void)table.rule();
      break;
    }
    default:
      for (const auto& part : nameParts(text)) require(part != ".." && part != "." && part.find('/') == std::string::npos);
      (void)jsonKeys(text);
  }
  return 0;
}
