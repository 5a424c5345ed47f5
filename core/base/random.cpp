// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"

#include <cmath>
#include <numbers>

namespace intarsia {

Random::Block Random::philox(Block c, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t p = uint64_t(0xD2511F53) * c[0], q = uint64_t(0xCD9E8D57) * c[2];
    c = {uint32_t(q >> 32) ^ c[1] ^ key[0], uint32_t(q), uint32_t(p >> 32) ^ c[3] ^ key[1], uint32_t(p)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return c;
}

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

double Random::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

}  // namespace intarsia
