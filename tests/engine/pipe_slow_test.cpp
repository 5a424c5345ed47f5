// SPDX-License-Identifier: GPL-3.0-or-later
// The real engine behind the real client.
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <unistd.h>

#include "core/base/subprocess.h"
#include "tests/engine/tiny_run.h"
#include "tests/support/engine_events.h"
#include "tests/support/register.h"
#include "train/api/protocol.h"
#include "train/api/safetensors.h"

using namespace intarsia;
using namespace std::chrono_literals;
using test::EngineEvents;
namespace fs = std::filesystem;

class PipeTest : public QObject {
  Q_OBJECT
 private slots:
  void trainsToTheEnd();
  void predictsWhileItTrainsAndStops();
  void goesOnAfterBeingKilled();
  void closingKeepsTheCheckpoint();
  void predictsWithAFinishedModel();
  void atMostEightTilesWaitForAcknowledgement();
  void troubleIsASentence();
  void noiseEndsTheConnection();
  void onlyOneEnginePerRun();

 private:
  struct Session {
    EngineEvents events;
    std::unique_ptr<EngineClient> client;
  };
  std::unique_ptr<Session> start() {
    auto s = std::make_unique<Session>();
    auto client = EngineClient::start({.niceness = 0, .environment = {{"INTARSIA_THREADS", "1"}}}, s->events.handler());
    if (!client) qFatal("%s", client.error().message().c_str());
    s->client = std::move(*client);
    return s;
  }
  RunFolder newRun(const char* name, int epochs) {
    Recipe recipe = test::tinyRecipe();
    recipe.epochs = epochs;
    auto run = test::tinyRun(m_dir.path().toStdString(), name, recipe);
    if (!run) qFatal("%s", run.error().message().c_str());
    return *run;
  }
  fs::path image() const { return fs::path(m_dir.path().toStdString()) / "images" / "7.png"; }
  QTemporaryDir m_dir;
};

void PipeTest::trainsToTheEnd() {
  const RunFolder run = newRun("first", 40);
  auto s = start();
  QVERIFY(s->events.wait<EngineReady>(30s));
  s->client->train(run.path());
  const auto ended = s->events.wait<RunEnded>(280s);
  QVERIFY2(ended && ended->ok && ended->reason == "finished", ended ? ended->reason.c_str() : "no end");
  const auto metrics = run.metrics();
  QVERIFY(!metrics->empty());
  QVERIFY2(*std::max_element(metrics->begin(), metrics->end(), [](auto& a, auto& b) { return a.meanIoU < b.meanIoU; })->meanIoU > 0.9, "does not learn");
  QCOMPARE(run.status()->phase, std::string("finished"));
  QVERIFY(run.hasBest() && run.hasLast() && !run.inUse());
}

