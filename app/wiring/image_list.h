// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace intarsia {

/// Paths for the engine's `--list`, each ended by a zero byte: a command line ends at 2 MB. The file goes with this object.
class ImageList {
 public:
  /// Writes it into the system's folder for temporary files.
  static Expected<ImageList> write(const std::vector<std::string>& images);
  ImageList(ImageList&& other) noexcept : m_file(std::move(other.m_file)) { other.m_file.clear(); }
  ImageList& operator=(ImageList&&) = delete;
  ~ImageList();
  const std::filesystem::path& file() const { return m_file; }

 private:
  explicit ImageList(std::filesystem::path file) : m_file(std::move(file)) {}
  std::filesystem::path m_file;
};

}  // namespace intarsia
