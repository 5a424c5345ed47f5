// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"

#include <cstddef>

namespace intarsia {

Random::Random(uint64_t seed, uint32_t a, uint32_t b)
    : m_key{uint32_t(seed), uint32_t(seed >> 32)}, m_counter{0, 0, a, b}, m_block{} {}

uint32_t Random::next() {
  if (m_used == 4) {
    m_block = philox(m_counter, m_key);
    if (++m_counter[0] == 0) ++m_counter[1];
    m_used = 0;
  }
  return m_block[size_t(m_used++)];
}

double Random::uniform() {
  const uint64_t high = next();
  return double(high << 21 | next() >> 11) * 0x1p-53;
}

double Random::uniform(double low, double high) { return low + (high - low) * uniform(); }

int Random::below(int n) {
  if (n <= 1) return 0;
  const uint32_t bound = uint32_t(n), reject = (0u - bound) % bound;  // Lemire 2019
  for (;;) {
    const uint64_t product = uint64_t(next()) * bound;
    if (uint32_t(product) >= reject) return int(product >> 32);
  }
}

}  // namespace intarsia
