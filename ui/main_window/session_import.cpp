// SPDX-License-Identifier: GPL-3.0-or-later
// Labels that come in from elsewhere: one step of the history.
#include <QStandardPaths>
#include <mutex>

#include "ui/main_window/session_wide.h"
#include "ui/models/qt_text.h"

namespace intarsia {

void Session::import(std::shared_ptr<const ImportedDataset> dataset, const std::filesystem::path& folder, Project::ImportOptions options,
                     std::optional<std::string> background, bool askedBackground, std::function<void(const ImportReport&)> done) {
  struct Outcome {
    std::shared_ptr<Project> project;
    Expected<ImportReport> report;
    std::string key;
    std::mutex mutex;  // guards the three below
    std::vector<History::Change> changes;
    size_t bytes = 0;
    bool lost = false;                          // it cannot be undone: there is no room
    std::shared_ptr<Wide> wide;                 // instead of `changes`
    History::Values steps;                      // what the steps before it know, as it is after it
    ClassTable before;
    std::optional<ClassId> backgroundBefore;
    std::map<std::string, Split> splitsBefore;  // of images that were there
  };
  stopMaking();
  const ProjectImage* image = currentImage();
  const std::string key = image ? image->key : std::string();
  if (m_project) m_project->onSaved({});
  m_busy = true;
  Task* task = startTask(tr("Importing"));
  // The worker owns the project meanwhile; the window shows none.
  const bool known = m_project != nullptr;
  auto project = std::move(m_project);
  m_project = nullptr;
  setLoaded({});
  m_current = -1;
  ++m_loadGeneration;
  emit imageShown();
  emit busyChanged();
  const std::filesystem::path spillFolder = QStandardPaths::writableLocation(QStandardPaths::CacheLocation).toStdString();
  inBackground(
      this,
      [=, steps = m_history.present(), job = task->job()]() mutable -> std::shared_ptr<Outcome> {
        auto out = std::make_shared<Outcome>();
        out->key = key;
        out->project = std::move(project);
        const auto run = [&]() -> Expected<ImportReport> {
          if (!out->project) {
            auto opened = std::filesystem::exists(folder / "intarsia" / "project.json") ? Project::open(folder, job) : Project::create(folder);
            if (!opened) return std::unexpected(opened.error());
            out->project = std::move(*opened);
          }
          out->before = out->project->classesNow();
          out->backgroundBefore = out->project->background();
          for (const ProjectImage& image : out->project->imagesNow()) out->splitsBefore[image.key] = image.split;
          options.changed = [&out = *out, folder = spillFolder](const std::string& image, const Annotation& before, const Annotation& after) {
            size_t bytes = after.base.unsharedBytes(before.base);
            for (const ShapePtr& shape : after.shapes) {
              bytes += sizeof(Shape);
              for (const Ring& ring : shape->polygon.rings) bytes += ring.size() * sizeof(Point);
            }
            std::vector<History::Change> changes{{image, before, after}};
            {
              std::lock_guard lock(out.mutex);
              out.bytes += bytes;
              if (out.lost) return;
              if (out.bytes <= mostImportedInMemory) return out.changes.push_back(std::move(changes[0]));
              std::ranges::move(std::exchange(out.changes, {}), std::back_inserter(changes));  // those before go to the file, too
              if (!out.wide) out.wide = std::make_shared<Wide>();
            }
            for (const History::Change& change : changes)
              if (!out.wide->spill(folder, change.image, AnnotationDelta(change.before, change.after))) {
                std::lock_guard lock(out.mutex);
                out.lost = true;
                return;
              }
          };
          INTARSIA_TRY(auto report, out->project->import(*dataset, options, job));
          if (askedBackground) {
            std::optional<ClassId> id;
            for (const auto& c : report.classes)
              if (background && c.from == *background)
                if (const auto index = out->project->classes().indexOfName(c.to)) id = out->project->classes()[*index].id;
            INTARSIA_CHECK(out->project->setBackground(id));
          }
          return report;
        };
        out->report = run();
        if (out->report && out->wide && !out->lost) out->steps = out->wide->applyAll(std::move(steps), true);
        return out;
      },
      [this, guard = QPointer<Task>(task), done, known](std::shared_ptr<Outcome> out) {
        delete guard;
        m_busy = false;
        emit busyChanged();
        if (out->project) {
          const int at = out->project->indexOfKey(out->key);
          const auto path = at >= 0 ? out->project->images()[size_t(at)].path : std::filesystem::path();
          adopt(std::move(out->project), path, known && !out->lost ? Steps::keep : Steps::forget);
          if (out->report && !out->lost) {
            History::Step step{tr("import labels").toStdString(), std::move(out->changes), {}};
            if (out->before != classes()) step.classes = History::Classes{out->before, classes()};
            if (out->backgroundBefore != m_project->background()) step.background = History::Background{out->backgroundBefore, m_project->background()};
            for (const ProjectImage& image : m_project->images())
              if (const auto split = out->splitsBefore.find(image.key); split != out->splitsBefore.end() && split->second != image.split)
                step.splits.push_back({image.key, split->second, image.split});
            if (out->wide) {
              Wide& wide = *out->wide;
              wide.name = tr("import labels");
              wide.before = out->before;
              wide.after = classes();
              wide.backgroundBefore = out->backgroundBefore;
              wide.backgroundAfter = m_project->background();
              wide.splits = std::move(step.splits);
              m_history.amend(std::move(out->steps));
              step = {step.name, {}, {}, out->wide};
            }
            if (step.classes || step.background || !step.splits.empty() || !step.changes.empty() || step.wide) m_history.push(std::move(step));
            emit historyChanged();
          }
          if (out->report && out->lost)
            emit noticed({Notice::Kind::info, tr("This import is too large to be undone; the steps before it are gone."), {}, {}});
        }
        if (!out->report) return fail(out->report.error());
        done(*out->report);
      });
}

}  // namespace intarsia
