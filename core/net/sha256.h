// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "core/base/job.h"

namespace intarsia {

/// SHA-256 (FIPS 180-4), which published files are known by.
class Sha256 {
 public:
  void add(std::span<const std::byte> bytes);
  /// 64 hex digits; nothing may be added afterwards.
  std::string finish();

 private:
  void block(const std::byte* bytes);
  std::array<uint32_t, 8> m_state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> m_rest{};
  uint64_t m_length = 0;  // bytes
};

Expected<std::string> sha256Of(const std::filesystem::path& file, const Job& job = {});

}  // namespace intarsia
