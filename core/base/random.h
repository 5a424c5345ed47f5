// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>

namespace intarsia {

/// Counter-based random numbers (Philox 4x32-10, Salmon et al. 2011): the stream depends on the key alone, so a sample's
/// augmentation is the same whatever thread draws it.
class Random {
 public:
  Random(uint64_t seed, uint32_t a = 0, uint32_t b = 0);  // e.g. (seed, epoch, sample)
  uint32_t next();
  double uniform();                        // [0, 1), 53 bits
  double uniform(double low, double high);  // [low, high)
  int below(int n);                        // 0 … n-1, without bias; 0 when n < 1

  using Block = std::array<uint32_t, 4>;
  /// A block's bytes, summed and scaled: as good as normal (fourth moment 2.92 instead of 3, nothing beyond 6.9 deviations), the same on
  /// every device, and a fifth of the time of logarithm and cosine.
  static double normal(const Block& block) {
    uint32_t pairs = 0;
    for (const uint32_t word : block) pairs += (word & 0xff00ff) + (word >> 8 & 0xff00ff);
    return (int(pairs & 0xffff) + int(pairs >> 16) - 16 * 255 / 2) * 0.003382937543397;  // 1 / √(16 · (256² − 1) / 12)
  }
  /// The i-th of `seed`'s: mean 0, deviation 1.
  static double normal(uint64_t seed, uint64_t i) { return normal(philox({uint32_t(i), uint32_t(i >> 32), 0, 0}, {uint32_t(seed), uint32_t(seed >> 32)})); }
  /// The bijection itself: ten rounds over a counter under a key.
  static Block philox(Block c, std::array<uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
      const uint64_t p = uint64_t(0xD2511F53) * c[0], q = uint64_t(0xCD9E8D57) * c[2];
      c = {uint32_t(q >> 32) ^ c[1] ^ key[0], uint32_t(q), uint32_t(p >> 32) ^ c[3] ^ key[1], uint32_t(p)};
      key[0] += 0x9E3779B9;
      key[1] += 0xBB67AE85;
    }
    return c;
  }

 private:
  std::array<uint32_t, 2> m_key;
  Block m_counter, m_block;
  int m_used = 4;
};

}  // namespace intarsia
