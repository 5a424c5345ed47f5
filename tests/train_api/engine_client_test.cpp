// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/engine_client.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <csignal>

#include "tests/support/engine_events.h"
#include "tests/support/register.h"
#include "train/api/run_folder.h"

using namespace intarsia;
using namespace std::chrono_literals;
using test::EngineEvents;
namespace fs = std::filesystem;

static EngineClient::Options options(const char* mode, int epochs = 3) {
  EngineClient::Options o;
  o.program = INTARSIA_BINARY_DIR "/bin/fake_engine";
  o.silence = 1000ms;
  o.stopWait = 700ms;
  o.termWait = 300ms;
  o.environment = {{"INTARSIA_FAKE", mode}, {"INTARSIA_FAKE_EPOCHS", std::to_string(epochs)}};
  return o;
}

class EngineClientTest : public QObject {
  Q_OBJECT
 private slots:
  void trainsAndPredicts();
  void stopKeepsBest();
  void killedFromOutside();
  void crashes();
  void hangs();
  void wrongTalk_data();
  void wrongTalk();
  void floods();
  void chatterEndsInTheLog();
  void closingEndsAWorkingEngineAtOnce();
  void closingEndsAHangingEngineWithinItsLimits();
  void userEndsIt();
  void missingProgram();
  void describes();

 private:
  fs::path makeRun(const char* name) {
    const fs::path path = fs::path(m_dir.path().toStdString()) / name;
    fs::create_directories(path);
    return path;
  }
  QTemporaryDir m_dir;
};

void EngineClientTest::trainsAndPredicts() {
  EngineEvents events;
  const fs::path run = makeRun("train");
  auto client = EngineClient::start(options("works"), events.handler());
  QVERIFY2(client, client ? "" : client.error().message().c_str());
  QVERIFY(events.wait<EngineReady>());
  (*client)->train(run);
  (*client)->predict({"/image.png", {}, 5, {0, 0, 512, 300}, 0});
  const auto tile = events.wait<PredictionTile>();
  QVERIFY(tile);
  QCOMPARE(tile->generation, uint64_t(5));
  QVERIFY(events.wait<PredictionDone>());
  const auto ended = events.wait<RunEnded>();
  QVERIFY(ended && ended->ok);
  QCOMPARE(events.count<MetricsAdded>(), 3);
  QCOMPARE(RunFolder(run).metrics()->size(), size_t(3));
  QVERIFY(RunFolder(run).hasBest());
  client->reset();
  const auto end = events.wait<EngineEnded>();
  QVERIFY(end && !end->crashed);
  QCOMPARE(events.count<EngineEnded>(), 1);
}

void EngineClientTest::stopKeepsBest() {
  EngineEvents events;
  const fs::path run = makeRun("stop");
  auto client = EngineClient::start(options("works", 100000), events.handler());
  (*client)->train(run);
  QVERIFY(events.wait<MetricsAdded>());
  QVERIFY(RunFolder(run).inUse());
  (*client)->stop();
  const auto ended = events.wait<RunEnded>();
  QVERIFY(ended && ended->ok);
  QVERIFY(RunFolder(run).hasBest());
  QVERIFY(!RunFolder(run).inUse());
}

void EngineClientTest::killedFromOutside() {
  EngineEvents events;
  const fs::path run = makeRun("kill");
  auto client = EngineClient::start(options("works", 100000), events.handler());
  (*client)->train(run);
  QVERIFY(events.wait<MetricsAdded>());
  ::kill((*client)->pid(), SIGKILL);
  const auto end = events.wait<EngineEnded>();
  QVERIFY(end && end->crashed);
  QVERIFY2(end->reason.find("memory ran out") != std::string::npos, end->reason.c_str());
  QVERIFY(!RunFolder(run).inUse());
  QVERIFY(!RunFolder(run).metrics()->empty());
  (*client)->train(run);  // does nothing, harms nothing
}

void EngineClientTest::crashes() {
  EngineEvents events;
  auto client = EngineClient::start(options("crash"), events.handler());
  (*client)->train(makeRun("crash"));
  const auto end = events.wait<EngineEnded>();
  QVERIFY(end && end->crashed);
  QVERIFY2(end->reason.find("crashed") != std::string::npos && end->reason.find("about to fall") != std::string::npos, end->reason.c_str());
}

void EngineClientTest::hangs() {
  EngineEvents events;
  auto client = EngineClient::start(options("hang"), events.handler());
  (*client)->train(makeRun("hang"));
  QVERIFY(events.wait<EngineNotResponding>(5s));
  QCOMPARE(events.count<EngineEnded>(), 0);
}

