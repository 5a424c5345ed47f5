// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/file_list.h"

#include <algorithm>
#include <set>

#include "core/base/text.h"

namespace intarsia {
namespace fs = std::filesystem;
namespace {

constexpr int kMaxDepth = 32;
constexpr size_t kMaxFiles = 4'000'000;

bool inside(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

struct Walk {
  fs::path root;  // canonical
  FileList& list;
  const Job& job;
  std::set<fs::path> visited;  // canonical folders that links led to

  Expected<> into(const fs::path& folder, const std::string& prefix, int depth) {
    INTARSIA_CHECK(job.check());
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator it(folder, fs::directory_options::skip_permission_denied, error), end; !error && it != end; it.increment(error))
      entries.push_back(*it);
    if (error && depth == 0)
      return fail(ErrorCode::io, INTARSIA_TEXT("Cannot list {file}: {reason}"), {{"file", displayPath(folder)}, {"reason", error.message()}});
    std::sort(entries.begin(), entries.end());
    for (const auto& entry : entries) {
      const std::string name = prefix + displayPath(entry.path().filename());
      std::error_code ignored;
      const bool link = entry.is_symlink(ignored);
      const bool isFolder = entry.is_directory(ignored);
      if (!isFolder && !entry.is_regular_file(ignored)) continue;
      if (link) {
        const fs::path target = fs::canonical(entry.path(), ignored);
        if (ignored || !inside(target, root)) {
          list.outside.push_back(name);
          continue;
        }
        if (isFolder && (inside(folder, target) || !visited.insert(target).second)) continue;
      }
      if (isFolder) {
        if (depth < kMaxDepth) INTARSIA_CHECK(into(entry.path(), name + "/", depth + 1));
      } else if (list.files.size() < kMaxFiles) {
        list.files.push_back({entry.path(), name});
      } else {
        return fail(ErrorCode::tooLarge, INTARSIA_TEXT("{file} holds more than 4 million files; choose a folder below it"), {{"file", displayPath(root)}});
      }
    }
    return {};
  }
};

std::string percentDecoded(std::string_view text) {
  std::string out;
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      out += char(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

Expected<FileList> listFiles(const fs::path& folder, const Job& job) {
  FileList list;
  std::error_code error;
  if (fs::is_regular_file(folder, error)) {
    list.files.push_back({folder, displayPath(folder.filename())});
    return list;
  }
  const fs::path root = fs::canonical(folder, error);
  if (error)
    return fail(ErrorCode::notFound, INTARSIA_TEXT("Cannot list {file}: {reason}"), {{"file", displayPath(folder)}, {"reason", error.message()}});
  Walk walk{root, list, job, {}};
  INTARSIA_CHECK(walk.into(folder, "", 0));
  std::sort(list.files.begin(), list.files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return list;
}

std::string_view baseName(std::string_view name) { return name.substr(name.find_last_of('/') + 1); }
std::string_view folderOf(std::string_view name) {
  const size_t slash = name.find_last_of('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}
std::string_view stemOf(std::string_view name) {
  const auto base = baseName(name);
  const size_t dot = base.find_last_of('.');
  return dot == std::string_view::npos || dot == 0 ? base : base.substr(0, dot);
}
std::string extensionOf(std::string_view name) {
  const auto base = baseName(name);
  const size_t dot = base.find_last_of('.');
  return dot == std::string_view::npos || dot == 0 ? std::string() : lower(base.substr(dot));
}
bool isImageName(std::string_view name) {
  static const std::set<std::string> known = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pnm", ".pbm"};
  return known.contains(extensionOf(name));
}

std::vector<std::string> nameParts(std::string_view name) {
  name = trim(name);
  std::string text(name);
  if (const size_t scheme = name.find("://"); scheme != std::string_view::npos && scheme < 10 && name.find_first_of("/\\") > scheme) {
    std::string_view rest = name.substr(scheme + 3);
    rest = rest.substr(0, rest.find_first_of("?#"));
    text = percentDecoded(rest);
  } else if (const size_t query = name.find("?d="); query != std::string_view::npos) {  // Label Studio's local files
    text = percentDecoded(name.substr(query + 3));
  }
  std::replace(text.begin(), text.end(), '\\', '/');
  std::vector<std::string> parts;
  std::string part;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != '/') {
      part += text[i];
      continue;
    }
    if (!part.empty() && part != "." && part != ".." && !(parts.empty() && part.size() == 2 && part[1] == ':')) parts.push_back(part);
    part.clear();
  }
  return parts;
}

void ImageIndex::add(FileList list) {
  for (auto& file : list.files) {
    if (!isImageName(file.name)) continue;
    const int index = int(m_files.size());
    const std::string base(baseName(file.name));
    m_byName[base].push_back(index);
    m_byLower[lower(base)].push_back(index);
    m_byStem[lower(stemOf(base))].push_back(index);
    m_files.push_back(std::move(file));
  }
}

ImageIndex::Match ImageIndex::best(const std::vector<int>& candidates, const std::vector<std::string>& parts) const {
  const auto commonFolders = [&](const std::string& name) {
    const auto own = nameParts(name);
    size_t equal = 0;
    while (equal + 1 < own.size() && equal + 1 < parts.size() && own[own.size() - 2 - equal] == parts[parts.size() - 2 - equal]) ++equal;
    return std::pair(equal, equal + 1 == own.size() && own.size() == parts.size());  // the whole name is better than a part of it
  };
  int bestIndex = -1, equals = 0;
  std::pair<size_t, bool> bestScore;
  for (const int index : candidates) {
    const auto score = commonFolders(m_files[size_t(index)].name);
    if (bestIndex < 0 || score > bestScore) {
      bestIndex = index;
      bestScore = score;
      equals = 1;
    } else if (score == bestScore) {
      ++equals;
    }
  }
  if (equals > 1) return {nullptr, std::to_string(equals) + " images have this name"};
  return {&m_files[size_t(bestIndex)], {}};
}

ImageIndex::Match ImageIndex::find(std::string_view name) const {
  const auto parts = nameParts(name);
  if (parts.empty()) return {nullptr, "no name is given"};
  const std::string& base = parts.back();
  if (const auto it = m_byName.find(base); it != m_byName.end()) return best(it->second, parts);
  if (const auto it = m_byLower.find(lower(base)); it != m_byLower.end()) return best(it->second, parts);
  if (const auto it = m_byStem.find(lower(stemOf(base))); it != m_byStem.end()) return best(it->second, parts);
  if (const auto it = m_byStem.find(lower(base)); it != m_byStem.end()) return best(it->second, parts);  // a stem with dots in it
  return {nullptr, "not found"};
}

}  // namespace intarsia
