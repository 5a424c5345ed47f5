// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/open_image.h"

#include <algorithm>

namespace intarsia {

PyramidPtr PyramidCache::find(const std::string& key) {
  const auto at = std::ranges::find(m_items, key, [](const auto& item) { return item.first; });
  if (at == m_items.end()) return nullptr;
  m_items.splice(m_items.begin(), m_items, at);
  return at->second;
}

void PyramidCache::insert(const std::string& key, PyramidPtr pyramid) {
  if (find(key)) return;
  m_items.emplace_front(key, std::move(pyramid));
  size_t bytes = 0;
  for (const auto& item : m_items) bytes += item.second->byteCount();
  while (bytes > m_limit && m_items.size() > 1) {
    bytes -= m_items.back().second->byteCount();
    m_items.pop_back();
  }
}

}  // namespace intarsia
