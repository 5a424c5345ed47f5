// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/training.h"

#include <QApplication>
#include <QSettings>
#include <algorithm>

#include "core/base/text.h"
#include "train/api/run_text.h"
#include "ui/main_window/details_dialog.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

QString resumeKey(const Project& project) {
  return QStringLiteral("resume/") + QString::fromLatin1(QByteArray::fromStdString(project.dataFolder().string()).toBase64(QByteArray::Base64UrlEncoding));
}

/// A sentence that another may follow.
QString closed(const QString& sentence) { return sentence.isEmpty() || QStringLiteral(".!?").contains(sentence.back()) ? sentence : sentence + QLatin1Char('.'); }

int validationImages(const RunFolder& run) {
  const auto snapshot = run.snapshot();
  return snapshot ? int(std::ranges::count(snapshot->samples, Split::val, &RunSample::split)) : 0;
}
}  // namespace

Training::Training(AppServices services, Session& session, QObject* parent)
    : QObject(parent), m_services(std::move(services)), m_session(session) {
  connect(&session, &Session::projectChanged, this, &Training::projectChanged);
  connect(&session, &Session::imageShown, this, &Training::imageShown);
  m_refresh.setInterval(kRefreshMs);
  connect(&m_refresh, &QTimer::timeout, this, [this] { wantPrediction(false); });
  m_viewportTimer.setSingleShot(true);
  m_viewportTimer.setInterval(120);
  connect(&m_viewportTimer, &QTimer::timeout, this, [this] {
    if (m_client && m_asked) m_client->setViewport(m_generation, m_viewport);
  });
}

Training::~Training() = default;

void Training::findEngines() {
  inBackground(
      this,
      [] {
        std::pair<std::vector<EngineDescription>, QString> found;
        for (const auto& program : intarsia::findEngines()) {
          auto description = describeEngine(program);
          if (description)
            found.first.push_back(std::move(*description));
          else
            found.second = sentence(description.error());
        }
        if (found.first.empty() && found.second.isEmpty())
          if (const auto engine = findEngine(); !engine) found.second = sentence(engine.error());
        return found;
      },
      [this](const std::pair<std::vector<EngineDescription>, QString>& found) {
        m_engines = found.first;
        if (!running()) setPhase(m_engines.empty() ? TrainPhase::unavailable : TrainPhase::idle);
        emit enginesFound(m_engines, m_engines.empty() ? found.second : QString());
      });
}

void Training::setPhase(TrainPhase phase) {
  if (phase == m_phase) return;
  m_phase = phase;
  if (!running()) lookForRuns();
  if (phase == TrainPhase::training)
    m_refresh.start();
  else
    m_refresh.stop();
  emit phaseChanged();
}

// ---- a run -----------------------------------------------------------------------------------------------------------

void Training::start(const Recipe& recipe, const std::filesystem::path& engine) {
  if (running() || !m_session.hasProject()) return;
  setPhase(TrainPhase::preparing);
  m_task = m_session.startTask(tr("Preparing the labels"));
  withClient(engine, [] {});  // it loads while the labels are prepared
  struct Prepared {
    Expected<RunFolder> run;
    std::vector<std::string> notes;
  };
  inBackground(
      this,
      [services = m_services, project = m_session.sharedProject(), recipe, job = m_task->job()] {
        std::vector<std::string> notes;
        auto run = services.prepareRun(*project, services.freeRunName(project->runsFolder()), recipe, notes, job);
        return std::make_shared<Prepared>(Prepared{std::move(run), std::move(notes)});
      },
      [this, engine](const std::shared_ptr<Prepared>& prepared) {
        delete m_task;
        if (!prepared->run) {
          setPhase(TrainPhase::idle);
          if (prepared->run.error().code != ErrorCode::cancelled)
            emit m_session.noticed({Notice::Kind::warning, sentence(prepared->run.error()), {}, {}});
          return;
        }
        for (const std::string& note : prepared->notes) emit m_session.noticed({Notice::Kind::info, toQt(note), {}, {}});
        begin(*prepared->run, false, engine);
      });
}

void Training::warmUp() {
  if (running() || m_client || !m_waiting.empty() || m_engines.empty() || !m_session.hasProject()) return;
  withClient({}, [this] {
    QTimer::singleShot(kIdleMs, this, [this, serial = m_serial] {
      if (serial == m_serial && !running() && !m_run) drop();
    });
  });
}

void Training::resume(const RunFolder& run) {
  if (!running()) begin(run, true, {});
}

void Training::begin(const RunFolder& run, bool resume, const std::filesystem::path& engine) {
  setPhase(TrainPhase::preparing);
  m_run = run;
  m_metricsOffset = 0;
  emit runStarted(toQt(run.name()), validationImages(run));
  if (resume) readMetrics();
  m_rereadMetrics = resume;
  withClient(engine, [this, run, resume] {
    m_client->train(run.path(), resume);
    rememberRun(true);
    setPhase(TrainPhase::training);
    wantPrediction(true);
  });
}

