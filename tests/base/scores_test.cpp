// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/metrics/scores.h"

#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/json.h"
#include "core/base/metrics/boundary.h"
#include "core/base/random.h"
#include "core/base/subprocess.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
using Json = nlohmann::json;

namespace {

struct Pair {
  LabelMap truth, answer;
};

/// Blobs; the answer is the truth, shifted a little and with wrong blobs.
Pair drawn(Random& random, const std::vector<int>& usable, const std::vector<int>& anyTruth, bool nothing) {
  const int w = 20 + random.below(50), h = 20 + random.below(40);
  Pair pair{LabelMap(w, h, uint16_t(usable[0])), LabelMap(w, h, uint16_t(usable[0]))};
  const auto blob = [&](LabelMap& map, uint16_t value, int cx, int cy, double r) {
    for (int y = 0; y < h; ++y)
      for (int x = 0; x < w; ++x)
        if (std::hypot(x - cx, y - cy) < r) map.set(x, y, value);
  };
  for (int k = 0; k < 6; ++k) {
    const int cx = random.below(w), cy = random.below(h);
    const double r = random.uniform(1, 14);
    const auto label = uint16_t(anyTruth[size_t(random.below(int(anyTruth.size())))]);
    blob(pair.truth, label, cx, cy, r);
    const bool known = std::find(usable.begin(), usable.end(), label) != usable.end() && random.below(5) > 0;
    blob(pair.answer, known ? label : uint16_t(usable[size_t(random.below(int(usable.size())))]), cx + random.below(5) - 2, cy, r + random.uniform(-1, 1));
  }
  if (nothing) pair.truth = LabelMap(w, h);
  return pair;
}

void write(const std::string& path, const LabelMap& map) {
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(map.pixels().data()), std::streamsize(map.pixels().size() * 2));
}

bool close(const Json& expected, const std::optional<double>& value) {
  if (expected.is_null() || !value) return expected.is_null() && !value;
  return std::abs(expected.get<double>() - *value) < 1e-6;
}

}  // namespace

class ScoresTest : public QObject {
  Q_OBJECT
 private slots:
  void equalNumPy_data() {
    QTest::addColumn<int>("classes");
    QTest::addColumn<int>("ignored");
    QTest::addColumn<int>("images");
    QTest::newRow("two classes") << 2 << -1 << 3;
    QTest::newRow("five, one ignored, one absent") << 5 << 2 << 21;
    QTest::newRow("twelve, the last ignored") << 12 << 11 << 17;
  }
  void equalNumPy() {
    QFETCH(int, classes);
    QFETCH(int, ignored);
    QFETCH(int, images);
    if (const auto found = runProcess(test::kPython, {"-c", "import numpy"}); !found || found->status != 0) QSKIP("python3-numpy is not installed");
    QTemporaryDir dir;
    const std::string folder = dir.path().toStdString();
    ClassTable table;
    std::vector<int> usable, any{kUnlabelled};
    for (int c = 0; c < classes; ++c) {
      (void)table.add("class " + std::to_string(c), {}, c == ignored);
      any.push_back(c);
      if (c != ignored && (classes != 5 || c != 4)) usable.push_back(c);
    }
    if (classes == 5) any.pop_back();
    Random random(uint64_t(classes), 3);
    Scores scores(table);
    Json described{{"classes", classes}, {"ignored", Json::array()}, {"images", Json::array()}};
    if (ignored >= 0) described["ignored"].push_back(ignored);
    for (int i = 0; i < images; ++i) {
      const Pair pair = drawn(random, usable, any, i == 2 && images > 3);
      scores.add(std::to_string(i), pair.truth, pair.answer);
      described["images"].push_back({pair.truth.width(), pair.truth.height()});
      write(folder + "/" + std::to_string(i) + ".truth", pair.truth);
      write(folder + "/" + std::to_string(i) + ".answer", pair.answer);
    }
    std::ofstream(folder + "/set.json") << described.dump();
    const auto python = runProcess(test::kPython, {INTARSIA_SOURCE_DIR "/tests/base/scores_reference.py", folder});
    QVERIFY2(python && python->status == 0, python ? python->err.c_str() : "");
    const auto expected = parseJson(python->out);
    EXPECT_OK(expected);
    const auto& e = *expected;
    const ConfusionMatrix& m = scores.confusion();
    const std::pair<const char*, double> figures[] = {
        {"pixelAccuracy", m.pixelAccuracy()}, {"pixelAccuracyWithIgnored", scores.pixelAccuracyWithIgnored()}, {"meanIoU", m.meanIoU()},
        {"meanDice", m.meanDice()}, {"meanRecall", scores.meanRecall()}, {"frequencyWeightedIoU", scores.frequencyWeightedIoU()},
        {"meanBoundaryF1", scores.meanBoundaryF1()}, {"batchMeanAccuracy", scores.batchMeanAccuracy()},
        {"meanThresholdedIoU", scores.meanThresholdedIoU()}, {"meanIoUAbsentIsZero", scores.meanIoUAbsentIsZero()}};
    for (const auto& [name, value] : figures)
      QVERIFY2(close(e[name], value), (std::string(name) + " " + std::to_string(value) + " is not " + e[name].dump()).c_str());
    for (int c = 0; c < classes; ++c) {
      if (c == ignored) continue;
      const auto at = size_t(c);
      QVERIFY(close(e["iou"][at], m.iou(c)) && close(e["dice"][at], m.dice(c)));
      QVERIFY(close(e["precision"][at], m.precision(c)) && close(e["recall"][at], m.recall(c)));
      QVERIFY2(close(e["boundaryF1"][at], scores.boundaryF1(c)), std::to_string(c).c_str());
      QVERIFY(close(e["thresholdedIoU"][at], scores.thresholdedIoU(c)));
    }
    for (size_t i = 0; i < size_t(images); ++i) {
      QVERIFY(close(e["images"][i][0], scores.images()[i].meanIoU));
      QVERIFY(close(e["images"][i][1], scores.images()[i].pixelAccuracy()));
    }
  }

  void boundaryByHand() {
    LabelMap truth(20, 10, 0), answer(20, 10, 0);
    for (int y = 0; y < 10; ++y)
      for (int x = 0; x < 20; ++x) {
        truth.set(x, y, x >= 8);
        answer.set(x, y, x >= 10);
      }
    for (const auto& f1 : boundaryF1(truth, answer, 2, 1.9)) QCOMPARE(f1.value(), 0.0);
    for (const auto& f1 : boundaryF1(truth, answer, 2, 2)) QCOMPARE(f1.value(), 1.0);
    const LabelMap one(20, 10, 0);
    QVERIFY(!boundaryF1(one, one, 2, 2)[0]);
    QCOMPARE(boundaryF1(truth, one, 2, 2)[1].value(), 0.0);
  }

  void nothing() {
    const Scores none;
    QCOMPARE(none.pixelAccuracyWithIgnored() + none.batchMeanAccuracy() + none.meanBoundaryF1() + none.meanThresholdedIoU() + none.meanIoUAbsentIsZero(), 0.0);
  }
};

INTARSIA_TEST(ScoresTest)
#include "scores_test.moc"
