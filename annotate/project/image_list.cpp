// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>

#include "annotate/project/export_place.h"
#include "annotate/project/project_file.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

/// The number that begins at `i` without its leading zeros; moves `i` behind it.
std::string_view number(std::string_view text, size_t& i) {
  while (i < text.size() && text[i] == '0') ++i;
  const size_t begin = i;
  while (i < text.size() && digit(text[i])) ++i;
  return text.substr(begin, i - begin);
}

}  // namespace

bool isImageKey(std::string_view key) {
  int components = 0;
  for (size_t begin = 0; begin <= key.size(); ++components) {
    size_t end = key.find('/', begin);
    if (end == std::string_view::npos) end = key.size();
    const auto part = key.substr(begin, end - begin);
    if (part.empty() || part == "." || part == ".." || part.find('\0') != std::string_view::npos) return false;
    begin = end + 1;
  }
  return components >= 2;
}

bool hasImageExtension(const std::filesystem::path& path) {
  static constexpr std::array<std::string_view, 11> kKnown = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp",
                                                              ".bmp", ".ppm", ".pgm",  ".pnm", ".jfif"};
  const auto extension = lower(path.extension().native());
  return std::find(kKnown.begin(), kKnown.end(), extension) != kKnown.end();
}

std::vector<std::string> listImages(const ProjectRoot& root, const std::filesystem::path& except) {
  namespace fs = std::filesystem;
  std::vector<std::string> keys;
  std::error_code error;
  const size_t prefix = root.path.native().size() + 1;
  fs::recursive_directory_iterator at(root.path, fs::directory_options::skip_permission_denied, error), end;
  while (!error && at != end) {
    const auto& path = at->path();
    const auto& native = path.native();
    const auto slash = native.rfind('/');
    const bool hidden = slash + 1 < native.size() && native[slash + 1] == '.';
    std::error_code ignored;
    if (at->is_directory(ignored)) {
      // The data folder of another project holds base maps and pictures of runs, no images.
      const bool data = native.substr(slash + 1) == kDataName && fs::exists(path / "project.json", ignored);
      if (hidden || data || path == except || fs::exists(path / kExportMark, ignored))
        at.disable_recursion_pending();
    } else if (!hidden && hasImageExtension(path) && at->is_regular_file(ignored)) {
      keys.push_back(root.name + "/" + encodePath(native.substr(prefix)));
    }
    at.increment(error);
  }
  return keys;
}

bool naturalLess(std::string_view a, std::string_view b) {
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (digit(a[i]) && digit(b[j])) {
      const auto x = number(a, i), y = number(b, j);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
    } else {
      if (a[i] != b[j]) {
        // Folders before their longer namesakes: "a/1" before "a-b/1".
        if (a[i] == '/' || b[j] == '/') return a[i] == '/';
        return uint8_t(a[i]) < uint8_t(b[j]);
      }
      ++i;
      ++j;
    }
    if (i >= a.size() && j < b.size()) return true;
    if (j >= b.size() && i < a.size()) return false;
  }
  return a < b;
}

}  // namespace intarsia