void Training::withClient(const std::filesystem::path& engine, std::function<void()> then) {
  if (engine.empty() || engine == m_program) {
    if (m_client) return then();
    if (!m_waiting.empty()) return m_waiting.push_back(std::move(then));
  }
  drop();
  m_waiting.push_back(std::move(then));
  EngineClient::Options options;
  options.program = engine;
  if (engine.empty() && !m_engines.empty()) {
    const auto withGpu = [](const EngineDescription& e) { return std::ranges::any_of(e.devices, [](const std::string& d) { return d.starts_with("cuda"); }); };
    const auto best = std::ranges::find_if(m_engines, withGpu);
    options.program = (best == m_engines.end() ? m_engines.front() : *best).program;
  }
  options.niceness = 10;
  m_program = options.program;
  const quint64 serial = ++m_serial;
  const auto handler = [guard = QPointer<Training>(this), serial](EngineEvent event) {
    QMetaObject::invokeMethod(
        QCoreApplication::instance(),
        [guard, serial, event = std::move(event)] {
          if (guard && guard->m_serial == serial) guard->handle(event);
        },
        Qt::QueuedConnection);
  };
  inBackground(
      this, [options, handler] { return std::make_shared<Expected<std::unique_ptr<EngineClient>>>(EngineClient::start(options, handler)); },
      [this, serial](const std::shared_ptr<Expected<std::unique_ptr<EngineClient>>>& client) {
        if (serial != m_serial) return;
        const auto waiting = std::exchange(m_waiting, {});
        if (!*client) {
          if (m_task) m_task->cancel();
          setPhase(m_engines.empty() ? TrainPhase::unavailable : TrainPhase::idle);
          emit m_session.noticed({Notice::Kind::error, sentence(client->error()), {}, {}});
          return;
        }
        m_client = std::move(**client);
        for (const auto& then : waiting) then();
      });
}

void Training::drop() {
  ++m_serial;
  m_waiting.clear();
  m_asked = m_wanted = false;
  if (!m_client) return;
  inBackground(
      this, [client = std::exchange(m_client, nullptr)]() mutable { client.reset(); return 0; }, [](int) {});
}

void Training::pause(bool paused) {
  if (!m_client || (m_phase != TrainPhase::training && m_phase != TrainPhase::paused)) return;
  m_client->pause(paused);
  setPhase(paused ? TrainPhase::paused : TrainPhase::training);
}

void Training::stop() {
  if (m_phase == TrainPhase::preparing && m_task) return m_task->cancel();
  if (!m_client || !running()) return;
  setPhase(TrainPhase::stopping);
  rememberRun(false);
  m_client->stop();
}

void Training::finishDecay() {
  if (m_client && m_phase == TrainPhase::training) m_client->finish();
}

void Training::findRate(const Recipe& recipe, const std::filesystem::path& engine) {
  if (running() || !m_session.hasProject() || !m_services.findRate) return;
  setPhase(TrainPhase::preparing);
  m_task = m_session.startTask(tr("Testing learning rates"));
  inBackground(
      this,
      [services = m_services, project = m_session.sharedProject(), recipe, engine, job = m_task->job()] {
        return std::make_shared<Expected<RateCurve>>(services.findRate(*project, recipe, engine, job));
      },
      [this](const std::shared_ptr<Expected<RateCurve>>& curve) {
        delete m_task;
        setPhase(TrainPhase::idle);
        if (*curve) emit rateFound(**curve);
        else if (curve->error().code != ErrorCode::cancelled) emit m_session.noticed({Notice::Kind::warning, sentence(curve->error()), {}, {}});
      });
}

void Training::shutDown(std::function<void()> done) {
  if (m_task) m_task->cancel();
  ++m_serial;
  m_waiting.clear();
  inBackground(
      this, [client = std::exchange(m_client, nullptr)]() mutable { client.reset(); return 0; },
      [this, done](int) {
        setPhase(m_engines.empty() ? TrainPhase::unavailable : TrainPhase::idle);
        done();
      });
}

void Training::rememberRun(bool inTraining) {
  if (!m_session.hasProject() || !m_run) return;
  QSettings settings;
  if (inTraining)
    settings.setValue(resumeKey(m_session.project()), toQt(encodePath(m_run->path())));
  else
    settings.remove(resumeKey(m_session.project()));
}

void Training::lookForRuns(std::function<void()> then) {
  m_interrupted.reset();
  m_newestTrained.reset();
  m_newest.reset();
  const quint64 serial = ++m_looked;
  if (!m_session.hasProject()) return then ? then() : void();
  struct Found {
    std::optional<RunFolder> interrupted, newest, newestTrained;
  };
  inBackground(
      this,
      [runs = m_session.project().runsFolder(), path = QSettings().value(resumeKey(m_session.project())).toString().toStdString()] {
        Found found;
        const auto all = RunFolder::list(runs);
        if (!all.empty()) found.newest = all.front();
        if (const auto run = std::ranges::find_if(all, &RunFolder::hasBest); run != all.end()) found.newestTrained = *run;
        if (const RunFolder run(decodePath(path)); !path.empty() && run.hasLast() && !run.inUse()) found.interrupted = run;
        return found;
      },
      [this, serial, then = std::move(then)](const Found& found) {
        if (serial == m_looked) {
          m_interrupted = found.interrupted;
          m_newest = found.newest;
          m_newestTrained = found.newestTrained;
          emit runsFound();
        }
        if (then) then();
      });
}

