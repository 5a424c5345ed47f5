// SPDX-License-Identifier: GPL-3.0-or-later
// The editing half of Session: every change of labels and classes, and the way back.
#include <algorithm>

#include "ui/main_window/session.h"
#include "ui/models/qt_text.h"

namespace intarsia {

/// Every pixel whose label may differ: shapes that came, went or changed their place in the order.
Rect Session::changedRect(const Annotation& before, const Annotation& after) {
  const Rect all{0, 0, after.size.width, after.size.height};
  if (!(before.base == after.base)) return all;
  Rect dirty;
  const auto add = [&](const ShapePtr& shape) { dirty = dirty.united(pixelBounds(shape->polygon, all)); };
  const auto [a, b] = std::ranges::mismatch(before.shapes, after.shapes);
  auto endA = before.shapes.end(), endB = after.shapes.end();
  while (endA != a && endB != b && *(endA - 1) == *(endB - 1)) --endA, --endB;
  std::for_each(a, endA, add);
  std::for_each(b, endB, add);
  return dirty;
}

bool Session::applyAnnotation(int index, const Annotation& value, const Rect& dirty) {
  const ProjectImage before = m_project->images()[size_t(index)];
  const auto generation = m_project->setAnnotation(index, value);
  if (!generation) {
    fail(generation.error());
    return false;
  }
  m_lastGeneration = std::max(m_lastGeneration, *generation);
  const ProjectImage& now = m_project->images()[size_t(index)];
  if (now.labelled != before.labelled || now.status != before.status || now.split != before.split) emit imageUpdated(index);
  emit labelsChanged(index, value);
  if (index == m_current && hasImage()) {
    m_loaded.annotation = value;
    m_loaded.labels.update(value, dirty);
    emit annotationChanged(dirty);
    emit countsChanged();
  }
  emit savedChanged();
  return true;
}

void Session::edit(Annotation after, const Rect& dirty, const QString& name, const QString& mergeKey) {
  const ProjectImage* image = currentImage();
  if (!image || !hasImage() || !editable()) return;
  if (after.status == ImageStatus::unlabelled && after.labelled()) after.status = ImageStatus::inWork;
  History::Step step{name.toStdString(), {{image->key, m_loaded.annotation, after}}, {}};
  if (!applyAnnotation(m_current, after, dirty)) return emit annotationChanged({});  // the view returns to what is kept
  m_wantedSteps = 0;
  m_history.push(std::move(step), mergeKey.toStdString());
  emit historyChanged();
}

bool Session::applyClasses(const ClassTable& table) {
  const ClassTable before = classes();
  if (const auto set = m_project->setClasses(table); !set) {
    fail(set.error());
    return false;
  }
  // Indices in the label map mean other classes when one came, went or moved.
  const bool sameIndices = std::ranges::equal(before, table, {}, &ClassInfo::id, &ClassInfo::id);
  if (hasImage() && !sameIndices) m_loaded.labels.reset(m_loaded.annotation, table);
  emit classesChanged();
  emit countsChanged();
  emit savedChanged();
  return true;
}

void Session::editClasses(const ClassTable& after, const QString& name) {
  if (!m_project || !editable() || after == classes()) return;
  History::Step step{name.toStdString(), {}, History::Classes{classes(), after}};
  if (!applyClasses(after)) return;
  m_history.push(std::move(step));
  emit historyChanged();
}

void Session::applyImages(const std::vector<std::pair<std::string, Annotation>>& images) {
  for (const auto& [key, value] : images)
    if (const int index = m_project->indexOfKey(key); index >= 0)
      applyAnnotation(index, value, index == m_current && hasImage() ? changedRect(m_loaded.annotation, value) : Rect{});
}

void Session::applyRestored(const History::Restored& restored) {
  if (restored.classes) applyClasses(*restored.classes);
  applyImages(restored.images);
}

bool Session::canUndo() const { return m_project && m_history.canUndo(); }
bool Session::canRedo() const { return m_project && m_history.canRedo(); }
QString Session::undoName() const { return canUndo() ? toQt(m_history.name(m_history.done() - 1)) : QString(); }
QString Session::redoName() const { return canRedo() ? toQt(m_history.name(m_history.done())) : QString(); }

void Session::walk(bool forward) {
  if (!editable()) return;
  m_wantedSteps += forward ? 1 : -1;
  if (m_stepImage < 0) walkOn(-1);
}

/// Takes the steps that are wanted, up to one whose image has to be shown first; goes on when that was `seen` (or cannot be shown).
void Session::walkOn(int seen) {
  while (m_wantedSteps != 0) {
    const bool forward = m_wantedSteps > 0;
    if (forward ? !canRedo() : !canUndo()) {
      m_wantedSteps = 0;
      break;
    }
    const auto& images = m_history.images(forward ? m_history.done() : m_history.done() - 1);
    const ProjectImage* open = hasImage() ? currentImage() : nullptr;
    if (!images.empty() && !(open && std::ranges::find(images, open->key) != images.end()))
      if (const int index = m_project->indexOfKey(images.front()); index >= 0 && index != seen) {
        m_stepImage = index;
        return show(index);
      }
    m_wantedSteps += forward ? -1 : 1;
    const auto restored = forward ? m_history.redo() : m_history.undo();
    if (restored && restored->wide) return restoreWide(restored->wide, forward, [this] { walkOn(-1); });
    if (restored)
      applyRestored(*restored);
    else
      emit noticed({Notice::Kind::warning, tr("The steps before this one could not be read back from the disk; they are gone."), {}, {}});
  }
  emit historyChanged();
}

void Session::goTo(size_t done) {
  if (!m_project || !editable()) return;
  m_wantedSteps = 0;
  m_stepImage = -1;
  // Only where each image ends up is set, not what it went through.
  std::vector<std::pair<std::string, Annotation>> values;
  std::optional<ClassTable> table;
  std::string last;
  std::shared_ptr<const void> wide;  // it is made before those that follow
  const bool forward = m_history.done() < done;
  while (!wide && m_history.done() != std::min(done, m_history.size())) {
    auto restored = m_history.done() > done ? m_history.undo() : m_history.redo();
    if (!restored) break;
    wide = restored->wide;
    if (restored->classes) table = std::move(restored->classes);
    for (auto& [key, value] : restored->images) {
      const auto known = std::ranges::find(values, key, &std::pair<std::string, Annotation>::first);
      last = key;
      if (known != values.end())
        known->second = std::move(value);
      else
        values.emplace_back(std::move(key), std::move(value));
    }
  }
  if (table) applyClasses(*table);
  applyImages(values);
  const ProjectImage* open = currentImage();
  const bool seen = open && std::ranges::find(values, open->key, &std::pair<std::string, Annotation>::first) != values.end();
  if (!seen && !last.empty()) show(m_project->indexOfKey(last));
  if (wide) return restoreWide(wide, forward, [this, done] { goTo(done); });
  emit historyChanged();
}

}  // namespace intarsia
