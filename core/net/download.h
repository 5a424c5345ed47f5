// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "core/base/job.h"

namespace intarsia {

struct Download {
  std::string url;               // http or https
  std::filesystem::path target;  // its folder is made
  std::string sha256;            // first digits of the checksum, at least eight
  uint64_t most = uint64_t(2) << 30;  // bytes; a server that sends more is cut off
};

/// Fetches a file: bytes go to `target`.part, from where a later call goes on; when they are complete and their checksum is right, the file
/// gets its name. A target with that checksum is left as it is. Blocking; an error names address and reason and keeps what came, but
/// wrong contents are removed. Only called when the user asked for it.
Expected<> download(const Download& what, const Job& job);

}  // namespace intarsia
