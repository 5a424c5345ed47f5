// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/edit/history.h"

#include <algorithm>

#include "annotate/edit/delta_codec.h"

namespace intarsia {

namespace {

constexpr size_t kClassBytes = sizeof(ClassInfo) + 16;

}  // namespace

void History::push(Step step, std::string_view mergeKey) {
  while (m_steps.size() > m_done) dropBack();
  // Where the project's value is not the last one seen here, the step begins at the one seen here: the chain of differences must hold.
  for (Change& change : step.changes) {
    const auto known = m_present.find(change.image);
    if (known == m_present.end()) continue;
    TileMap base = known->second.base ? known->second.value.base : std::move(change.before.base);
    change.before = known->second.value;
    change.before.base = std::move(base);
  }
  if (!mergeKey.empty() && mergeKey == m_mergeKey) merge(step);
  m_mergeKey = mergeKey;
  Record record{std::move(step.name), {}, {}, std::move(step.classes), std::move(step.wide), std::move(step.splits), step.background, 0, {}};
  record.ownBytes = sizeof(Record) + record.name.size();
  for (Change& change : step.changes) {
    record.images.push_back(change.image);
    record.deltas.emplace_back(change.before, change.after);
    record.ownBytes += change.image.size() + sizeof(std::string) + record.deltas.back().ownBytes();
    // Several images at once are not open: their maps would be kept for nothing else.
    const bool keep = !m_baseOf || change.after.base.empty() || (record.deltas.back().patchesBase() && step.changes.size() > 1);
    if (!keep) change.after.base = {};
    m_present[change.image] = {std::move(change.after), keep};
  }
  for (const SplitChange& change : record.splits) record.ownBytes += sizeof(change) + change.image.size();
  if (record.classes) record.ownBytes += size_t(record.classes->before.size() + record.classes->after.size()) * kClassBytes;
  count(record, true);
  m_steps.push_back(std::move(record));
  m_done = m_steps.size();
  makeRoom();
}

/// Takes the last step into this one, if it is of the same images.
void History::merge(Step& step) {
  if (m_done == 0 || m_steps.back().place || !m_steps.back().splits.empty() || !std::ranges::equal(m_steps.back().images, step.changes, {}, {}, &Change::image)) return;
  const Record& last = m_steps.back();
  for (size_t i = 0; i < step.changes.size(); ++i) step.changes[i].before = last.deltas[i].back(step.changes[i].before);
  if (step.classes && last.classes)
    step.classes->before = last.classes->before;
  else if (last.classes)
    step.classes = last.classes;
  dropBack();
  --m_done;
}

std::optional<History::Restored> History::walk(bool forward) {
  if (forward ? !canRedo() : !canUndo()) return {};
  endMerging();
  const size_t at = forward ? m_done : m_done - 1;
  const Record& record = m_steps[at];
  SpilledStep fromFile;
  if (record.place) {
    auto read = decodeStep(m_file.read(*record.place).value_or(std::string()));
    if (!read || read->deltas.size() != record.images.size()) {  // the disk has lost it, and all that lies before it
      while (m_spilled > 0) dropFront();
      return {};
    }
    fromFile = std::move(*read);
  }
  const auto& deltas = record.place ? fromFile.deltas : record.deltas;
  Restored restored{record.name, {}, {}, record.wide};
  for (size_t i = 0; i < deltas.size(); ++i) {
    Present& present = m_present.at(record.images[i]);
    Annotation value = present.value;
    if (!present.base && deltas[i].patchesBase()) value.base = m_baseOf(record.images[i]);
    value = forward ? deltas[i].forward(value) : deltas[i].back(value);
    restored.images.emplace_back(record.images[i], value);
    if (!present.base && !deltas[i].patchesBase() && !deltas[i].replacesBase()) restored.baseless.push_back(record.images[i]);
    if (!present.base) value.base = {};
    present.value = std::move(value);
  }
  for (const SplitChange& change : record.splits) restored.splits.emplace_back(change.image, forward ? change.after : change.before);
  if (record.background) restored.background = forward ? record.background->after : record.background->before;
  if (const auto& classes = record.place ? fromFile.classes : record.classes) restored.classes = forward ? classes->after : classes->before;
  m_done = forward ? at + 1 : at;
  return restored;
}

History::Values History::present() const {
  Values values;
  for (const auto& [image, present] : m_present) values.emplace_back(image, present.value);
  return values;
}

void History::amend(Values now) {
  for (auto& [image, value] : now) {
    const auto known = m_present.find(image);
    if (known == m_present.end()) continue;
    known->second.value = std::move(value);
    if (!known->second.base) known->second.value.base = {};
  }
}

void History::clear() {
  m_steps.clear();
  m_present.clear();
  m_shared.clear();
  m_mergeKey.clear();
  m_file.clear();
  m_done = m_spilled = m_dropped = m_bytes = 0;
}

/// What several steps share is counted once.
void History::count(const Record& record, bool add) {
  m_bytes += add ? record.ownBytes : 0 - record.ownBytes;
  for (const AnnotationDelta& delta : record.deltas)
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

/// The newest step stays in memory, however large it is.
void History::makeRoom() {
  while (m_bytes > m_budget && m_steps.size() > m_spilled + 1) {
    if (spill(m_steps[m_spilled])) {
      ++m_spilled;
      while (m_file.bytes() > m_spillLimit && m_spilled > 0) dropFront();
    } else {
      while (m_spilled > 0) dropFront();  // steps behind a missing one cannot be reached
      dropFront();
    }
  }
}

bool History::spill(Record& record) {
  if (m_spillFolder.empty()) return false;
  const auto place = m_file.append(m_spillFolder, encodeStep(record.deltas, record.classes));
  if (!place) return false;
  count(record, false);
  record.deltas.clear();
  record.deltas.shrink_to_fit();
  record.classes.reset();
  record.ownBytes = sizeof(Record) + record.name.size();
  m_bytes += record.ownBytes;
  record.place = place;
  return true;
}

void History::dropBack() {
  Record& record = m_steps.back();
  count(record, false);
  if (record.place) m_file.release(*record.place), --m_spilled;
  m_steps.pop_back();
}

void History::dropFront() {
  Record& record = m_steps.front();
  count(record, false);
  if (record.place) m_file.release(*record.place), --m_spilled;
  m_steps.pop_front();
  if (m_done > 0) --m_done;
  ++m_dropped;
}

}  // namespace intarsia
