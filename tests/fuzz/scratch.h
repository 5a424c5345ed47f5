// SPDX-License-Identifier: GPL-3.0-or-later
// A folder in memory for targets whose reader wants files.
#pragma once
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace intarsia::fuzz {

/// Made anew for this process, removed when it ends.
inline const std::filesystem::path& scratch() {
  static const struct Folder {
    std::filesystem::path path;
    Folder() {
      std::string name = std::filesystem::is_directory("/dev/shm") ? "/dev/shm/intarsia-fuzz-XXXXXX" : "/tmp/intarsia-fuzz-XXXXXX";
      if (!mkdtemp(name.data())) std::abort();
      path = name;
    }
    ~Folder() {
      std::error_code error;
      std::filesystem::remove_all(path, error);
    }
  } folder;
  return folder.path;
}

inline void put(const std::filesystem::path& path, const uint8_t* data, size_t size) {
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(data), std::streamsize(size));
}

}  // namespace intarsia::fuzz
