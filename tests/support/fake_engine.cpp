// SPDX-License-Identifier: GPL-3.0-or-later
// An engine without LibTorch that speaks the protocol. INTARSIA_FAKE says how it behaves; see `Mode`. Its "training" writes
// metrics.jsonl, status.json and a best.safetensors of one number; its "predictions" are stripes that follow the generation.
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "core/base/file_lock.h"
#include "train/api/protocol.h"
#include "train/api/run_folder.h"
#include "train/api/safetensors.h"

using namespace intarsia;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {

/// works · crash: dies in the second epoch · hang: goes silent when it trains and ignores SIGTERM · silent: never greets ·
/// flood: progress without end · chatter: stderr without end · truncate: half a message, then the end · garble: noise ·
/// version: another protocol · late: greets and predicts after a second · fail: training fails with a sentence
std::string mode() {
  const char* value = std::getenv("INTARSIA_FAKE");
  return value ? value : "works";
}

int number(const char* name, int otherwise) {
  const char* value = std::getenv(name);
  return value ? std::atoi(value) : otherwise;
}

void sendBytes(const std::string& bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t n = ::write(1, bytes.data() + at, bytes.size() - at);
    if (n <= 0) _exit(0);  // the client is gone
    at += size_t(n);
  }
}
void send(const EngineMessage& message) { sendBytes(encodeFrame(encodeMessage(message))); }

[[noreturn]] void hang() {
  ::signal(SIGTERM, SIG_IGN);
  for (;;) ::pause();
}

class FakeEngine {
 public:
  int run() {
    if (mode() == "silent") hang();
    if (mode() == "late") std::this_thread::sleep_for(1s);
    if (mode() == "garble") sendBytes(std::string(4000, 'x'));
    if (mode() == "version") {
      sendBytes(encodeFrame({R"({"type":"hello","protocol":99})", {}}));
      hang();
    }
    send(EngineEvent(EngineReady{"0", "0", {"cpu"}}));
    for (;;) {
      pollfd entry{0, POLLIN, 0};
      const int ready = ::poll(&entry, 1, m_epoch > 0 ? number("INTARSIA_FAKE_EPOCH_MS", 30) : 200);
      if (ready > 0 && !receive()) return 0;
      if (ready == 0 && m_epoch > 0) epoch();
      if (ready == 0) send(Heartbeat{});
    }
  }

 private:
  bool receive() {
    std::array<std::byte, 65536> buffer;
    const ssize_t n = ::read(0, buffer.data(), buffer.size());
    if (n <= 0) return false;
    m_parser.feed(std::span(buffer).first(size_t(n)));
    for (;;) {
      const auto frame = m_parser.next();
      if (!frame) return false;
      if (!*frame) return true;
      if (const auto command = decodeCommand(**frame)) obey(*command);
    }
  }

  void obey(const EngineCommand& command) {
    if (const auto* train = std::get_if<TrainCommand>(&command)) begin(*train);
    if (std::holds_alternative<StopCommand>(command) && m_epoch > 0) end(true, "stopped");
    if (std::holds_alternative<FinishCommand>(command) && m_epoch > 0) end(true, "finished");
    if (const auto* predict = std::get_if<PredictCommand>(&command)) answer(predict->request);
  }

  void begin(const TrainCommand& command) {
    if (mode() == "hang") hang();
    if (mode() == "truncate") {
      sendBytes(encodeFrame(encodeMessage(EngineEvent(EngineNotice{"half a message"}))).substr(0, 20));
      _exit(0);
    }
    if (mode() == "flood")
      for (;;) send(EngineEvent(RunProgress{.phase = "training"}));
    if (mode() == "chatter")
      for (int i = 0; i < 200'000; ++i) std::fprintf(stderr, "the same line again and again, number %d of very many, to fill a log\n", i);
    m_run = RunFolder(command.run);
    if (mode() == "fail") return end(false, "Nothing can be learned from this");
    if (auto lock = FileLock::acquire(m_run.lockPath())) m_lock.emplace(std::move(*lock));
    m_epoch = 1;
    send(EngineEvent(RunProgress{"training", 1, epochs(), 0, epochs() * 10, 20, 1, 1}));
  }

  static int epochs() { return number("INTARSIA_FAKE_EPOCHS", 3); }

  void epoch() {
    if (mode() == "crash" && m_epoch == 2) {
      std::fprintf(stderr, "about to fall\n");
      ::signal(SIGSEGV, SIG_DFL);  // a sanitizer would catch it and end in order
      ::raise(SIGSEGV);
    }
    EpochMetrics line;
    line.epoch = m_epoch;
    line.seconds = m_epoch * 0.5;
    line.trainLoss = 1.0 / m_epoch;
    line.valLoss = 1.1 / m_epoch;
    line.meanIoU = 1 - 0.7 / m_epoch;
    line.pixelAccuracy = 1 - 0.5 / m_epoch;
    line.learningRate = 1e-3;
    line.step = m_epoch * 10;
    line.best = true;
    (void)m_run.appendMetrics(line);
    (void)m_run.writeStatus({"training", "", m_epoch, epochs(), line.step, epochs() * 10, line.seconds, 1, 20, ::getpid()});
    (void)writeTensorSet(m_run.bestPath(), {{{"weight", TensorType::u8, {1}, {std::byte(m_epoch)}}}, {}});
    send(EngineEvent(MetricsAdded{}));
    send(EngineEvent(WeightsChanged{line.step}));
    send(EngineEvent(RunProgress{"training", m_epoch, epochs(), line.step, epochs() * 10, 20, 1, line.trainLoss}));
    if (++m_epoch > epochs()) end(true, "finished");
  }

  void end(bool ok, const std::string& reason) {
    m_epoch = 0;
    (void)m_run.writeStatus({ok ? reason : "failed", ok ? "" : reason});
    m_lock.reset();
    send(EngineEvent(RunEnded{ok, reason}));
  }

  void answer(const EngineClient::PredictRequest& request) {
    if (mode() == "late") std::this_thread::sleep_for(1s);
    const Rect all = request.viewport.empty() ? Rect{0, 0, 512, 512} : request.viewport;
    const int scale = 1 << request.level;
    for (int y = all.y / scale / 256; y * 256 * scale < all.bottom(); ++y)
      for (int x = all.x / scale / 256; x * 256 * scale < all.right(); ++x) {
        PredictionTile tile{request.generation, request.level, {x * 256, y * 256, 256, 256}, std::vector<uint16_t>(65536), std::vector<uint8_t>(65536, 200)};
        for (size_t i = 0; i < 65536; ++i) tile.classes[i] = uint16_t((i / 256 / 32 + request.generation) % 2);
        send(EngineEvent(tile));
      }
    send(EngineEvent(PredictionDone{request.generation, true, "", 0.01, 1}));
  }

  FrameParser m_parser;
  RunFolder m_run{""};
  std::optional<FileLock> m_lock;
  int m_epoch = 0;  // in training, from 1
};

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "--describe") {
    std::puts(R"({"version":"0","torch":"none","devices":["cpu"],"deviceNames":["Fake processor"],"networks":["unet"],"losses":["ce"]})");
    return 0;
  }
  ::signal(SIGPIPE, SIG_IGN);
  return FakeEngine().run();
}
