// SPDX-License-Identifier: GPL-3.0-or-later
// Classes that are merged or deleted in every image: one journalled change of the project, one step of the history.
#include <QStandardPaths>

#include "annotate/edit/edit.h"
#include "ui/main_window/session_wide.h"
#include "ui/models/qt_text.h"

namespace intarsia {

void Session::mergeClass(ClassId from, ClassId to, std::function<void(int images)> done) {
  const ClassInfo* info = classes().find(from);
  const ClassInfo* target = classes().find(to);
  if (!editable() || !info || (to != kNoClass && !target) || from == to) return;
  auto wide = std::make_shared<Wide>();
  wide->name = target ? tr("merge “%1” into “%2”").arg(toQt(info->name), toQt(target->name)) : tr("delete class “%1”").arg(toQt(info->name));
  wide->before = wide->after = classes();
  wide->after.remove(from);
  wide->backgroundBefore = wide->backgroundAfter = m_project->background();
  if (wide->backgroundBefore == from) wide->backgroundAfter = target ? std::optional(to) : std::nullopt;
  const std::filesystem::path spillFolder = QStandardPaths::writableLocation(QStandardPaths::CacheLocation).toStdString();
  const auto change = [wide, from, to, spillFolder](const ProjectImage& image, const Annotation& labels) -> std::optional<Annotation> {
    if (!usesClass(labels, from)) return std::nullopt;
    Annotation after = to == kNoClass ? deleteClass(labels, from).after : replaceClass(labels, from, to).after;
    wide->put(spillFolder, image.key, AnnotationDelta(labels, after));
    return after;
  };
  rewrite(wide, true, change, [this, wide, done](bool made) {
    if (!made) return;
    m_history.push({wide->name.toStdString(), {}, {}, wide});
    emit historyChanged();
    if (done) done(int(wide->images()));
  });
}

void Session::restoreWide(std::shared_ptr<const void> step, bool forward, std::function<void()> goOn) {
  const auto wide = std::static_pointer_cast<const Wide>(std::move(step));
  const auto change = [wide, forward](const ProjectImage& image, const Annotation& labels) { return wide->apply(image.key, labels, forward); };
  rewrite(wide, forward, change, [this, wide, forward, goOn](bool made) {
    if (made) {
      std::vector<std::pair<std::string, Split>> splits;
      for (const History::SplitChange& split : wide->splits) splits.emplace_back(split.image, forward ? split.after : split.before);
      applySplits(splits);
      return goOn();
    }
    // Cancelled or failed: the project is as it was, and so is the history.
    (void)(forward ? m_history.undo() : m_history.redo());
    m_wantedSteps = 0;
    emit historyChanged();
  });
}

void Session::rewrite(std::shared_ptr<const Wide> wide, bool forward, Project::LabelChange change, std::function<void(bool)> then) {
  struct Outcome {
    Expected<std::shared_ptr<const Project::Rewritten>> rewritten;
    std::optional<Annotation> open;
    LiveLabels labels;  // of `open`
    History::Values steps;  // what the history knows, as it is now
  };
  Task* task = startTask(stepTitle(wide->name, forward));
  m_applying = true;
  emit busyChanged();
  const std::optional<ProjectImage> image = currentImage() && hasImage() ? std::optional(*currentImage()) : std::nullopt;
  const ClassTable& table = forward ? wide->after : wide->before;
  const auto background = forward ? wide->backgroundAfter : wide->backgroundBefore;
  inBackground(
      this,
      [project = m_project, table, background, change, image, wide, forward, steps = m_history.present(), job = task->job()]() mutable {
        Outcome out{project->rewriteLabels(table, background, change, job), {}, {}, {}};
        if (out.rewritten) out.steps = wide->applyAll(std::move(steps), forward);
        if (out.rewritten && image)
          if (auto labels = project->annotation(*image)) {
            out.open = std::move(*labels);
            out.labels.reset(*out.open, table);
          }
        return out;
      },
      [this, wide, forward, then, image, of = m_project, guard = QPointer<Task>(task)](Outcome out) {
        delete guard;
        if (m_project != of) return;
        m_applying = false;
        if (out.rewritten) {
          m_project->finishRewrite(**out.rewritten);
          m_history.amend(std::move(out.steps));
          const bool same = image && currentImage() && currentImage()->key == image->key;
          m_drawing.drop();
          m_undrawn = {};
          if (out.open && same) {
            m_loaded.annotation = std::move(*out.open);
            m_loaded.labels = std::move(out.labels);
          } else if (hasImage()) {
            m_loaded.labels.reset(m_loaded.annotation, classes());
          }
          emit classesChanged();
          emit annotationChanged({0, 0, m_loaded.annotation.size.width, m_loaded.annotation.size.height});
          emit countsChanged();
          emit labelsRewritten();
          if (hasImage() && !same) show(std::exchange(m_current, -1));  // read before the change
        } else {
          fail(out.rewritten.error());
        }
        emit busyChanged();
        emit savedChanged();
        then(out.rewritten.has_value());
      });
}

}  // namespace intarsia
