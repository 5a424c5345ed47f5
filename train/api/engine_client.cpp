// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/engine_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

#include "core/base/subprocess.h"
#include "core/base/text.h"
#include "train/api/protocol.h"

namespace intarsia {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr size_t kMaxLog = size_t(16) << 20;  // of one engine's stderr
constexpr size_t kTail = 2000;
constexpr auto kPoll = 100ms;

void blockSigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

bool writeAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(size_t(n));
  }
  return true;
}

/// Collects what the engine prints: appends it to a log, keeps the end for the sentence about a crash. Any thread.
class Log {
 public:
  void open(const std::filesystem::path& path) {
    std::lock_guard lock(m_mutex);
    if (m_fd >= 0 || path.empty()) return;
    m_fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    write(m_early);
    m_early.clear();
  }
  void add(std::string_view text) {
    std::lock_guard lock(m_mutex);
    m_tail += text;
    if (m_tail.size() > kTail) m_tail.erase(0, m_tail.size() - kTail);
    if (m_fd >= 0)
      write(text);
    else if (m_early.size() < kTail * 8)
      m_early += text;
  }
  /// The last line that is not empty.
  std::string lastLine() const {
    std::lock_guard lock(m_mutex);
    const std::string_view text = trim(m_tail);
    const size_t newline = text.rfind('\n');
    const std::string line(trim(newline == std::string_view::npos ? text : text.substr(newline + 1)));
    return validUtf8(line) ? line : "";
  }
  ~Log() {
    if (m_fd >= 0) ::close(m_fd);
  }

 private:
  void write(std::string_view text) {
    if (m_fd < 0 || m_written > kMaxLog) return;
    m_written += text.size();
    writeAll(m_fd, m_written > kMaxLog ? "\n(the rest is left out)\n" : text);
  }
  mutable std::mutex m_mutex;
  int m_fd = -1;             // guarded by m_mutex
  size_t m_written = 0;      // guarded by m_mutex
  std::string m_tail, m_early;  // guarded by m_mutex; m_early: before a log was named
};

std::string signalSentence(int number) {
  switch (number) {
    case SIGKILL: return INTARSIA_TEXT("The engine was killed from outside; perhaps the memory ran out");
    case SIGTERM:
    case SIGINT:
    case SIGHUP: return INTARSIA_TEXT("The engine was ended from outside");
    case SIGSEGV:
    case SIGBUS: return INTARSIA_TEXT("The engine crashed (memory fault)");
    case SIGILL: return INTARSIA_TEXT("The engine crashed: this LibTorch needs a newer processor");
    case SIGABRT: return INTARSIA_TEXT("The engine gave up");
    default: return fmt::format("The engine was ended by signal {}", number);
  }
}

class EngineProcess final : public EngineClient {
 public:
  EngineProcess(Subprocess process, const Options& options, std::function<void(EngineEvent)> handler)
      : m_options(options), m_handler(std::move(handler)), m_process(std::move(process)) {
    m_log.open(options.log);
    send(HelloCommand{});
    m_errors = std::thread([this] { drainErrors(); });
    m_writer = std::thread([this] { writeCommands(); });
    m_reader = std::thread([this] { readMessages(); });
  }

  ~EngineProcess() override {
    m_ending = true;
    send(StopCommand{});
    {
      std::lock_guard lock(m_mutex);
      m_closing = true;
    }
    m_wake.notify_all();
    if (!m_process.wait(m_options.stopWait)) m_process.signal(SIGTERM);
    if (!m_process.wait(m_options.termWait)) m_process.signal(SIGKILL);
    m_process.wait(10s);
    m_reader.join();  // which joined m_errors
    m_writer.join();
  }

  void train(const std::filesystem::path& run, bool resume) override {
    m_log.open(run / "log");
    send(TrainCommand{run, resume});
  }
  void pause(bool paused) override { send(PauseCommand{paused}); }
  void stop() override { send(StopCommand{}); }
  void finish() override { send(FinishCommand{}); }
  void predict(const PredictRequest& request) override { send(PredictCommand{request}); }
  void setViewport(uint64_t generation, const Rect& viewport) override { send(ViewportCommand{generation, viewport}); }
  void acknowledge(uint64_t generation, int tiles) override { send(AcknowledgeCommand{generation, tiles}); }
  void cancelPrediction() override { send(CancelPredictionCommand{}); }
  int pid() const override { return m_process.pid(); }
  void kill() override {
    m_ending = true;
    m_process.signal(SIGKILL);
  }

 private:
  void send(const EngineCommand& command) {
    std::lock_guard lock(m_mutex);
    if (m_closing) return;
    if (std::holds_alternative<PredictCommand>(command))  // the newest request wins
      std::erase_if(m_outbox, [](const EngineCommand& c) { return std::holds_alternative<PredictCommand>(c); });
    m_outbox.push_back(command);
    m_wake.notify_all();
  }

  void writeCommands() {
    blockSigpipe();
    for (;;) {
      std::unique_lock lock(m_mutex);
      m_wake.wait(lock, [&] { return m_closing || !m_outbox.empty(); });
      if (m_outbox.empty()) break;
      const EngineCommand command = std::move(m_outbox.front());
      m_outbox.pop_front();
      lock.unlock();
      if (!writeAll(m_process.inputFd(), encodeFrame(encodeCommand(command)))) break;
    }
    m_process.closeInput();  // the engine takes it as the end
  }

