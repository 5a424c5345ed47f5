// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/widen_bytes.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

namespace intarsia {
namespace {
uint16_t widened(uint8_t v) { return v == 255 ? uint16_t(65535) : v; }
}  // namespace

void widenBytes(const uint8_t* from, size_t count, uint16_t* to) {
  size_t i = 0;
#ifdef __SSE2__
  for (; i < count && reinterpret_cast<uintptr_t>(to + i) % 16; ++i) to[i] = widened(from[i]);
  const __m128i ones = _mm_set1_epi8(-1);
  for (; i + 16 <= count; i += 16) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i)), high = _mm_cmpeq_epi8(v, ones);
    auto* at = reinterpret_cast<__m128i*>(to + i);
    _mm_stream_si128(at, _mm_unpacklo_epi8(v, high));
    _mm_stream_si128(at + 1, _mm_unpackhi_epi8(v, high));
  }
  _mm_sfence();
#endif
  for (; i < count; ++i) to[i] = widened(from[i]);
}

}  // namespace intarsia
