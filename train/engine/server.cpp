// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/engine/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>

#include "core/base/text.h"
#include "train/engine/machine.h"
#include "train/engine/outbox.h"
#include "train/infer/predictor.h"
#include "train/loop/device.h"

namespace intarsia {
namespace {

using namespace std::chrono_literals;

/// Answers requests for predictions: loads the model a request names, away from the reader thread, and keeps the last one.
class Predictions {
 public:
  Predictions(LiveModel& live, Outbox& outbox, const EngineHooks& hooks)
      : m_predictor(live, {.read = hooks.readImage,
                           .tile = [&outbox](PredictionTile tile) { return outbox.tile(std::move(tile)); },
                           .done = [&outbox](const PredictionDone& done) { outbox.done(done); }}),
        m_outbox(outbox),
        m_thread([this](std::stop_token stop) { run(stop); }) {}
  ~Predictions() {
    m_thread.request_stop();
    m_wake.notify_all();
  }

  void request(const EngineClient::PredictRequest& request) {
    m_outbox.setGeneration(request.generation);
    std::lock_guard lock(m_mutex);
    m_next = request;
    m_wake.notify_all();
  }
  void setViewport(const ViewportCommand& command) {
    {
      std::lock_guard lock(m_mutex);
      if (m_next && m_next->generation == command.generation) m_next->viewport = command.viewport;
    }
    m_predictor.setViewport(command.generation, command.viewport);
  }
  void cancel() {
    {
      std::lock_guard lock(m_mutex);
      m_next.reset();
    }
    m_predictor.cancel();
  }

 private:
  void run(std::stop_token stop) {
    for (;;) {
      std::unique_lock lock(m_mutex);
      if (!m_wake.wait(lock, stop, [&] { return m_next.has_value(); })) return;
      const auto request = std::move(*m_next);
      m_next.reset();
      lock.unlock();
      const auto model = modelFor(request.model);
      if (model)
        m_predictor.request({request.image.string(), request.generation, request.viewport, request.level, *model, request.fresh});
      else
        m_outbox.done({request.generation, false, model.error().message()});
    }
  }

  /// Nothing for the run in training. This thread only.
  Expected<std::shared_ptr<const Model>> modelFor(const std::filesystem::path& path) {
    if (path.empty()) return nullptr;
    INTARSIA_TRY(const ModelFiles files, findModel(path));
    std::error_code ignored;
    const auto time = std::filesystem::last_write_time(files.weights, ignored);
    if (m_model && m_modelPath == files.weights && m_modelTime == time) return m_model;
    INTARSIA_TRY(m_model, loadModel(path));
    m_modelPath = files.weights;
    m_modelTime = time;
    return m_model;
  }

  LivePredictor m_predictor;
  Outbox& m_outbox;
  std::shared_ptr<const Model> m_model;
  std::filesystem::path m_modelPath;
  std::filesystem::file_time_type m_modelTime;
  std::mutex m_mutex;
  std::condition_variable_any m_wake;
  std::optional<EngineClient::PredictRequest> m_next;  // guarded by m_mutex
  std::jthread m_thread;                               // last: ends first
};

class Server {
 public:
  Server(int input, int output, const EngineHooks& hooks)
      : m_input(input), m_hooks(hooks), m_outbox(output), m_predictions(m_live, m_outbox, hooks) {
    std::vector<std::string> ids;
    for (const auto& device : devices()) ids.push_back(device.id);
    m_outbox.control(EngineEvent(EngineReady{INTARSIA_VERSION, torchVersion(), ids}));
    if (const auto warning = blasWarning()) notice(*warning);
    m_heartbeat = std::jthread([this](std::stop_token stop) { beat(stop); });
  }

  int run() {
    sigset_t ends;
    sigemptyset(&ends);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&ends, number);
    const int signals = ::signalfd(-1, &ends, SFD_CLOEXEC);
    while (receive(signals)) {}
    if (signals >= 0) ::close(signals);
    end();
    return m_status;
  }

