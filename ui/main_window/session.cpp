// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/session.h"

#include <QStandardPaths>
#include <QThread>
#include <algorithm>

#include "core/media/decode.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

constexpr int64_t kPreviewPixels = 20'000'000;   // larger JPEGs are shown small first: a fraction of the time
constexpr int kPreviewSide = 2000;
constexpr int64_t kPrefetchPixels = 32'000'000;  // larger pictures would push the others out of the cache

Expected<PyramidPtr> readPyramid(const std::filesystem::path& path) {
  INTARSIA_TRY(Image pixels, decodeImage(path, {.keep16 = true}));
  return std::make_shared<const ImagePyramid>(std::move(pixels));
}

Expected<LoadedImage> loadImage(const Project& project, const ProjectImage& image, const ClassTable& classes, PyramidPtr pyramid) {
  LoadedImage out;
  out.pyramid = std::move(pyramid);
  if (!out.pyramid) {
    INTARSIA_TRY(out.pyramid, readPyramid(image.path));
  }
  INTARSIA_TRY(out.annotation, project.annotation(image));
  if (out.annotation.size.empty()) out.annotation.size = out.pyramid->size();
  if (!(out.annotation.size == out.pyramid->size()))
    return std::unexpected(Error{ErrorCode::invalidInput,
                                 INTARSIA_TEXT("The labels of {image} were made for {width} × {height} pixels, but the image has another size now"),
                                 {{"image", image.name},
                                  {"width", std::to_string(out.annotation.size.width)},
                                  {"height", std::to_string(out.annotation.size.height)}},
                                 {}});
  out.labels.reset(out.annotation, classes);
  return out;
}

}  // namespace

Session::Session(QObject* parent) : QObject(parent) {
  // Work that waits (an engine that describes itself, a save) must not keep an image from being decoded, not even on one core.
  QThreadPool::globalInstance()->setMaxThreadCount(std::max(4, QThread::idealThreadCount()));
  m_history.spillTo(QStandardPaths::writableLocation(QStandardPaths::CacheLocation).toStdString());
  m_history.leaveBases([this](const std::string& image) { return baseOf(image); });
  m_prefetchPool.setMaxThreadCount(1);
}

Session::~Session() {
  for (Task* task : findChildren<Task*>()) task->cancel();
  QThreadPool::globalInstance()->waitForDone();  // what they hold ends with them
  if (m_project) {
    m_project->onSaved({});
    (void)m_project->flush();
  }
}

bool Session::editable() const { return m_project && !m_busy && !m_applying && !m_making && m_project->access() == Project::Access::readWrite; }

const ClassTable& Session::classes() const {
  static const ClassTable none;
  return m_project ? m_project->classes() : none;
}

void Session::fail(const Error& error, const QString& button, std::function<void()> action) {
  if (error.code == ErrorCode::cancelled) return;
  emit noticed({Notice::Kind::error, sentence(error), button, std::move(action)});
}

Task* Session::startTask(const QString& title) {
  auto* task = new Task(title, this);
  emit taskStarted(task);
  return task;
}

// ---- project ---------------------------------------------------------------------------------------------------------

void Session::open(const std::filesystem::path& path) {
  if (m_busy) return;
  emit opening(displayName(path));
  Task* task = startTask(tr("Opening %1").arg(displayName(path.filename())));
  inBackground(
      this,
      [path, before = saveError().isEmpty() && !saved() ? m_project : nullptr, job = task->job()] {
        using Opened = Expected<std::unique_ptr<Project>>;
        if (before)
          if (!before->flush()) return std::make_shared<Opened>(intarsia::fail(ErrorCode::cancelled, INTARSIA_TEXT("Not saved")));  // a notice says so
        return std::make_shared<Opened>(Project::open(path, job));
      },
      [this, path, guard = QPointer<Task>(task)](std::shared_ptr<Expected<std::unique_ptr<Project>>> opened) {
        delete guard;
        if (!*opened) return fail(opened->error());
        adopt(std::move(**opened), path);
      });
}

