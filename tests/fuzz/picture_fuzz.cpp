// SPDX-License-Identifier: GPL-3.0-or-later
// One codec (INTARSIA_FUZZ_CODEC): whatever the bytes, an error or a picture of the promised shape.
#include <cstdlib>

#include "core/media/codec.h"

using namespace intarsia;

namespace {
void require(bool condition) {
  if (!condition) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> bytes(data, size);
  if (!media::INTARSIA_FUZZ_CODEC.matches(bytes)) return -1;
  const std::string name = "fuzz";
  constexpr int64_t kBudget = 1 << 18;
  DecodeOptions options;
  options.pixelBudget = kBudget;
  options.keep16 = size % 2;
  options.maxSide = size % 3 == 0 ? 40 : 0;
  if (const auto image = decodeImage(std::as_bytes(bytes), name, options)) {
    require(image->channels == 1 || image->channels == 3);
    require(image->bits == 8 || (image->bits == 16 && options.keep16));
    require(image->bytes.size() == image->rowBytes() * size_t(image->height));
    require(int64_t(image->width) * image->height <= kBudget && image->width > 0 && image->height > 0);
  }
  if (const auto mask = decodeMask(std::as_bytes(bytes), name, kBudget)) {
    const size_t pixels = size_t(mask->size.width) * size_t(mask->size.height);
    require(mask->kind == RawMask::Kind::color ? mask->rgb.size() == 3 * pixels : mask->values.size() == pixels);
    require(mask->alpha.empty() || mask->alpha.size() == pixels);
  }
  return 0;
}