void PipeTest::predictsWhileItTrainsAndStops() {
  const RunFolder run = newRun("stop", 100'000);
  auto s = start();
  s->client->train(run.path());
  QVERIFY(s->events.wait<WeightsChanged>(60s));
  QVERIFY(run.inUse());
  s->client->predict({image(), {}, 1, {0, 0, 96, 64}, 0});
  const auto tile = s->events.wait<PredictionTile>(30s);
  QVERIFY(tile);
  QVERIFY((tile->rect == Rect{0, 0, 96, 64}));
  QCOMPARE(tile->classes.size(), size_t(96 * 64));
  const auto done = s->events.wait<PredictionDone>(30s);
  QVERIFY2(done && done->ok, done ? done->reason.c_str() : "no answer");
  s->client->predict({image(), {}, 2, {}, 1});
  QVERIFY(s->events.wait<PredictionTile>(30s, [](const PredictionTile& t) { return t.generation == 2 && t.rect.width == 48; }));
  QVERIFY(s->events.wait<MetricsAdded>(60s));
  QElapsedTimer timer;
  timer.start();
  s->client->stop();
  const auto ended = s->events.wait<RunEnded>(10s);
  QVERIFY(ended && ended->ok && ended->reason == "stopped");
  QVERIFY(run.hasBest() && run.hasLast() && !run.inUse());
  QCOMPARE(run.status()->phase, std::string("stopped"));
  // The weights of the stopped run still answer.
  s->client->predict({image(), {}, 3, {}, 0});
  QVERIFY(s->events.wait<PredictionDone>(30s, [](const PredictionDone& d) { return d.generation == 3 && d.ok; }));
}

void PipeTest::goesOnAfterBeingKilled() {
  const RunFolder run = newRun("killed", 100'000);
  {
    auto s = start();
    s->client->train(run.path());
    QVERIFY(s->events.wait<MetricsAdded>(60s));
    QTRY_VERIFY_WITH_TIMEOUT(run.hasLast(), 30'000);
    ::kill(s->client->pid(), SIGKILL);
    const auto end = s->events.wait<EngineEnded>(10s);
    QVERIFY(end && end->crashed);
    QVERIFY(!run.inUse());
  }
  const auto last = readTensorSet(run.lastPath());
  QVERIFY2(last, last ? "" : last.error().message().c_str());
  const int64_t step = std::stoll(last->metadata.at("step"));
  QVERIFY(step > 0);
  auto s = start();
  s->client->train(run.path(), true);
  const auto progress = s->events.wait<RunProgress>(60s, [](const RunProgress& p) { return p.phase == "training"; });
  QVERIFY(progress && progress->step >= step);
  QVERIFY(s->events.wait<MetricsAdded>(60s));
  s->client->stop();
  QVERIFY(s->events.wait<RunEnded>(10s));
  const auto metrics = run.metrics();
  for (size_t i = 1; i < metrics->size(); ++i) QVERIFY((*metrics)[i].epoch > (*metrics)[i - 1].epoch);
}

void PipeTest::closingKeepsTheCheckpoint() {
  const RunFolder run = newRun("closed", 100'000);
  auto s = start();
  s->client->train(run.path());
  QVERIFY(s->events.wait<RunProgress>(60s, [](const RunProgress& p) { return p.step >= 3; }));
  QElapsedTimer timer;
  timer.start();
  s->client.reset();
  QVERIFY2(timer.elapsed() < 10'000, std::to_string(timer.elapsed()).c_str());
  QVERIFY(run.hasLast() && run.hasBest());
  QCOMPARE(run.status()->phase, std::string("stopped"));
  const auto end = s->events.wait<EngineEnded>();
  QVERIFY(end && !end->crashed);
}

void PipeTest::predictsWithAFinishedModel() {
  const fs::path model = fs::path(m_dir.path().toStdString()) / "runs" / "first";
  if (!RunFolder(model).hasBest()) QSKIP("the first run did not end");
  auto s = start();
  s->client->predict({image(), model, 1, {}, 0});
  const auto tile = s->events.wait<PredictionTile>(60s);
  QVERIFY(tile);
  const auto truth = test::tinySample(7).labels;
  int right = 0;
  for (size_t i = 0; i < tile->classes.size(); ++i) right += tile->classes[i] == truth.pixels()[i];
  QVERIFY2(right > 96 * 64 * 9 / 10, std::to_string(right).c_str());
}

void PipeTest::atMostEightTilesWaitForAcknowledgement() {
  const fs::path folder = m_dir.path().toStdString(), model = folder / "runs" / "first";
  if (!RunFolder(model).hasBest()) QSKIP("the first run did not end");
  QVERIFY(writePng(folder / "large.png", test::tinySample(1, {1024, 1024}).image));  // 9 blocks
  auto s = start();
  s->client->predict({folder / "large.png", model, 1, {}, 0});
  QTRY_COMPARE_WITH_TIMEOUT(s->events.count<PredictionTile>(), 8, 60'000);
  QTest::qWait(300);
  QCOMPARE(s->events.count<PredictionTile>(), 8);
  QCOMPARE(s->events.count<PredictionDone>(), 0);
  s->client->acknowledge(1, 3);
  QTRY_COMPARE_WITH_TIMEOUT(s->events.count<PredictionTile>(), 11, 5'000);
  s->client->predict({folder / "large.png", model, 2, {}, 2});  // supersedes; a tile for each block
  QVERIFY(s->events.wait<PredictionTile>(20s, [](const PredictionTile& t) { return t.generation == 2; }));
  s->client->acknowledge(2, 1);
  QVERIFY(s->events.wait<PredictionDone>(20s, [](const PredictionDone& d) { return d.generation == 2 && d.ok; }));
  QVERIFY(s->events.wait<PredictionDone>(5s, [](const PredictionDone& d) { return d.generation == 1 && !d.ok; }));
}

void PipeTest::troubleIsASentence() {
  auto s = start();
  s->client->train("/nowhere/run");
  const auto ended = s->events.wait<RunEnded>(60s);
  QVERIFY(ended && !ended->ok);
  QVERIFY2(ended->reason.find("/nowhere/run") != std::string::npos, ended->reason.c_str());
  s->client->predict({"/nowhere/image.png", {}, 7, {}, 0});
  const auto done = s->events.wait<PredictionDone>(60s);
  QVERIFY(done && !done->ok && !done->reason.empty());
  s->client->predict({image(), "/nowhere/model", 8, {}, 0});
  const auto other = s->events.wait<PredictionDone>(60s, [](const PredictionDone& d) { return d.generation == 8; });
  QVERIFY2(other && !other->ok && other->reason.find("/nowhere/model") != std::string::npos, other ? other->reason.c_str() : "");
  const RunFolder run = newRun("missing", 2);
  fs::remove(fs::path(m_dir.path().toStdString()) / "images" / "2.png");
  EngineEvents& events = s->events;
  s->client->train(run.path());
  const auto end = events.wait<RunEnded>(60s, [](const RunEnded& e) { return e.reason.find("/nowhere") == std::string::npos; });
  QVERIFY(end);
  const auto notice = events.wait<EngineNotice>(1s, [](const EngineNotice& n) { return n.text.find("2.png") != std::string::npos; });
  QVERIFY2(end->ok ? notice.has_value() : end->reason.find("2.png") != std::string::npos, end->reason.c_str());
}

void PipeTest::noiseEndsTheConnection() {
  const auto program = findEngine();
  QVERIFY(program);
  for (const std::string& said : {std::string(1000, 'x'), encodeFrame({R"({"type":"hello","protocol":99})", {}}),
                                  encodeFrame({R"({"type":"stop"})", {}}), std::string()}) {
    auto process = Subprocess::start(*program, {"--pipe"});
    QVERIFY(process);
    QCOMPARE(::write(process->inputFd(), said.data(), said.size()), ssize_t(said.size()));
    if (said.empty()) process->closeInput();
    const auto exit = process->wait(90s);
    QVERIFY(exit);
    QCOMPARE(exit->signal, 0);
    QCOMPARE(exit->status, said.empty() ? 0 : 2);
  }
}

void PipeTest::onlyOneEnginePerRun() {
  const RunFolder run = newRun("shared", 100'000);
  auto one = start(), two = start();
  one->client->train(run.path());
  QVERIFY(one->events.wait<RunProgress>(60s));
  two->client->train(run.path());
  const auto ended = two->events.wait<RunEnded>(60s);
  QVERIFY(ended && !ended->ok);
  QVERIFY2(ended->reason.find("already") != std::string::npos, ended->reason.c_str());
}

INTARSIA_TEST(PipeTest)
#include "pipe_slow_test.moc"