void Session::adopt(std::shared_ptr<Project> project, const std::filesystem::path& asked, Steps steps) {
  stopMaking();
  if (m_project) {
    // Its last saves may take a while; loaders may still read it: both end on a worker.
    m_project->onSaved({});
    inBackground(
        this,
        [old = std::move(m_project)]() mutable {
          const auto flushed = old->flush();
          old.reset();
          return flushed;
        },
        [this, steps](const Expected<>& flushed) {
          if (!flushed && steps == Steps::forget) fail(flushed.error());
        });
  }
  m_project = std::move(project);
  if (steps == Steps::forget) m_history.clear();
  m_wantedSteps = 0;
  m_stepImage = -1;
  m_pyramids.clear();
  m_prefetching.clear();  // what is on its way is of the project before
  m_shownWhenPrefetched = -1;
  setLoaded({});
  m_current = -1;
  ++m_loadGeneration;
  m_restoring = m_applying = false;
  m_lastGeneration = m_savedGeneration = m_project->savedGeneration();
  m_saveError.clear();
  m_project->onSaved([guard = QPointer<Session>(this), of = m_project.get()](uint64_t generation, const Expected<>& result) {
    QMetaObject::invokeMethod(
        QCoreApplication::instance(),
        [guard, of, generation, result] {
          if (guard && guard->m_project.get() == of) guard->onSaved(generation, result);
        },
        Qt::QueuedConnection);
  });
  emit projectChanged();
  emit imagesChanged();
  emit classesChanged();
  emit historyChanged();
  emit savedChanged();
  if (m_project->access() == Project::Access::readOnly)
    emit noticed(m_project->lockHolder().empty()
                     ? Notice{Notice::Kind::warning, tr("This project can be read, not written: labels cannot be changed here."), {}, {}}
                     : Notice{Notice::Kind::warning, tr("This project is open elsewhere (%1), so it can only be viewed here.").arg(toQt(m_project->lockHolder())),
                              tr("Try Again"), [this, asked] { open(asked); }});
  watchConflicts();
  showRecovered();
  const int wanted = m_project->indexOfPath(asked);
  if (m_project->images().empty())
    emit imageShown();
  else
    show(std::max(0, wanted));
}

void Session::onSaved(uint64_t generation, const Expected<>& result) {
  if (result) {
    m_savedGeneration = std::max(m_savedGeneration, generation);
    if (!m_saveError.isEmpty()) emit noticeOver(m_saveNotice);
    m_saveError.clear();
  } else {
    const QString text = sentence(result.error());
    const bool isNew = text != m_saveError;
    m_saveError = text;
    if (isNew) {
      m_saveNotice = tr("%1. Your labels are kept here and saving is tried again.").arg(text);
      emit noticed({Notice::Kind::error, m_saveNotice, tr("Save As…"), [this] { emit saveAsWanted(); }});
    }
  }
  emit savedChanged();
}

void Session::flush(std::function<void()> then) {
  inBackground(
      this, [project = m_project] { return !project || project->flush(); },
      [this, then = std::move(then)](bool flushed) {
        if (flushed && m_project) onSaved(m_project->savedGeneration(), {});
        then();
      });
}

void Session::saveNow() {
  if (!m_project) return;
  if (m_project->access() == Project::Access::readOnly) return emit noticed({Notice::Kind::warning, tr("This project is only being viewed: there is nothing to save."), {}, {}});
  Task* task = startTask(tr("Saving"));
  inBackground(
      this, [project = m_project] { return project->flush(); },
      [this, guard = QPointer<Task>(task)](const Expected<>& flushed) {
        delete guard;
        if (!m_project) return;
        if (!flushed) return fail(flushed.error(), tr("Try Again"), [this] { saveNow(); });
        m_savedGeneration = std::max(m_savedGeneration, m_project->savedGeneration());
        emit savedChanged();
        const ProjectImage* image = currentImage();
        const auto where = image && image->labelled ? m_project->sidecarPath(*image) : m_project->dataFolder();
        emit noticed({Notice::Kind::info, tr("Everything is saved (it always is, after each edit). The labels lie in %1").arg(displayName(where)), {}, {}});
      });
}

