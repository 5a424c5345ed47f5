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
  double normal();                         // mean 0, deviation 1

  using Block = std::array<uint32_t, 4>;
  /// The bijection itself: ten rounds over a counter under a key.
  static Block philox(Block counter, std::array<uint32_t, 2> key);

 private:
  std::array<uint32_t, 2> m_key;
  Block m_counter, m_block;
  int m_used = 4;
};

}  // namespace intarsia