  void drainErrors() {
    std::array<char, 16384> buffer;
    pollfd entry{m_process.errorFd(), POLLIN, 0};
    for (;;) {
      if (::poll(&entry, 1, int(kPoll.count())) == 0) {
        if (m_gone) return;  // someone else still holds the pipe
        continue;
      }
      const ssize_t n = ::read(entry.fd, buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return;
      m_log.add({buffer.data(), size_t(n)});
    }
  }

  void readMessages() {
    const std::string broken = readUntilEnd();
    if (!broken.empty()) m_process.signal(SIGKILL);
    // Its pipe is closed: the process ends by itself, or is made to.
    auto exit = m_process.wait(m_options.stopWait);
    if (!exit) {
      m_process.signal(SIGTERM);
      exit = m_process.wait(m_options.termWait);
    }
    if (!exit) {
      m_process.signal(SIGKILL);
      exit = m_process.wait(10s);
    }
    m_gone = true;
    m_errors.join();  // its last words stand in the sentence about a crash
    {
      std::lock_guard lock(m_mutex);
      m_closing = true;
    }
    m_wake.notify_all();
    m_handler(describeEnd(broken, exit));
  }

  /// Nothing when the stream ended in order, else the sentence about what was wrong with it.
  std::string readUntilEnd() {
    std::vector<std::byte> buffer(size_t(1) << 18);
    FrameParser parser;
    pollfd entry{m_process.outputFd(), POLLIN, 0};
    auto heard = Clock::now();
    for (;;) {
      const int ready = ::poll(&entry, 1, int(kPoll.count()));
      if (ready < 0 && errno != EINTR) return {};
      if (ready <= 0) {
        if (m_process.wait(0ms)) return {};
        if (Clock::now() - heard > m_options.silence) {
          heard = Clock::now();
          m_handler(EngineNotResponding{});
        }
        continue;
      }
      const ssize_t n = ::read(entry.fd, buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return {};
      heard = Clock::now();
      parser.feed(std::span(buffer).first(size_t(n)));
      for (;;) {
        auto frame = parser.next();
        if (!frame) return frame.error().message();
        if (!*frame) break;
        const auto message = decodeMessage(**frame);
        if (!message) return message.error().message();
        if (const auto wrong = deliver(*message); !wrong.empty()) return wrong;
      }
    }
  }

  std::string deliver(const EngineMessage& message) {
    const auto* event = std::get_if<EngineEvent>(&message);
    const bool hello = event && std::holds_alternative<EngineReady>(*event);
    if (!m_ready && !hello) return INTARSIA_TEXT("The connection to the engine broke: it did not greet");
    m_ready = true;
    if (!event) return {};
    if (const auto* bye = std::get_if<EngineEnded>(event))
      m_bye = bye->reason;
    else
      m_handler(*event);
    return {};
  }

  EngineEnded describeEnd(const std::string& broken, const std::optional<Subprocess::Exit>& exit) const {
    if (!broken.empty()) return {true, broken};
    if (m_ending) return {false, INTARSIA_TEXT("The engine was ended")};
    if (!m_bye.empty()) return {true, m_bye};
    if (exit && exit->signal == 0 && exit->status == 0) return {true, INTARSIA_TEXT("The engine ended by itself")};
    std::string sentence = INTARSIA_TEXT("The engine does not end");
    if (exit) sentence = exit->signal ? signalSentence(exit->signal) : fmt::format("The engine ended with status {}", exit->status);
    if (const std::string last = m_log.lastLine(); !last.empty()) sentence += fmt::format(" ({})", last);
    return {true, sentence};
  }

  // Constant after construction.
  const Options m_options;
  const std::function<void(EngineEvent)> m_handler;
  Subprocess m_process;
  Log m_log;
  std::atomic<bool> m_ending{false};  // we asked for the end
  std::atomic<bool> m_gone{false};    // reaped
  std::mutex m_mutex;
  std::condition_variable m_wake;
  std::deque<EngineCommand> m_outbox;  // guarded by m_mutex
  bool m_closing = false;              // guarded by m_mutex: nothing more is accepted
  // Reader thread only.
  bool m_ready = false;
  std::string m_bye;
  std::thread m_reader, m_writer, m_errors;
};

}  // namespace

Expected<std::unique_ptr<EngineClient>> EngineClient::start(const Options& options, std::function<void(EngineEvent)> handler) {
  std::filesystem::path program = options.program;
  if (program.empty()) {
    INTARSIA_TRY(program, findEngine());
  }
  const int niceness = options.niceness.value_or(std::thread::hardware_concurrency() <= 4 ? 10 : 0);
  INTARSIA_TRY(Subprocess process, Subprocess::start(program, options.arguments,
                                                     {.environment = options.environment, .niceness = niceness, .oomScoreAdjust = 500}));
  return std::make_unique<EngineProcess>(std::move(process), options, std::move(handler));
}

}  // namespace intarsia
