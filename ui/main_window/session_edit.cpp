// SPDX-License-Identifier: GPL-3.0-or-later
// The editing half of Session: every change of labels and classes, and the way back.
#include <algorithm>

#include "ui/main_window/session.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {
constexpr size_t kQuickPoints = 8000;         // geometry of more is made on a worker
constexpr int64_t kQuickPixels = 3'000'000;   // labels of more are drawn on a worker
}  // namespace

/// The label map follows the annotation: at once, or a moment later where much of a large image has changed.
void Session::updateLabels(const Rect& dirty) {
  m_undrawn = m_undrawn.united(dirty);
  if (!m_drawing.running() && int64_t(m_undrawn.width) * m_undrawn.height <= kQuickPixels) {
    m_loaded.labels.update(m_loaded.annotation, classes(), std::exchange(m_undrawn, {}));
    return;
  }
  m_drawing.start(
      this,
      [value = m_loaded.annotation, table = classes()](const Job&) {
        auto labels = std::make_shared<LiveLabels>();
        labels->reset(value, table);
        return labels;
      },
      [this](const std::shared_ptr<LiveLabels>& labels) {
        m_loaded.labels = std::move(*labels);
        emit annotationChanged(std::exchange(m_undrawn, {}));
        emit countsChanged();
      });
}

// ---- edits that are made on a worker ---------------------------------------------------------------------------------

void Session::make(size_t points, const QString& name, const MakeEdit& make, const std::function<void(Made)>& done) {
  if (!hasImage() || !currentImage() || !(editable() || m_making)) {
    if (done) done(Made::failed);
    return;
  }
  if (!m_making && points <= kQuickPoints) {
    const Expected<Edit> edit = make(m_loaded.annotation, Job());
    if (!edit) fail(edit.error());
    const bool made = edit && changes(m_loaded.annotation, *edit);
    if (made) this->edit(edit->after, edit->dirty, name);
    if (done) done(!edit ? Made::failed : made ? Made::yes : Made::nothing);
    return;
  }
  m_wantedEdits.push_back({name, make, done});
  if (!m_making) makeNext();
}

void Session::makeNext() {
  const Wanted& wanted = m_wantedEdits.front();
  m_making = startTask(wanted.name);
  emit busyChanged();
  inBackground(
      this, [before = m_loaded.annotation, make = wanted.make, job = m_making->job()] { return make(before, job); },
      [this, task = m_making](Expected<Edit> edit) {
        if (!task) return;  // stopped
        const bool cancelled = task->cancelled();
        delete task;
        const Wanted wanted = std::move(m_wantedEdits.front());
        m_wantedEdits.pop_front();
        if (!edit && !cancelled) fail(edit.error());
        const bool made = edit && !cancelled && changes(m_loaded.annotation, *edit);
        if (made) this->edit(std::move(edit->after), edit->dirty, wanted.name);
        if (wanted.done) wanted.done(!edit || cancelled ? Made::failed : made ? Made::yes : Made::nothing);
        if (!m_wantedEdits.empty()) return makeNext();
        emit busyChanged();
        if (m_afterMaking) std::exchange(m_afterMaking, {})();
      });
}

void Session::stopMaking() {
  if (!m_making) return;
  delete m_making;
  const auto dropped = std::exchange(m_wantedEdits, {});
  for (const Wanted& wanted : dropped)
    if (wanted.done) wanted.done(Made::failed);
  emit busyChanged();
  if (m_afterMaking) std::exchange(m_afterMaking, {})();
}

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
    updateLabels(dirty);
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
  if (hasImage() && !sameIndices) updateLabels({0, 0, m_loaded.annotation.size.width, m_loaded.annotation.size.height});
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

void Session::applyImages(const Values& images) {
  for (const auto& [key, value] : images)
    if (const int index = m_project->indexOfKey(key); index >= 0)
      applyAnnotation(index, value, index == m_current && hasImage() ? changedRect(m_loaded.annotation, value) : Rect{});
}

void Session::applySplits(const std::vector<std::pair<std::string, Split>>& splits) {
  std::map<Split, std::vector<int>> images;
  for (const auto& [key, split] : splits)
    if (const int index = m_project->indexOfKey(key); index >= 0) images[split].push_back(index);
  for (const auto& [split, list] : images) {
    if (const auto set = m_project->setSplit(list, split); !set) return fail(set.error());
    for (int i : list) emit imageUpdated(i);
  }
  if (!images.empty()) emit savedChanged();
}

/// The base map that an image has now.
TileMap Session::baseOf(const std::string& image) const {
  if (m_walked)
    if (const auto at = std::ranges::find(*m_walked, image, &Values::value_type::first); at != m_walked->end() && !at->second.base.empty()) return at->second.base;
  const ProjectImage* open = currentImage();
  if (open && hasImage() && open->key == image) return m_loaded.annotation.base;
  const int index = m_project->indexOfKey(image);
  auto labels = index >= 0 ? m_project->annotation(index) : Expected<Annotation>(Annotation{});
  return labels ? labels->base : TileMap{};
}

QString Session::stepTitle(const QString& name, bool forward) { return forward ? name : tr("Undo: %1").arg(name); }

