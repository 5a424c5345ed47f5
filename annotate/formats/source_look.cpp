// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/source_look.h"

#include <algorithm>
#include <fstream>

#include "core/base/text.h"

namespace intarsia {
namespace fs = std::filesystem;
namespace {
constexpr int kMaxDepth = 6;
constexpr size_t kMaxPerFolder = 600, kMaxFiles = 20000, kHead = 64 * 1024;
}  // namespace

SourceLook::SourceLook(const fs::path& source) : m_path(source) {
  std::error_code error;
  const auto status = fs::status(source, error);
  m_isFile = fs::is_regular_file(status);
  m_isFolder = fs::is_directory(status);
  if (m_isFile) {
    const std::string name = displayPath(source.filename());
    m_files.push_back(name);
    m_names.insert(name);
    m_paths[name] = source;
  } else if (m_isFolder) {
    lookInto(source, "", 0);
    std::sort(m_files.begin(), m_files.end());
  }
}

void SourceLook::lookInto(const fs::path& folder, const std::string& prefix, int depth) {
  std::error_code error;
  std::vector<fs::path> folders;
  size_t seen = 0;
  for (fs::directory_iterator it(folder, fs::directory_options::skip_permission_denied, error), end; !error && it != end;
       it.increment(error)) {
    if (++seen > kMaxPerFolder * 20 || m_files.size() >= kMaxFiles) break;
    std::error_code ignored;
    if (it->is_symlink(ignored) && it->is_directory(ignored)) continue;
    const std::string name = prefix + displayPath(it->path().filename());
    if (it->is_directory(ignored)) {
      folders.push_back(it->path());
      m_folders.insert(name);
    } else if (it->is_regular_file(ignored) && seen <= kMaxPerFolder) {
      if (it->is_symlink(ignored)) {  // what lies elsewhere is not even looked at
        const fs::path target = fs::canonical(it->path(), ignored), root = fs::canonical(m_path, ignored);
        if (ignored || std::mismatch(root.begin(), root.end(), target.begin(), target.end()).first != root.end()) continue;
      }
      m_files.push_back(name);
      m_names.insert(name);
      m_paths[name] = it->path();
    }
  }
  if (depth >= kMaxDepth) return;
  std::sort(folders.begin(), folders.end());
  for (size_t i = 0; i < folders.size() && i < 64; ++i)
    lookInto(folders[i], prefix + displayPath(folders[i].filename()) + "/", depth + 1);
}

std::vector<std::string> SourceLook::endingIn(std::string_view suffix, size_t limit) const {
  static const std::set<std::string_view> texts = {".json", ".ndjson", ".jsonl", ".xml", ".csv"};
  if (m_isFile && texts.contains(suffix)) return m_files;
  std::vector<std::string> found;
  for (const auto& file : m_files) {
    if (found.size() >= limit) break;
    if (lower(file).ends_with(suffix)) found.push_back(file);
  }
  return found;
}

const std::string& SourceLook::head(const std::string& file) const {
  if (const auto it = m_heads.find(file); it != m_heads.end()) return it->second;
  std::string& text = m_heads[file];
  const auto path = m_paths.find(file);
  if (path == m_paths.end()) return text;
  std::ifstream stream(path->second, std::ios::binary);
  text.resize(kHead);
  stream.read(text.data(), std::streamsize(text.size()));
  text.resize(size_t(std::max<std::streamsize>(0, stream.gcount())));
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

const std::set<std::string>& SourceLook::keys(const std::string& file) const {
  if (const auto it = m_keys.find(file); it != m_keys.end()) return it->second;
  return m_keys[file] = jsonKeys(head(file));
}

bool SourceLook::anyKey(const std::string& file, std::initializer_list<const char*> paths) const {
  const auto& all = keys(file);
  return std::any_of(paths.begin(), paths.end(), [&](const char* p) { return all.contains(p); });
}

bool SourceLook::allKeys(const std::string& file, std::initializer_list<const char*> paths) const {
  const auto& all = keys(file);
  return std::all_of(paths.begin(), paths.end(), [&](const char* p) { return all.contains(p); });
}

std::set<std::string> jsonKeys(std::string_view head) {
  std::set<std::string> found;
  struct Level { bool object; std::string path; };
  std::vector<Level> levels;
  size_t deeper = 0;  // levels beyond those that are followed
  size_t i = head.find_first_not_of(" \t\r\n");
  if (i == std::string_view::npos || (head[i] != '{' && head[i] != '[')) return found;
  std::string pending;  // the key whose value comes next
  const auto here = [&]() { return levels.empty() ? std::string() : levels.back().path; };
  for (; i < head.size() && found.size() < 4000; ++i) {
    const char c = head[i];
    if (c == '{' || c == '[') {
      if (deeper || levels.size() >= 8) { ++deeper; continue; }
      std::string path = pending.empty() ? here() : pending;
      if (c == '[') path += "[]";
      pending.clear();
      levels.push_back({c == '{', path});
    } else if (c == '}' || c == ']') {
      if (deeper) { --deeper; continue; }
      if (levels.empty()) break;
      levels.pop_back();
      pending.clear();
    } else if (c == '"') {
      size_t end = i + 1;
      while (end < head.size() && head[end] != '"') end += head[end] == '\\' ? 2 : 1;
      if (end >= head.size()) break;
      size_t next = head.find_first_not_of(" \t\r\n", end + 1);
      if (!deeper && !levels.empty() && levels.back().object && next != std::string_view::npos && head[next] == ':') {
        const std::string key(head.substr(i + 1, std::min<size_t>(end - i - 1, 200)));
        pending = here().empty() ? key : here() + "." + key;
        found.insert(pending);
        end = next;
      }
      i = end;
    } else if (c == ',' && !deeper) {
      pending.clear();
    }
  }
  return found;
}

}  // namespace intarsia
