// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "core/base/error.h"

namespace intarsia {

struct ZipEntry {
  uint64_t offset = 0, size = 0;  // of its bytes in the archive
  bool plain = true;              // neither compressed nor encrypted
};

/// The entries of an archive (zip and zip64). Ranges lie inside the data and do not overlap. `file` stands in error texts.
Expected<std::map<std::string, ZipEntry>> readZipList(std::span<const std::byte> data, const std::string& file);

}  // namespace intarsia
