// SPDX-License-Identifier: GPL-3.0-or-later
// What the session does when something went wrong: conflicts with other programs, earlier versions, Save As.
#include <QDateTime>
#include <QLocale>

#include "ui/main_window/session.h"
#include "ui/models/qt_text.h"

namespace intarsia {

QString versionTime(const EarlierVersion& version) {
  const auto time = QDateTime::fromSecsSinceEpoch(version.written);
  const QLocale locale;
  return time.date() == QDate::currentDate() ? locale.toString(time.time(), QLocale::ShortFormat)
                                             : locale.toString(time, QLocale::ShortFormat);
}

void Session::showRecovered() {
  QStringList sentences;
  for (const Error& found : m_project->recovered()) sentences << sentence(found);
  if (sentences.isEmpty()) return;
  emit noticed({Notice::Kind::info, tr("%1. Everything that was shown as saved is here.").arg(sentences.join(QStringLiteral(". "))), {}, {}});
}

void Session::watchConflicts() {
  m_project->onConflict([guard = QPointer<Session>(this), of = m_project.get()](const Conflict& conflict) {
    QMetaObject::invokeMethod(
        QCoreApplication::instance(),
        [guard, of, conflict] {
          if (guard && guard->m_project.get() == of) guard->showConflict(conflict);
        },
        Qt::QueuedConnection);
  });
}

void Session::showConflict(const Conflict& conflict) {
  const int index = m_project->indexOfKey(conflict.key);
  if (index < 0)
    return emit noticed({Notice::Kind::warning,
                         tr("Another program changed %1 while this project was open. Yours is in its place; the other one is kept as %2.")
                             .arg(displayName(conflict.file), displayName(conflict.copy.filename())),
                         {}, {}});
  const ProjectImage image = m_project->images()[size_t(index)];
  emit noticed({Notice::Kind::warning,
                tr("Another program changed the labels of %1 while they were open here. Yours are in use; the other ones are kept as %2.")
                    .arg(toQt(image.name), displayName(conflict.copy.filename())),
                tr("Use the Other Ones"), [this, image, copy = conflict.copy] { useVersion(image, copy, tr("Use other program's labels")); }});
}

std::vector<EarlierVersion> Session::earlierVersions() const {
  const ProjectImage* image = currentImage();
  return image ? m_project->earlierVersions(*image) : std::vector<EarlierVersion>();
}

void Session::useVersion(const ProjectImage& image, const std::filesystem::path& file, const QString& name) {
  if (!m_project || !editable()) return;
  inBackground(
      this, [project = m_project, image, file] { return project->readVersion(image, file); },
      [this, key = image.key, of = m_project.get(), name](Expected<Annotation> read) {
        if (!m_project || m_project.get() != of) return;
        if (!read) return fail(read.error());
        const ProjectImage* current = currentImage();
        const int index = m_project->indexOfKey(key);
        if (current && current->key == key && hasImage()) {
          read->nextId = std::max(read->nextId, m_loaded.annotation.nextId);
          return edit(std::move(*read), Rect{0, 0, m_loaded.annotation.size.width, m_loaded.annotation.size.height}, name);
        }
        const auto before = m_project->annotation(index);
        if (!before) return fail(before.error());
        if (!applyAnnotation(index, *read, {})) return;
        m_history.push({name.toStdString(), {{key, *before, *read}}, {}});
        emit historyChanged();
        show(index);
      });
}

void Session::useEarlier(const EarlierVersion& version) {
  if (const ProjectImage* image = currentImage()) useVersion(*image, version.file, tr("Restore labels of %1").arg(versionTime(version)));
}

/// The open image's sidecar cannot be read.
void Session::failDamaged(const Error& error, int index) {
  const ProjectImage image = m_project->images()[size_t(index)];
  const auto labels = m_project->annotation(image);
  std::error_code ignored;
  const bool there = std::filesystem::exists(m_project->sidecarPath(image), ignored);
  const bool damaged = there && !labels && (labels.error().code == ErrorCode::invalidInput || labels.error().code == ErrorCode::notFound);
  const auto say = [this](const QString& text, const QString& button, std::function<void()> action) {
    m_showNotice = text;
    emit noticed({Notice::Kind::error, text, button, std::move(action)});
  };
  if (!damaged || !editable())
    return say(labels && there ? tr("%1. Its labels are kept.").arg(sentence(error)) : sentence(error), tr("Try Again"), [this, index] { show(index); });
  const auto setAside = [this, index, image](const std::optional<Annotation>& instead) {
    const auto aside = m_project->setAsideDamaged(image);
    if (!aside) return fail(aside.error());
    if (instead) applyAnnotation(index, *instead, {});
    emit noticed({Notice::Kind::info, tr("The damaged file is kept as %1.").arg(displayName(aside->filename())), {}, {}});
    show(index);
  };
  const auto versions = m_project->earlierVersions(image);
  if (versions.empty())
    return say(tr("%1. There is no earlier version of these labels; the file is left as it is.").arg(sentence(error)), tr("Keep It Aside and Label Anew"),
               [setAside] { setAside({}); });
  say(tr("%1. An earlier version of these labels is here.").arg(sentence(error)), tr("Restore Labels of %1").arg(versionTime(versions.front())),
      [this, image, setAside, version = versions.front()] {
        const auto earlier = m_project->readVersion(image, version.file);
        if (!earlier) return fail(earlier.error());
        setAside(*earlier);
      });
}

void Session::saveAs(const std::filesystem::path& folder) {
  if (!m_project || m_busy) return;
  struct Outcome {
    Expected<SaveAsReport> report;
    std::shared_ptr<Project> copy;
  };
  const ProjectImage* image = currentImage();
  const auto shown = image ? image->path : std::filesystem::path();
  m_busy = true;  // edits wait: they would not be in the copy
  emit busyChanged();
  Task* task = startTask(tr("Saving as %1").arg(displayName(folder)));
  inBackground(
      this,
      [project = m_project, folder, job = task->job()] {
        auto out = std::make_shared<Outcome>();
        out->report = project->saveAs(folder, job);
        if (!out->report) return out;
        auto opened = Project::open(folder, job);
        if (opened)
          out->copy = std::move(*opened);
        else
          out->report = std::unexpected(opened.error());
        return out;
      },
      [this, guard = QPointer<Task>(task), folder, shown](std::shared_ptr<Outcome> out) {
        delete guard;
        m_busy = false;
        emit busyChanged();
        if (!out->report) return fail(out->report.error());
        adopt(std::move(out->copy), shown, Steps::keep);  // images keep their keys, so steps stay true
        if (out->report->unreadable.empty())
          return emit noticed({Notice::Kind::info, tr("The project is now in %1. Trained networks stayed where they were.").arg(displayName(folder)), {}, {}});
        emit noticed({Notice::Kind::warning,
                      tr("The project is now in %1. Files of it that could not be read: %2. The first: %3")
                          .arg(displayName(folder), grouped(qint64(out->report->unreadable.size())), sentence(out->report->unreadable.front())), {}, {}});
      });
}

}  // namespace intarsia