// ---- the open image --------------------------------------------------------------------------------------------------

void Session::setLoaded(LoadedImage loaded) {
  m_drawing.drop();
  m_undrawn = {};
  m_loaded = std::move(loaded);
}

const ProjectImage* Session::currentImage() const {
  return m_project && m_current >= 0 && m_current < int(m_project->images().size()) ? &m_project->images()[size_t(m_current)] : nullptr;
}

void Session::show(int index) {
  if (!m_project || index < 0 || index >= int(m_project->images().size())) return;
  if (index == m_current && hasImage()) return;
  if (m_making) {
    m_afterMaking = [this, index] { show(index); };
    return;
  }
  if (hasImage() && editable() && m_gate && m_gate([this, index] { show(index); })) return;
  emit imageLoading(index);
  const ProjectImage image = m_project->images()[size_t(index)];
  const PyramidPtr known = m_pyramids.find(image.key);
  const quint64 generation = ++m_loadGeneration;
  const bool coming = !known && m_prefetching.contains(image.key);
  m_shownWhenPrefetched = coming ? index : -1;
  if (coming) return;
  if (!known) showPreview(index);
  inBackground(
      this,
      [project = m_project, image, classes = classes(), known] {
        return loadImage(*project, image, classes, known);
      },
      [this, index, generation](Expected<LoadedImage> loaded) {
        if (generation == m_loadGeneration) finishShow(index, std::move(loaded));
      });
}

void Session::showPreview(int index) {
  inBackground(
      this,
      [path = m_project->images()[size_t(index)].path]() -> PyramidPtr {
        const auto info = probeImage(path);
        if (!info || info->codec != "jpeg" || int64_t(info->shown.width) * info->shown.height < kPreviewPixels) return nullptr;
        auto pixels = decodeImage(path, {.maxSide = kPreviewSide});
        return pixels ? std::make_shared<const ImagePyramid>(std::move(*pixels), info->shown) : nullptr;
      },
      [this, index, generation = m_loadGeneration](const PyramidPtr& picture) {
        if (!picture || generation != m_loadGeneration || (index == m_current && hasImage())) return;
        m_current = index;
        setLoaded({});
        emit previewShown(picture);
      });
}

void Session::finishShow(int index, Expected<LoadedImage> loaded) {
  m_current = index;
  if (!m_showNotice.isEmpty()) emit noticeOver(std::exchange(m_showNotice, {}));
  if (!loaded) {
    setLoaded({});
    emit imageShown();
    failDamaged(loaded.error(), index);
    return shown(index);
  }
  setLoaded(std::move(*loaded));
  m_pyramids.insert(currentImage()->key, m_loaded.pyramid);
  emit imageShown();
  shown(index);
}

/// Undo and redo go on that waited for this image; another one ends them.
void Session::shown(int index) {
  if (m_stepImage < 0) return;
  const bool awaited = std::exchange(m_stepImage, -1) == index;
  if (!awaited) m_wantedSteps = 0;
  if (awaited) walkOn(index);
}

void Session::prefetch(int index) {
  if (!m_project || index < 0 || index >= int(m_project->images().size())) return;
  const ProjectImage image = m_project->images()[size_t(index)];
  if (m_pyramids.find(image.key) || !m_prefetching.insert(image.key).second) return;
  inBackground(
      this,
      [path = image.path]() -> PyramidPtr {
        const auto info = probeImage(path);
        if (!info || int64_t(info->shown.width) * info->shown.height > kPrefetchPixels) return nullptr;
        return readPyramid(path).value_or(nullptr);
      },
      [this, index, key = image.key, project = std::weak_ptr(m_project)](const PyramidPtr& pyramid) {
        if (!m_project || project.lock() != m_project) return;
        m_prefetching.erase(key);
        if (pyramid) m_pyramids.insert(key, pyramid);
        if (m_shownWhenPrefetched == index) show(index);
      },
      &m_prefetchPool);
}

}  // namespace intarsia
