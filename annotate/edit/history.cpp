// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/edit/history.h"

#include <algorithm>

namespace intarsia {

void History::push(Step step, std::string_view mergeKey) {
  while (m_steps.size() > m_done) dropBack();
  // Where the project's value is not the last one seen here, the step begins at the one seen here: the chain of differences must hold.
  for (Change& change : step.changes) {
    const auto [present, added] = m_present.try_emplace(change.image, change.before);
    if (!added) change.before = present->second;
  }
  const auto sameImages = [&](const Record& last) {
    return std::equal(last.changes.begin(), last.changes.end(), step.changes.begin(), step.changes.end(),
                      [](const auto& a, const Change& b) { return a.first == b.image; });
  };
  if (!mergeKey.empty() && mergeKey == m_mergeKey && m_done > 0 && sameImages(m_steps.back())) {
    const Record& last = m_steps.back();
    for (size_t i = 0; i < step.changes.size(); ++i) step.changes[i].before = last.changes[i].second.back(step.changes[i].before);
    if (step.classes && last.classes)
      step.classes->before = last.classes->before;
    else if (last.classes)
      step.classes = last.classes;
    dropBack();
    --m_done;
  }
  m_mergeKey = mergeKey;
  Record record{std::move(step.name), {}, std::move(step.classes), 0};
  for (Change& change : step.changes) {
    record.changes.emplace_back(change.image, AnnotationDelta(change.before, change.after));
    m_present[change.image] = std::move(change.after);
  }
  record.ownBytes = sizeof(Record) + record.name.size();
  for (const auto& [image, delta] : record.changes) record.ownBytes += image.size() + sizeof(std::string) + delta.ownBytes();
  if (record.classes) record.ownBytes += size_t(record.classes->before.size() + record.classes->after.size()) * sizeof(ClassInfo);
  count(record, true);
  m_steps.push_back(std::move(record));
  m_done = m_steps.size();
  while (m_bytes > m_budget && m_steps.size() > 1) dropFront();
}

std::optional<History::Restored> History::undo() {
  if (!canUndo()) return {};
  endMerging();
  const Record& record = m_steps[--m_done];
  Restored restored{record.name, {}, {}};
  for (const auto& [image, delta] : record.changes) {
    Annotation& present = m_present.at(image);
    present = delta.back(present);
    restored.images.emplace_back(image, present);
  }
  if (record.classes) restored.classes = record.classes->before;
  return restored;
}

std::optional<History::Restored> History::redo() {
  if (!canRedo()) return {};
  endMerging();
  const Record& record = m_steps[m_done++];
  Restored restored{record.name, {}, {}};
  for (const auto& [image, delta] : record.changes) {
    Annotation& present = m_present.at(image);
    present = delta.forward(present);
    restored.images.emplace_back(image, present);
  }
  if (record.classes) restored.classes = record.classes->after;
  return restored;
}

std::vector<std::string> History::names() const {
  std::vector<std::string> names;
  for (const Record& record : m_steps) names.push_back(record.name);
  return names;
}

void History::clear() {
  m_steps.clear();
  m_present.clear();
  m_shared.clear();
  m_mergeKey.clear();
  m_done = m_dropped = m_bytes = 0;
}

/// What several steps share is counted once.
void History::count(const Record& record, bool add) {
  m_bytes += add ? record.ownBytes : 0 - record.ownBytes;
  for (const auto& [image, delta] : record.changes)
    delta.visitShared([&](const void* address, size_t bytes) {
      auto& [uses, size] = m_shared[address];
      if (add) {
        if (uses++ == 0) m_bytes += size = bytes;
      } else if (--uses == 0) {
        m_bytes -= size;
        m_shared.erase(address);
      }
    });
}

void History::dropBack() {
  count(m_steps.back(), false);
  m_steps.pop_back();
}

void History::dropFront() {
  count(m_steps.front(), false);
  m_steps.pop_front();
  --m_done;
  ++m_dropped;
}

}  // namespace intarsia