 private:
  /// Waits for the client; false at the end of its input, at bad input and at a signal.
  bool receive(int signals) {
    std::array<pollfd, 2> entries{pollfd{m_input, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
    if (::poll(entries.data(), entries.size(), -1) < 0) return errno == EINTR;
    if (entries[1].revents) return false;
    std::array<std::byte, 65536> buffer;
    const ssize_t n = ::read(m_input, buffer.data(), buffer.size());
    if (n < 0) return errno == EINTR || errno == EAGAIN;
    if (n == 0) return false;
    m_parser.feed(std::span(buffer).first(size_t(n)));
    for (;;) {
      auto frame = m_parser.next();
      if (!frame) return refuse(frame.error());
      if (!*frame) return true;
      const auto command = decodeCommand(**frame);
      if (!command) return refuse(command.error());
      if (!m_greeted && !std::holds_alternative<HelloCommand>(*command))
        return refuse({ErrorCode::invalidInput, INTARSIA_TEXT("The connection to the engine broke: it was not greeted")});
      m_greeted = true;
      obey(*command);
    }
  }

  bool refuse(const Error& error) {
    m_status = 2;
    fmt::print(stderr, "{}\n", error.message());
    m_outbox.control(EngineEvent(EngineEnded{true, error.message()}));
    return false;
  }

  /// Reader thread: sets flags, starts threads, waits for nothing.
  void obey(const EngineCommand& command) {
    if (const auto* c = std::get_if<TrainCommand>(&command)) begin(*c);
    if (const auto* c = std::get_if<PauseCommand>(&command)) m_control.pause = c->paused;
    if (std::holds_alternative<StopCommand>(command)) m_control.stop = true;
    if (std::holds_alternative<FinishCommand>(command)) m_control.finish = true;
    if (const auto* c = std::get_if<PredictCommand>(&command)) m_predictions.request(c->request);
    if (const auto* c = std::get_if<ViewportCommand>(&command)) m_predictions.setViewport(*c);
    if (const auto* c = std::get_if<AcknowledgeCommand>(&command)) m_outbox.acknowledge(c->generation, c->tiles);
    if (std::holds_alternative<CancelPredictionCommand>(command)) m_predictions.cancel();
  }

  void begin(const TrainCommand& command) {
    if (m_training) {
      m_outbox.control(EngineEvent(RunEnded{false, INTARSIA_TEXT("The engine is training another run")}));
      return;
    }
    if (m_trainer.joinable()) m_trainer.join();  // it has ended
    m_control.stop = false;
    m_control.finish = false;
    m_control.pause = false;
    m_training = true;
    m_live.publish(nullptr);
    m_trainer = std::thread([this, command] { trainRun(command); });
  }

  void trainRun(const TrainCommand& command) {
    const SessionEvents events{.progress = [this](const RunProgress& progress) { tell(progress); },
                               .metrics = [this](const EpochMetrics&) { m_outbox.control(EngineEvent(MetricsAdded{})); },
                               .weights = [this](int64_t step) { m_outbox.control(EngineEvent(WeightsChanged{step})); },
                               .notice = [this](const std::string& text) { notice(text); }};
    const auto result = runSession({RunFolder(command.run), command.resume, &m_live}, m_hooks, m_control, events);
    if (!result) fmt::print(stderr, "{}\n", result.error().message());
    m_live.setBusy(false);
    m_training = false;
    m_outbox.control(EngineEvent(result ? RunEnded{true, result->stopped ? "stopped" : "finished"} : RunEnded{false, result.error().message()}));
  }

  /// Training thread, after each step: remembers, and sends at most five a second.
  void tell(const RunProgress& progress) {
    std::lock_guard lock(m_mutex);
    const auto now = std::chrono::steady_clock::now();
    const bool changed = progress.phase != m_progress.phase || progress.epoch != m_progress.epoch;
    m_progress = progress;
    if (!changed && now - m_told < 200ms) return;
    m_told = now;
    m_outbox.control(EngineEvent(progress));
  }

  void notice(const std::string& text) {
    fmt::print(stderr, "{}\n", text);
    m_outbox.control(EngineEvent(EngineNotice{text}));
  }

  void beat(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, stop, 1s, [&] { return stop.stop_requested(); })) {
      std::lock_guard guard(m_mutex);
      if (m_training && !m_progress.phase.empty())
        m_outbox.control(EngineEvent(m_progress));
      else
        m_outbox.control(Heartbeat{});
    }
  }

  /// Keeps `last`, but never longer than 10 s: then the process goes as it is.
  void end() {
    m_control.pause = false;
    m_control.stop = true;
    m_outbox.close();
    std::thread([] {
      std::this_thread::sleep_for(9500ms);
      ::_exit(3);
    }).detach();
    if (m_trainer.joinable()) m_trainer.join();
  }

  const int m_input;
  const EngineHooks& m_hooks;
  LiveModel m_live;
  TrainerControl m_control;
  Outbox m_outbox;
  Predictions m_predictions;
  std::thread m_trainer;               // reader thread only
  std::atomic<bool> m_training{false};
  std::mutex m_mutex;
  RunProgress m_progress;              // guarded by m_mutex, like the next
  std::chrono::steady_clock::time_point m_told;
  FrameParser m_parser;                // reader thread only, like the next two
  bool m_greeted = false;
  int m_status = 0;
  std::jthread m_heartbeat;            // last: ends first
};

}  // namespace

int servePipe(int input, int output, const EngineHooks& hooks) {
  ::fcntl(output, F_SETFL, ::fcntl(output, F_GETFL) | O_NONBLOCK);
  return Server(input, output, hooks).run();
}

}  // namespace intarsia
