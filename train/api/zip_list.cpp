// SPDX-License-Identifier: GPL-3.0-or-later
// PKWARE's APPNOTE 6.3: end record (4.3.16), zip64 (4.3.14, 4.3.15, 4.5.3), central directory (4.3.12), local headers (4.3.7).
#include "train/api/zip_list.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

namespace intarsia {
namespace {

constexpr uint32_t kEnd = 0x06054b50, kEnd64Locator = 0x07064b50, kEnd64 = 0x06064b50, kCentral = 0x02014b50, kLocal = 0x04034b50;
constexpr size_t kEndBytes = 22, kLocatorBytes = 20, kEnd64Bytes = 56, kCentralBytes = 46, kLocalBytes = 30, kMostComment = 65535;
constexpr uint64_t kMostEntries = 1'000'000;

struct Reader {
  std::span<const std::byte> data;
  template <class T>
  T get(uint64_t at) const {  // 0 beyond the end
    T value{};
    if (at <= data.size() && data.size() - at >= sizeof(T)) std::memcpy(&value, data.data() + at, sizeof(T));
    return value;
  }
  bool has(uint64_t at, uint64_t bytes) const { return at <= data.size() && bytes <= data.size() - at; }
};

struct Directory {
  uint64_t offset = 0, count = 0;
};

std::optional<Directory> findDirectory(const Reader& r) {
  if (r.data.size() < kEndBytes) return std::nullopt;
  const uint64_t last = r.data.size() - kEndBytes, first = last > kMostComment ? last - kMostComment : 0;
  for (uint64_t at = last + 1; at-- > first;) {
    if (r.get<uint32_t>(at) != kEnd) continue;
    Directory found{r.get<uint32_t>(at + 16), r.get<uint16_t>(at + 10)};
    if (at >= kLocatorBytes && r.get<uint32_t>(at - kLocatorBytes) == kEnd64Locator) {
      const uint64_t end64 = r.get<uint64_t>(at - kLocatorBytes + 8);
      if (!r.has(end64, kEnd64Bytes) || r.get<uint32_t>(end64) != kEnd64) return std::nullopt;
      found = {r.get<uint64_t>(end64 + 48), r.get<uint64_t>(end64 + 32)};
    }
    return found;
  }
  return std::nullopt;
}

/// Sizes and offset that did not fit their 32 bits, in the order of the fields that are full.
bool readZip64(const Reader& r, uint64_t at, uint64_t bytes, uint64_t& size, uint64_t& packed, uint64_t& offset) {
  for (const uint64_t end = at + bytes; at + 4 <= end;) {
    const uint16_t id = r.get<uint16_t>(at), length = r.get<uint16_t>(at + 2);
    uint64_t field = at + 4;
    at = field + length;
    if (id != 1) continue;
    for (uint64_t* value : {&size, &packed, &offset})
      if (*value == 0xffffffff) {
        if (field + 8 > at || at > end) return false;
        *value = r.get<uint64_t>(field);
        field += 8;
      }
  }
  return true;
}

}  // namespace

Expected<std::map<std::string, ZipEntry>> readZipList(std::span<const std::byte> data, const std::string& file) {
  const auto broken = [&](const char* why) {
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is not a valid weight file: {reason}"), {{"file", file}, {"reason", why}});
  };
  const Reader r{data};
  const auto directory = findDirectory(r);
  if (!directory) return broken("its list of contents is missing; it may have been cut off");
  if (directory->count > kMostEntries) return broken("it has too many members");
  std::map<std::string, ZipEntry> entries;
  uint64_t at = directory->offset;
  for (uint64_t i = 0; i < directory->count; ++i) {
    if (!r.has(at, kCentralBytes) || r.get<uint32_t>(at) != kCentral) return broken("its list of contents is damaged");
    const uint16_t flags = r.get<uint16_t>(at + 8), method = r.get<uint16_t>(at + 10), nameBytes = r.get<uint16_t>(at + 28), extraBytes = r.get<uint16_t>(at + 30),
                   commentBytes = r.get<uint16_t>(at + 32);
    uint64_t packed = r.get<uint32_t>(at + 20), size = r.get<uint32_t>(at + 24), local = r.get<uint32_t>(at + 42);
    const uint64_t name = at + kCentralBytes, extra = name + nameBytes;
    if (!r.has(name, uint64_t(nameBytes) + extraBytes + commentBytes)) return broken("its list of contents is damaged");
    if (!readZip64(r, extra, extraBytes, size, packed, local)) return broken("its list of contents is damaged");
    at = extra + extraBytes + commentBytes;
    const bool plain = method == 0 && !(flags & 1);
    if (plain && packed != size) return broken("its list of contents is damaged");
    if (!r.has(local, kLocalBytes) || r.get<uint32_t>(local) != kLocal) return broken("a member is not where its list of contents says");
    const uint64_t begin = local + kLocalBytes + r.get<uint16_t>(local + 26) + r.get<uint16_t>(local + 28);
    if (!r.has(begin, packed)) return broken("a member reaches beyond the end of the file");
    const std::string text(reinterpret_cast<const char*>(data.data()) + name, nameBytes);
    if (!entries.emplace(text, ZipEntry{begin, packed, plain}).second) return broken("it has two members of one name");
  }
  std::vector<ZipEntry> order;
  for (const auto& [name, entry] : entries) order.push_back(entry);
  std::ranges::sort(order, {}, &ZipEntry::offset);
  for (size_t i = 1; i < order.size(); ++i)
    if (order[i - 1].offset + order[i - 1].size > order[i].offset) return broken("its members overlap");
  return entries;
}

}  // namespace intarsia
