// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/protocol.h"

#include <QTest>
#include <cstring>

#include "core/base/random.h"
#include "tests/support/register.h"

using namespace intarsia;

class ProtocolTest : public QObject {
  Q_OBJECT
 private slots:
  void commandsComeBack();
  void messagesComeBack();
  void anyCutOfTheStreamIsTheSame();
  void lengthsAreCheckedFirst();
  void otherVersionsAreRefused();
  void mutationsNeverCrash();
};

static std::span<const std::byte> bytesOf(const std::string& text) { return std::as_bytes(std::span(text)); }

static PredictionTile someTile() { return {7, 2, {256, 512, 3, 2}, {1, 2, 3, 400, 5, 65535}, {0, 1, 2, 253, 254, 255}}; }

static std::string someStream() {
  std::string stream = encodeFrame(encodeMessage(EngineEvent(EngineReady{"0.1", "1.13", {"cpu", "cuda:0"}})));
  stream += encodeFrame(encodeMessage(Heartbeat{}));
  stream += encodeFrame(encodeMessage(EngineEvent(someTile())));
  stream += encodeFrame(encodeMessage(EngineEvent(RunProgress{"training", 1, 2, 3, 4, 5.5, 6.5, 7.5})));
  stream += encodeFrame(encodeMessage(EngineEvent(PredictionDone{7, false, "verschwunden", 0.5, 12})));
  return stream;
}

void ProtocolTest::commandsComeBack() {
  const std::filesystem::path odd = std::string("/tmp/\xff%ä");
  const auto train = decodeCommand(encodeCommand(TrainCommand{odd, true}));
  QCOMPARE(std::get<TrainCommand>(*train).run, odd);
  QVERIFY(std::get<TrainCommand>(*train).resume);
  const auto predict = decodeCommand(encodeCommand(PredictCommand{{odd, {}, 1ull << 60, {-1, 2, 3, 4}, 5, true}}));
  const auto& request = std::get<PredictCommand>(*predict).request;
  QCOMPARE(request.image, odd);
  QVERIFY(request.model.empty());
  QCOMPARE(request.generation, uint64_t(1) << 60);
  QVERIFY((request.viewport == Rect{-1, 2, 3, 4}));
  QVERIFY(request.fresh);
  const auto viewport = std::get<ViewportCommand>(*decodeCommand(encodeCommand(ViewportCommand{9, {5, 6, 7, 8}})));
  QVERIFY(viewport.generation == 9 && (viewport.viewport == Rect{5, 6, 7, 8}));
  QVERIFY(std::holds_alternative<StopCommand>(*decodeCommand(encodeCommand(StopCommand{}))));
  QVERIFY(std::holds_alternative<FinishCommand>(*decodeCommand(encodeCommand(FinishCommand{}))));
  QVERIFY(std::get<PauseCommand>(*decodeCommand(encodeCommand(PauseCommand{true}))).paused);
  QCOMPARE(std::get<AcknowledgeCommand>(*decodeCommand(encodeCommand(AcknowledgeCommand{3, 4}))).tiles, 4);
  QVERIFY(std::holds_alternative<CancelPredictionCommand>(*decodeCommand(encodeCommand(CancelPredictionCommand{}))));
  QVERIFY(std::holds_alternative<HelloCommand>(*decodeCommand(encodeCommand(HelloCommand{}))));
}

void ProtocolTest::messagesComeBack() {
  const auto tile = decodeMessage(encodeMessage(EngineEvent(someTile())));
  const auto& back = std::get<PredictionTile>(std::get<EngineEvent>(*tile));
  QVERIFY(back.classes == someTile().classes && back.confidence == someTile().confidence && back.rect == someTile().rect);
  const auto progress = decodeMessage(encodeMessage(EngineEvent(RunProgress{"training", 1, 2, 3, 4, 5.5, 6.5, 7.5})));
  QCOMPARE(std::get<RunProgress>(std::get<EngineEvent>(*progress)).trainLoss, 7.5);
  QVERIFY(decodeMessage(encodeMessage(EngineEvent(EngineNotice{"not \xff UTF-8"}))));  // replaced, never thrown
  for (const EngineEvent& event : {EngineEvent(MetricsAdded{}), EngineEvent(WeightsChanged{3}), EngineEvent(RunEnded{false, "x"}), EngineEvent(EngineEnded{true, "x"})})
    QCOMPARE(std::get<EngineEvent>(*decodeMessage(encodeMessage(event))).index(), event.index());
}

void ProtocolTest::anyCutOfTheStreamIsTheSame() {
  const std::string stream = someStream();
  for (const size_t piece : {size_t(1), size_t(2), size_t(7), size_t(100), stream.size()}) {
    FrameParser parser;
    int frames = 0;
    for (size_t at = 0; at < stream.size(); at += piece) {
      parser.feed(bytesOf(stream).subspan(at, std::min(piece, stream.size() - at)));
      for (auto frame = parser.next(); *frame; frame = parser.next()) {
        QVERIFY(decodeMessage(**frame));
        ++frames;
      }
    }
    QCOMPARE(frames, 5);
    QVERIFY(parser.clean());
  }
}

void ProtocolTest::lengthsAreCheckedFirst() {
  for (const auto& [length, jsonLength] :
       {std::pair(0xffffffffu, 10u), std::pair(uint32_t(kMaxFrame + 1), 10u), std::pair(10u, 11u), std::pair(0x800000u, 0x700000u)}) {
    const uint32_t header[3] = {kFrameMagic, length, jsonLength};
    FrameParser parser;
    parser.feed(std::as_bytes(std::span(header)));
    QVERIFY(!parser.next());
    QVERIFY(!parser.next());  // stays in error
  }
  FrameParser parser;
  parser.feed(bytesOf("GET / HTTP/1.1\r\n\r\n"));
  QVERIFY(!parser.next());
}

void ProtocolTest::otherVersionsAreRefused() {
  const auto message = decodeMessage({R"({"type":"hello","protocol":)" + std::to_string(kProtocolVersion + 1) + "}", {}});
  QVERIFY(!message);
  QVERIFY(message.error().message().find("same version") != std::string::npos);
  QVERIFY(!decodeCommand({R"({"type":"hello"})", {}}));
}

void ProtocolTest::mutationsNeverCrash() {
  const std::string good = someStream();
  Random random(3);
  for (int i = 0; i < 1000; ++i) {
    std::string bad = good;
    for (int n = 1 + random.below(4); n > 0; --n) bad[size_t(random.below(int(bad.size())))] = char(random.below(256));
    FrameParser parser;
    parser.feed(bytesOf(bad));
    for (auto frame = parser.next(); frame && *frame; frame = parser.next()) {
      (void)decodeMessage(**frame);
      (void)decodeCommand(**frame);
    }
  }
}

INTARSIA_TEST(ProtocolTest)
#include "protocol_test.moc"