void EngineClientTest::wrongTalk_data() {
  QTest::addColumn<QByteArray>("mode");
  QTest::addColumn<QByteArray>("said");
  QTest::newRow("garble") << QByteArray("garble") << QByteArray("not a message");
  QTest::newRow("version") << QByteArray("version") << QByteArray("same version");
  QTest::newRow("truncate") << QByteArray("truncate") << QByteArray("ended by itself");
}

void EngineClientTest::wrongTalk() {
  QFETCH(QByteArray, mode);
  QFETCH(QByteArray, said);
  EngineEvents events;
  auto client = EngineClient::start(options(mode.constData()), events.handler());
  (*client)->train(makeRun(mode.constData()));
  const auto end = events.wait<EngineEnded>();
  QVERIFY(end && end->crashed);
  QVERIFY2(end->reason.find(said.toStdString()) != std::string::npos, end->reason.c_str());
}

void EngineClientTest::floods() {
  std::atomic<int> seen = 0, ends = 0;
  auto client = EngineClient::start(options("flood"), [&](EngineEvent event) {
    if (std::holds_alternative<RunProgress>(event)) ++seen;
    if (std::holds_alternative<EngineEnded>(event)) ++ends;
  });
  (*client)->train(makeRun("flood"));
  QTRY_VERIFY_WITH_TIMEOUT(seen > 1000, 5000);
  (*client)->kill();
  QTRY_VERIFY_WITH_TIMEOUT(ends == 1, 5000);
}

void EngineClientTest::chatterEndsInTheLog() {
  EngineEvents events;
  const fs::path run = makeRun("chatter");
  auto client = EngineClient::start(options("chatter"), events.handler());
  (*client)->train(run);
  QVERIFY(events.wait<RunEnded>(20s));
  client->reset();
  QVERIFY(fs::file_size(run / "log") > 1'000'000);
  QVERIFY(fs::file_size(run / "log") < 20'000'000);
}

void EngineClientTest::closingEndsAWorkingEngineAtOnce() {
  EngineEvents events;
  auto client = EngineClient::start(options("works", 100000), events.handler());
  (*client)->train(makeRun("close"));
  QVERIFY(events.wait<MetricsAdded>());
  const int pid = (*client)->pid();
  QElapsedTimer timer;
  timer.start();
  client->reset();
  QVERIFY2(timer.elapsed() < 600, std::to_string(timer.elapsed()).c_str());
  QVERIFY(::kill(pid, 0) != 0);
  QVERIFY(events.wait<RunEnded>());  // it kept its best before it went
}

void EngineClientTest::closingEndsAHangingEngineWithinItsLimits() {
  EngineEvents events;
  auto client = EngineClient::start(options("hang"), events.handler());
  (*client)->train(makeRun("close hang"));
  QVERIFY(events.wait<EngineNotResponding>());
  const int pid = (*client)->pid();
  QElapsedTimer timer;
  timer.start();
  client->reset();
  QVERIFY2(timer.elapsed() >= 950 && timer.elapsed() < 2500, std::to_string(timer.elapsed()).c_str());
  QVERIFY(::kill(pid, 0) != 0);
  const auto end = events.wait<EngineEnded>();
  QVERIFY(end && !end->crashed);
}

void EngineClientTest::userEndsIt() {
  EngineEvents events;
  auto client = EngineClient::start(options("hang"), events.handler());
  (*client)->train(makeRun("user"));
  QVERIFY(events.wait<EngineNotResponding>());
  (*client)->kill();
  const auto end = events.wait<EngineEnded>(2s);
  QVERIFY(end && !end->crashed);
}

void EngineClientTest::missingProgram() {
  EngineClient::Options o;
  o.program = "/nowhere/intarsia-engine";
  const auto client = EngineClient::start(o, [](EngineEvent) {});
  QVERIFY(!client);
  QVERIFY(client.error().message().find("/nowhere/intarsia-engine") != std::string::npos);
}

void EngineClientTest::describes() {
  qputenv("XDG_CACHE_HOME", m_dir.path().toUtf8());
  const fs::path program = INTARSIA_BINARY_DIR "/bin/fake_engine";
  for (int i = 0; i < 2; ++i) {  // the second from the cache
    const auto description = describeEngine(program);
    QVERIFY2(description, description ? "" : description.error().message().c_str());
    QCOMPARE(description->devices, std::vector<std::string>{"cpu"});
    QCOMPARE(description->networks, std::vector<std::string>{"unet"});
  }
  QVERIFY(!fs::is_empty(fs::path(m_dir.path().toStdString()) / "intarsia"));
  QVERIFY(!describeEngine("/bin/false"));
}

INTARSIA_TEST(EngineClientTest)
#include "engine_client_test.moc"
