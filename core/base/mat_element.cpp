// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/mat_element.h"

#include <cstring>

namespace intarsia {

static uint32_t numberAt(std::string_view bytes, size_t at) {
  uint32_t v;
  std::memcpy(&v, bytes.data() + at, 4);
  return v;
}

std::optional<MatElement> matElement(std::string_view bytes, size_t at) {
  if (at > bytes.size() || bytes.size() - at < 8) return std::nullopt;
  const uint32_t tag = numberAt(bytes, at), size = numberAt(bytes, at + 4);
  if (tag >> 16) return (tag >> 16) <= 4 ? std::optional(MatElement{tag & 0xFFFF, at + 4, at + 4 + (tag >> 16), at + 8}) : std::nullopt;
  if (size > bytes.size() - at - 8) return std::nullopt;
  const size_t end = at + 8 + size;
  return MatElement{tag, at + 8, end, tag == MatElement::compressed ? end : at + 8 + (size_t(size) + 7) / 8 * 8};
}

std::optional<uint64_t> MatMatrix::count() const {
  uint64_t n = 1;
  for (const int64_t side : dimensions)
    if (__builtin_mul_overflow(n, uint64_t(side), &n) || n >> 48) return std::nullopt;
  return n;
}

std::optional<MatMatrix> matMatrix(std::string_view bytes) {
  const auto flags = matElement(bytes, 0);
  const auto sides = flags ? matElement(bytes, flags->next) : std::nullopt;
  const auto name = sides ? matElement(bytes, sides->next) : std::nullopt;
  if (!name || flags->type != MatElement::uint32 || flags->end - flags->begin < 8 || sides->type != MatElement::int32 || sides->end - sides->begin > 32 ||
      name->type != MatElement::int8)
    return std::nullopt;
  MatMatrix matrix;
  const uint32_t word = numberAt(bytes, flags->begin);
  matrix.kind = uint8_t(word);
  matrix.complex = word & 0x800;
  for (size_t i = sides->begin; i + 4 <= sides->end; i += 4) {
    const auto side = int32_t(numberAt(bytes, i));
    if (side < 0) return std::nullopt;
    matrix.dimensions.push_back(side);
  }
  matrix.name = bytes.substr(name->begin, name->end - name->begin);
  matrix.content = bytes.substr(std::min(bytes.size(), name->next));
  return matrix;
}

}  // namespace intarsia
