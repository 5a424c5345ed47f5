// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wiring/image_list.h"

#include <unistd.h>

#include <atomic>

#include "core/base/atomic_file.h"

namespace intarsia {

Expected<ImageList> ImageList::write(const std::vector<std::string>& images) {
  static std::atomic<int> serial;
  std::error_code error;
  const auto folder = std::filesystem::temp_directory_path(error);
  ImageList list(folder / ("intarsia-images-" + std::to_string(::getpid()) + "-" + std::to_string(serial++)));
  std::string content;
  for (const auto& image : images) content.append(image).push_back('\0');
  INTARSIA_CHECK(writeFileAtomically(list.file(), content));
  return list;
}

ImageList::~ImageList() {
  std::error_code ignored;
  if (!m_file.empty()) std::filesystem::remove(m_file, ignored);
}

}  // namespace intarsia
