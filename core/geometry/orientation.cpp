// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry/orientation.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>

namespace intarsia {

namespace {

/// Fixed-point sum of products of two doubles, wide enough for every finite pair (Kulisch's long accumulator): exact, never rounds.
class LongAccumulator {
 public:
  void add(double a, double b, bool negative) {
    if (a == 0 || b == 0) return;
    int ea, eb;
    const auto ma = int64_t(std::ldexp(std::frexp(a, &ea), 53)), mb = int64_t(std::ldexp(std::frexp(b, &eb), 53));
    __int128 product = __int128(ma) * mb;
    if (negative) product = -product;
    const bool minus = product < 0;
    const auto magnitude = minus ? -static_cast<unsigned __int128>(product) : static_cast<unsigned __int128>(product);
    const int shift = ea + eb - 106 + kOffset;
    const size_t limb = size_t(shift) / 64;
    const int bits = shift % 64;
    const uint64_t low = uint64_t(magnitude), high = uint64_t(magnitude >> 64);
    const std::array<uint64_t, 3> parts = {low << bits, bits ? (high << bits) | (low >> (64 - bits)) : high,
                                           bits ? high >> (64 - bits) : 0};
    uint64_t carry = 0;
    for (size_t i = limb; i < m_limbs.size() && (i < limb + 3 || carry); ++i) {
      const uint64_t part = i < limb + 3 ? parts[i - limb] : 0;
      uint64_t sum;
      if (minus) {
        const bool c1 = __builtin_sub_overflow(m_limbs[i], part, &sum);
        const bool c2 = __builtin_sub_overflow(sum, carry, &sum);
        carry = c1 || c2;
      } else {
        const bool c1 = __builtin_add_overflow(m_limbs[i], part, &sum);
        const bool c2 = __builtin_add_overflow(sum, carry, &sum);
        carry = c1 || c2;
      }
      m_limbs[i] = sum;
    }
  }
  int sign() const {
    if (m_limbs.back() >> 63) return -1;
    for (const uint64_t limb : m_limbs)
      if (limb) return 1;
    return 0;
  }

 private:
  static constexpr int kOffset = 2304;             // products reach down to 2^-2148, normalised to 2^-2254
  std::array<uint64_t, 70> m_limbs{};              // two's complement, up to 2^2175
};

/// Rounding error of d = x − y is zero (Knuth's two-sum).
bool exactDifference(double x, double y, double d) {
  const double back = x - d;
  return (x - (d + back)) + (back - y) == 0;
}

/// Sign of u·v − w·z for given doubles, if it can be had from fused multiply-adds.
std::optional<int> compareProducts(double u, double v, double w, double z) {
  const double p = u * v, q = w * z;
  const auto safe = [](double r, double a, double b) { return a == 0 || b == 0 || (std::abs(r) > 1e-250 && std::abs(r) < 1e300); };
  if (!safe(p, u, v) || !safe(q, w, z)) return {};
  if (p != q) return p > q ? 1 : -1;  // rounding is monotonic
  const double pe = std::fma(u, v, -p), qe = std::fma(w, z, -q);
  return pe == qe ? 0 : pe > qe ? 1 : -1;
}

/// Shewchuk's filter A; `absolute` covers what scaling may have lost.
std::optional<int> filtered(Point a, Point b, Point c, double absolute) {
  const double left = (b.x - a.x) * (c.y - a.y), right = (b.y - a.y) * (c.x - a.x);
  const double size = std::abs(left) + std::abs(right), det = left - right;
  if (std::isfinite(size) && std::abs(det) > 4e-16 * size + absolute) return det > 0 ? 1 : -1;
  return {};
}

}  // namespace

int orientation(Point a, Point b, Point c) {
  if (const auto sign = filtered(a, b, c, 1e-290)) return *sign;
  const double dx = b.x - a.x, dy = b.y - a.y, cx = c.x - a.x, cy = c.y - a.y;
  if (exactDifference(b.x, a.x, dx) && exactDifference(b.y, a.y, dy) && exactDifference(c.x, a.x, cx) && exactDifference(c.y, a.y, cy))
    if (const auto sign = compareProducts(dx, cy, dy, cx)) return *sign;
  const double s = 0x1p-600;  // so that no product overflows
  if (const auto sign = filtered({a.x * s, a.y * s}, {b.x * s, b.y * s}, {c.x * s, c.y * s}, 1e-150)) return *sign;
  LongAccumulator sum;
  sum.add(b.x, c.y, false);
  sum.add(b.x, a.y, true);
  sum.add(a.x, c.y, true);
  sum.add(b.y, c.x, true);
  sum.add(b.y, a.x, false);
  sum.add(a.y, c.x, false);
  return sum.sign();
}

}  // namespace intarsia