/// Base maps that are not among the values are read on a worker, where images are not open.
void Session::restore(History::Restored restored, bool forward, std::function<void()> then) {
  if (restored.classes) applyClasses(*restored.classes);
  if (restored.background) {
    if (const auto set = m_project->setBackground(*restored.background); !set) fail(set.error());
    emit classesChanged();
  }
  const ProjectImage* open = hasImage() ? currentImage() : nullptr;
  for (auto& [key, value] : restored.images)
    if (open && key == open->key && std::erase(restored.baseless, key)) value.base = m_loaded.annotation.base;
  const auto finish = [this, splits = restored.splits, then] {
    m_restoring = false;
    applySplits(splits);
    then();
  };
  if (restored.baseless.empty() && restored.images.size() < 20) {
    applyImages(restored.images);
    return finish();
  }
  std::vector<ProjectImage> wanted;
  for (const std::string& key : restored.baseless)
    if (const int index = m_project->indexOfKey(key); index >= 0) wanted.push_back(m_project->images()[size_t(index)]);
  Task* task = startTask(stepTitle(toQt(restored.name), forward));
  m_restoring = m_applying = true;
  emit busyChanged();
  inBackground(
      this,
      [project = m_project, wanted = std::move(wanted), job = task->job()]() -> Expected<std::vector<TileMap>> {
        std::vector<TileMap> bases;
        for (const ProjectImage& image : wanted) {
          INTARSIA_TRY(Annotation labels, project->annotation(image));
          bases.push_back(std::move(labels.base));
          job.report(int64_t(bases.size()), int64_t(wanted.size()));
        }
        return bases;
      },
      [this, restored = std::move(restored), finish, of = m_project, guard = QPointer<Task>(task)](Expected<std::vector<TileMap>> bases) mutable {
        delete guard;
        if (m_project != of) return;
        if (!bases) {
          m_restoring = m_applying = false;
          m_wantedSteps = 0;
          emit busyChanged();
          return fail(bases.error());
        }
        size_t next = 0;
        for (const std::string& key : restored.baseless) {
          const auto at = std::ranges::find(restored.images, key, &Values::value_type::first);
          if (m_project->indexOfKey(key) >= 0 && at != restored.images.end()) at->second.base = std::move((*bases)[next++]);
        }
        applyMany(std::move(restored.images), finish);
      });
}

bool Session::canUndo() const { return m_project && m_history.canUndo(); }
bool Session::canRedo() const { return m_project && m_history.canRedo(); }
QString Session::undoName() const { return canUndo() ? toQt(m_history.name(m_history.done() - 1)) : QString(); }
QString Session::redoName() const { return canRedo() ? toQt(m_history.name(m_history.done())) : QString(); }

void Session::walk(bool forward) {
  if (!editable() && !m_restoring) return;
  m_wantedSteps += forward ? 1 : -1;
  if (m_stepImage < 0 && !m_restoring) walkOn(-1);
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
    if (restored) return restore(std::move(*restored), forward, [this] { walkOn(-1); });
    emit noticed({Notice::Kind::warning, tr("The steps before this one could not be read back from the disk; they are gone."), {}, {}});
  }
  emit historyChanged();
}

void Session::goTo(size_t done) {
  if (!m_project || !editable()) return;
  m_wantedSteps = 0;
  m_stepImage = -1;
  // Only where each image ends up is set, not what it went through.
  History::Restored all;
  std::map<std::string, Split> splits;
  std::shared_ptr<const void> wide;  // it is made before those that follow
  const bool forward = m_history.done() < done;
  m_walked = &all.images;
  while (!wide && m_history.done() != std::min(done, m_history.size())) {
    auto restored = m_history.done() > done ? m_history.undo() : m_history.redo();
    if (!restored) break;
    wide = restored->wide;
    all.name = std::move(restored->name);
    if (restored->classes) all.classes = std::move(restored->classes);
    if (restored->background) all.background = restored->background;
    for (const auto& [key, split] : restored->splits) splits[key] = split;
    for (auto& [key, value] : restored->images) {
      const bool baseless = std::ranges::find(restored->baseless, key) != restored->baseless.end();
      const auto known = std::ranges::find(all.images, key, &Values::value_type::first);
      if (known == all.images.end()) {
        if (baseless) all.baseless.push_back(key);
        all.images.emplace_back(std::move(key), std::move(value));
        continue;
      }
      if (baseless)
        value.base = std::move(known->second.base);
      else
        std::erase(all.baseless, key);
      known->second = std::move(value);
    }
  }
  m_walked = nullptr;
  all.splits.assign(splits.begin(), splits.end());
  const ProjectImage* image = currentImage();
  const bool seen = all.images.empty() || (image && std::ranges::find(all.images, image->key, &Values::value_type::first) != all.images.end());
  const std::string last = seen ? std::string() : all.images.back().first;
  restore(std::move(all), forward, [this, done, forward, wide, last] {
    if (!last.empty()) show(m_project->indexOfKey(last));
    if (wide) return restoreWide(wide, forward, [this, done] { goTo(done); });
    walkOn(-1);
  });
}

}  // namespace intarsia
