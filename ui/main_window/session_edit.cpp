// SPDX-License-Identifier: GPL-3.0-or-later
// The editing half of Session: every change of labels and classes, and the way back.
#include <algorithm>

#include "ui/main_window/session.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

/// Every pixel whose label may differ: shapes that came, went or changed their place in the order.
Rect changedRect(const Annotation& before, const Annotation& after) {
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

}  // namespace

bool Session::applyAnnotation(int index, const Annotation& value, const Rect& dirty) {
  const bool labelledBefore = m_project->images()[size_t(index)].labelled;
  const auto generation = m_project->setAnnotation(index, value);
  if (!generation) {
    fail(generation.error());
    return false;
  }
  m_lastGeneration = std::max(m_lastGeneration, *generation);
  if (m_project->images()[size_t(index)].labelled != labelledBefore) emit imageUpdated(index);
  if (index == m_current && hasImage()) {
    m_loaded.annotation = value;
    m_loaded.labels.update(value, dirty);
    emit annotationChanged(dirty);
    emit countsChanged();
  }
  emit savedChanged();
  return true;
}

void Session::edit(Annotation after, const Rect& dirty, const QString& name) {
  const ProjectImage* image = currentImage();
  if (!image || !hasImage() || !editable()) return;
  if (after.status == ImageStatus::unlabelled && after.labelled()) after.status = ImageStatus::inWork;
  History::Step step{name.toStdString(), {{image->key, m_loaded.annotation, after}}, {}};
  if (!applyAnnotation(m_current, after, dirty)) return emit annotationChanged({});  // the view returns to what is kept
  m_history.push(std::move(step));
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

void Session::applyRestored(const History::Restored& restored) {
  if (restored.classes) applyClasses(*restored.classes);
  for (const auto& [key, value] : restored.images) {
    const int index = m_project->indexOfKey(key);
    if (index < 0) continue;
    applyAnnotation(index, value, index == m_current ? changedRect(m_loaded.annotation, value) : Rect{});
    if (index != m_current) show(index);  // undo shows the image that it changes
  }
  emit historyChanged();
}

bool Session::canUndo() const { return m_project && m_history.canUndo(); }
bool Session::canRedo() const { return m_project && m_history.canRedo(); }
QString Session::undoName() const { return canUndo() ? toQt(m_history.names()[m_history.done() - 1]) : QString(); }
QString Session::redoName() const { return canRedo() ? toQt(m_history.names()[m_history.done()]) : QString(); }

void Session::undo() {
  if (!canUndo() || !editable()) return;
  if (const auto restored = m_history.undo()) applyRestored(*restored);
}

void Session::redo() {
  if (!canRedo() || !editable()) return;
  if (const auto restored = m_history.redo()) applyRestored(*restored);
}

}  // namespace intarsia
