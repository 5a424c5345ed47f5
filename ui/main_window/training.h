// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <memory>
#include <optional>

#include "core/base/image.h"
#include "core/base/label_map.h"
#include "train/api/engine_client.h"
#include "ui/main_window/services.h"
#include "ui/main_window/session.h"
#include "ui/models/train_phase.h"

namespace intarsia {

/// The window's end of the engine: starts it when it is needed, follows the run in training, keeps the network's answer for the
/// open image fresh. UI thread; events of the engine arrive on a thread of its own and are posted here.
class Training : public QObject {
  Q_OBJECT
 public:
  Training(AppServices services, Session& session, QObject* parent = nullptr);
  ~Training() override;

  /// Asks every engine on this machine what it offers, on a worker. enginesFound follows.
  void findEngines();
  bool hasEngine() const { return !m_engines.empty(); }
  TrainPhase phase() const { return m_phase; }
  bool running() const { return m_phase == TrainPhase::preparing || m_phase == TrainPhase::training || m_phase == TrainPhase::paused || m_phase == TrainPhase::stopping; }
  std::optional<RunFolder> run() const { return m_run; }

  void start(const Recipe& recipe, const std::filesystem::path& engine);
  /// Someone is about to train: the engine loads meanwhile, and goes again when nothing comes of it.
  void warmUp();
  void resume(const RunFolder& run);
  void pause(bool paused);
  void stop();
  void finishDecay();
  /// Runs a learning-rate test behind the window; rateFound follows when it went well.
  void findRate(const Recipe& recipe, const std::filesystem::path& engine);
  /// Ends the engine in good order (best and last are kept); `ended` follows on the UI thread.
  void shutDown(std::function<void()> ended);
  /// A run of the open project that was in training when its window or engine ended.
  std::optional<RunFolder> interrupted() const { return running() ? std::nullopt : m_interrupted; }
  /// The newest run of the open project that has a best network.
  std::optional<RunFolder> newestTrained() const { return m_newestTrained; }

  /// The run of now, or the newest of the open project.
  std::optional<RunFolder> newest() const { return m_run ? m_run : m_newest; }
  /// Opens what there is to know about a run (train/api/run_text.h) in a window of its own.
  void showRun(const RunFolder& run);

  /// Shows the answer of an earlier run for the open image, as long as nothing trains.
  void predictWith(const RunFolder& run);
  void setViewport(const Rect& imagePixels);
  /// The network's answer for the open image, at `predictionLevel()`; null = none yet.
  const LabelMap* prediction() const { return m_prediction.empty() ? nullptr : &m_prediction; }
  int predictionLevel() const { return m_level; }
  /// Grey, 255 = certain, of the prediction's size.
  const Image* confidence() const { return m_confidence.empty() ? nullptr : &m_confidence; }
  int64_t predictionsShown() const { return m_answers; }

 signals:
  void enginesFound(const std::vector<intarsia::EngineDescription>& engines, const QString& reason);
  void phaseChanged();
  void runsFound();                                    // what interrupted() and newestTrained() say
  void runStarted(const QString& name, int validationImages);
  void metricsReset();                                 // the lines follow anew
  void progressed(const intarsia::RunProgress& progress);
  void metricsAdded(const std::vector<intarsia::EpochMetrics>& lines);
  void ended(const QString& how);
  void rateFound(const intarsia::RateCurve& curve);
  void predictionReset();                              // another image, another level, or none
  void predictionChanged(const intarsia::Rect& rect);  // in pixels of the level

 private:
  static constexpr int kRefreshMs = 5000;              // the answer for the open image is at most this old while training
  static constexpr int kIdleMs = 60'000;
  void begin(const RunFolder& run, bool resume, const std::filesystem::path& engine);
  void withClient(const std::filesystem::path& engine, std::function<void()> then);
  void handle(const EngineEvent& event);
  void onTile(const PredictionTile& tile);
  void onRunEnded(const RunEnded& event);
  void onEngineEnded(const EngineEnded& event);
  void readMetrics();
  void projectChanged();
  void imageShown();
  void wantPrediction(bool now);
  void requestPrediction();
  int wantedLevel() const;
  void setPhase(TrainPhase phase);
  void rememberRun(bool inTraining);
  /// On disk, after a run or with a project, not per click; runsFound and `then` follow.
  void lookForRuns(std::function<void()> then = {});
  void drop();                                         // lets go of the client; it ends on a worker

  AppServices m_services;
  Session& m_session;
  std::vector<EngineDescription> m_engines;
  TrainPhase m_phase = TrainPhase::unavailable;
  QPointer<Task> m_task;

  std::shared_ptr<EngineClient> m_client;
  std::vector<std::function<void()>> m_waiting;  // for the engine that is being started; empty = none is
  std::filesystem::path m_program;
  quint64 m_serial = 0;               // of the client: events of an older one are dropped
  std::optional<RunFolder> m_run;     // in training, or the one that predicts
  std::optional<RunFolder> m_interrupted, m_newest, m_newestTrained;
  quint64 m_looked = 0;               // the newest look at them counts
  size_t m_metricsOffset = 0;
  bool m_rereadMetrics = false;       // a resumed run drops the lines that it will write again

  LabelMap m_prediction;
  Image m_confidence;
  int m_level = 0;
  Rect m_viewport;
  QTimer m_viewportTimer;             // the engine hears of it a few times a second, while an answer is on its way
  uint64_t m_generation = 0;          // of the newest request
  bool m_asked = false;               // an answer is on its way
  QString m_silence;                  // what was said about an engine that does not answer
  bool m_wanted = false;              // a fresher one should follow it
  QElapsedTimer m_askedAt;
  QTimer m_refresh;
  int64_t m_answers = 0;
};

}  // namespace intarsia