void Training::showRun(const RunFolder& run) {
  inBackground(
      this, [run] { return toQt(runText(run)); },
      [](const QString& text) { showDetails(text, QApplication::activeWindow()); });
}

void Training::projectChanged() {
  lookForRuns();
  if (running()) return;  // an import into the project that trains
  m_run.reset();
  m_prediction = LabelMap();
  emit predictionReset();
}

void Training::predictWith(const RunFolder& run) {
  if (running() || !run.hasBest()) return;
  m_run = run;
  m_metricsOffset = 0;
  emit runStarted(toQt(run.name()), validationImages(run));
  readMetrics();
  withClient({}, [this] { wantPrediction(true); });
}

// ---- what the engine says --------------------------------------------------------------------------------------------

void Training::handle(const EngineEvent& event) {
  if (!m_silence.isEmpty() && !std::holds_alternative<EngineNotResponding>(event)) emit m_session.noticeOver(std::exchange(m_silence, {}));
  if (const auto* progress = std::get_if<RunProgress>(&event)) {
    if (std::exchange(m_rereadMetrics, false)) {
      m_metricsOffset = 0;
      emit metricsReset();
      readMetrics();
    }
    if (m_phase == TrainPhase::training || m_phase == TrainPhase::paused) emit progressed(*progress);
  } else if (std::holds_alternative<MetricsAdded>(event)) {
    readMetrics();
    wantPrediction(false);
  } else if (std::holds_alternative<WeightsChanged>(event)) {
    wantPrediction(false);
  } else if (const auto* tile = std::get_if<PredictionTile>(&event)) {
    onTile(*tile);
  } else if (const auto* done = std::get_if<PredictionDone>(&event)) {
    if (done->generation != m_generation) return;
    m_asked = false;
    if (done->ok) ++m_answers;
    if (m_wanted) requestPrediction();
  } else if (const auto* ended = std::get_if<RunEnded>(&event)) {
    onRunEnded(*ended);
  } else if (const auto* notice = std::get_if<EngineNotice>(&event)) {
    const QString all = toQt(notice->text), text = all.section(QLatin1Char('\n'), 0, 0);
    Notice shown{Notice::Kind::info, text, {}, {}};
    if (text != all) shown.button = tr("Details"), shown.action = [all] { showDetails(all, QApplication::activeWindow()); };
    emit m_session.noticed(shown);
  } else if (std::holds_alternative<EngineNotResponding>(event)) {
    m_silence = tr("The training engine has not answered for half a minute. It may come back; what it has saved is kept either way.");
    emit m_session.noticed({Notice::Kind::warning, m_silence, tr("End it"), [this] { if (m_client) m_client->kill(); }});
  } else if (const auto* gone = std::get_if<EngineEnded>(&event)) {
    onEngineEnded(*gone);
  }
}

void Training::readMetrics() {
  if (!m_run) return;
  if (const auto lines = m_run->metricsFrom(m_metricsOffset); lines && !lines->empty()) emit metricsAdded(*lines);
}

void Training::onRunEnded(const RunEnded& event) {
  readMetrics();
  rememberRun(false);
  setPhase(TrainPhase::idle);
  const QString best = m_run && m_run->hasBest() ? tr(" The best network is kept in %1.").arg(displayName(m_run->path())) : QString();
  if (event.ok)
    emit ended(tr("Training %1.").arg(toQt(event.reason)));
  else
    emit m_session.noticed({Notice::Kind::error, closed(toQt(event.reason)) + best, m_run ? tr("Details") : QString(),
                            [this, run = m_run] { if (run) showRun(*run); }});
  wantPrediction(false);
}

void Training::onEngineEnded(const EngineEnded& event) {
  const bool lostRun = running();
  if (m_task) m_task->cancel();  // its labels would wait for an engine
  drop();
  if (!lostRun && !event.crashed) return;
  setPhase(TrainPhase::idle);
  readMetrics();
  lookForRuns([this, lostRun, said = closed(toQt(event.reason)) + tr(" Labels are not affected.")] {
    Notice notice{Notice::Kind::error, said, {}, {}};
    if (const auto run = interrupted(); lostRun && !run) {
      notice.text += tr(" The run had not come to a checkpoint: it begins anew with Train.");
    } else if (lostRun) {
      notice.text += tr(" The run can go on from its last checkpoint.");
      notice.button = tr("Resume");
      notice.action = [this, run = *run] { resume(run); };
    }
    emit m_session.noticed(notice);
    if (lostRun) emit ended(tr("The engine ended."));
  });
}

}  // namespace intarsia
