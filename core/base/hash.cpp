// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/hash.h"

#include <memory>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/base/input_file.h"

namespace intarsia {
namespace {

std::string toHex(XXH128_hash_t hash) {
  constexpr char kHex[] = "0123456789abcdef";
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  std::string out;
  for (const unsigned char byte : canonical.digest) out += {kHex[byte >> 4], kHex[byte & 15]};
  return out;
}

}  // namespace

std::string contentHash(std::span<const std::byte> bytes) { return toHex(XXH3_128bits(bytes.data(), bytes.size())); }

Expected<std::string> fileHash(const std::filesystem::path& path) {
  INTARSIA_TRY(auto file, InputFile::open(path));
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), &XXH3_freeState);
  XXH3_128bits_reset(state.get());
  std::vector<char> block(size_t(1) << 18);
  for (size_t n = block.size(); n == block.size();) {
    INTARSIA_TRY(n, file.read(block));
    XXH3_128bits_update(state.get(), block.data(), n);
  }
  return toHex(XXH3_128bits_digest(state.get()));
}

}  // namespace intarsia
