// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/session_wide.h"

#include "annotate/edit/delta_codec.h"

namespace intarsia {

void Session::Wide::put(const std::filesystem::path& folder, const std::string& key, AnnotationDelta delta) const {
  size_t bytes = delta.ownBytes();
  delta.visitShared([&](const void*, size_t shared) { bytes += shared; });
  {
    std::lock_guard lock(m_mutex);
    if (m_bytes + bytes <= mostMergedInMemory) {
      m_bytes += bytes;
      m_deltas.insert_or_assign(key, std::move(delta));
      return;
    }
  }
  if (spill(folder, key, delta)) return;
  std::lock_guard lock(m_mutex);
  m_bytes += bytes;
  m_deltas.insert_or_assign(key, std::move(delta));
}

bool Session::Wide::spill(const std::filesystem::path& folder, const std::string& key, const AnnotationDelta& delta) const {
  const std::string bytes = encodeStep({&delta, 1}, {});
  std::lock_guard lock(m_mutex);
  if (folder.empty() || m_file.bytes() + bytes.size() > History::kSpillLimit) return false;
  const auto place = m_file.append(folder, bytes);
  if (place) m_places.insert_or_assign(key, *place);
  return place.has_value();
}

std::optional<Annotation> Session::Wide::apply(const std::string& key, const Annotation& value, bool forward) const {
  const auto applied = [&](const AnnotationDelta& delta) { return forward ? delta.forward(value) : delta.back(value); };
  std::string bytes;
  {
    std::lock_guard lock(m_mutex);
    if (const auto delta = m_deltas.find(key); delta != m_deltas.end()) return applied(delta->second);
    const auto place = m_places.find(key);
    if (place == m_places.end()) return std::nullopt;
    bytes = m_file.read(place->second).value_or(std::string());
  }
  const auto step = decodeStep(bytes);
  return step && step->deltas.size() == 1 ? applied(step->deltas[0]) : Annotation{};
}

History::Values Session::Wide::applyAll(History::Values values, bool forward) const {
  for (auto& [key, value] : values)
    if (auto now = apply(key, value, forward)) value = std::move(*now);
  return values;
}

size_t Session::Wide::images() const {
  std::lock_guard lock(m_mutex);
  return m_deltas.size() + m_places.size();
}

}  // namespace intarsia
