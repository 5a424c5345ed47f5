// SPDX-License-Identifier: GPL-3.0-or-later
// Edits of images that need not be open: status, notes, flags, copies; and values that go to many images at once.
#include <algorithm>

#include "ui/main_window/session.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {
constexpr size_t kSlice = 100;  // images per turn of the event loop
}

void Session::editImages(std::vector<int> images, std::function<Annotation(const Annotation&)> change, const QString& name,
                         std::function<void()> done) {
  if (!editable() || images.empty()) return;
  if (images.size() == 1 && images.front() == m_current && hasImage()) {
    edit(change(m_loaded.annotation), {}, name);
    if (done) done();
    return;
  }
  std::vector<ProjectImage> wanted;
  for (int i : images) wanted.push_back(m_project->images()[size_t(i)]);
  Task* task = startTask(name);
  m_applying = true;
  emit busyChanged();
  inBackground(
      this,
      [project = m_project, wanted = std::move(wanted), change, job = task->job()]() -> Expected<std::vector<History::Change>> {
        std::vector<History::Change> changes;
        for (size_t i = 0; i < wanted.size(); ++i) {
          INTARSIA_CHECK(job.check());
          INTARSIA_TRY(Annotation before, project->annotation(wanted[i]));
          Annotation after = change(before);
          if (!sameContent(before, after)) changes.push_back({wanted[i].key, std::move(before), std::move(after)});
          job.report(int64_t(i + 1), int64_t(wanted.size()));
        }
        return changes;
      },
      [this, name, done, of = m_project, guard = QPointer<Task>(task)](Expected<std::vector<History::Change>> changes) {
        delete guard;
        if (m_project != of) return;
        if (!changes || changes->empty()) {
          m_applying = false;
          emit busyChanged();
          return changes ? void() : fail(changes.error());
        }
        History::Step step{name.toStdString(), std::move(*changes), {}};
        std::vector<std::pair<std::string, Annotation>> values;
        for (const History::Change& c : step.changes) values.emplace_back(c.image, c.after);
        applyMany(std::move(values), [this, step = std::move(step), done]() mutable {
          m_history.push(std::move(step));
          emit historyChanged();
          if (done) done();
        });
      });
}

/// Labels cannot be edited until the last of them is in place.
void Session::applyMany(std::vector<std::pair<std::string, Annotation>> values, std::function<void()> then) {
  const size_t count = std::min(values.size(), kSlice);
  m_applying = true;
  for (size_t i = 0; i < count; ++i) {
    const auto& [key, value] = values[values.size() - 1 - i];
    const int index = m_project->indexOfKey(key);
    if (index >= 0) applyAnnotation(index, value, index == m_current ? changedRect(m_loaded.annotation, value) : Rect{});
  }
  values.resize(values.size() - count);
  if (values.empty()) {
    m_applying = false;
    emit busyChanged();
    return then();
  }
  QMetaObject::invokeMethod(
      this,
      [this, of = m_project, values = std::move(values), then = std::move(then)]() mutable {
        if (m_project == of) applyMany(std::move(values), std::move(then));
      },
      Qt::QueuedConnection);
}

void Session::setSplit(const std::vector<int>& images, Split split) {
  if (!editable()) return;
  History::Step step{tr("split: %1").arg(toQt(std::string(splitName(split)))).toStdString(), {}, {}};
  for (int i : images)
    if (const ProjectImage& image = m_project->images()[size_t(i)]; image.split != split) step.splits.push_back({image.key, image.split, split});
  if (step.splits.empty()) return;
  if (const auto set = m_project->setSplit(images, split); !set) return fail(set.error());
  for (int i : images) emit imageUpdated(i);
  m_history.push(std::move(step));
  emit historyChanged();
  emit savedChanged();
}

bool Session::setSplits(const SplitPlan& plan) {
  if (!editable()) return false;
  std::vector<int> changing;
  History::Step step{tr("divide into splits").toStdString(), {}, {}};
  for (size_t i = 0; i < std::min(plan.splits.size(), m_project->images().size()); ++i)
    if (const ProjectImage& image = m_project->images()[i]; image.split != plan.splits[i]) {
      changing.push_back(int(i));
      step.splits.push_back({image.key, image.split, plan.splits[i]});
    }
  if (const auto set = m_project->setSplits(plan); !set) return fail(set.error()), false;
  for (const int i : changing) emit imageUpdated(i);
  if (!step.splits.empty()) m_history.push(std::move(step));
  emit historyChanged();
  emit savedChanged();
  return true;
}

}  // namespace intarsia
