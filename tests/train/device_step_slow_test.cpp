// SPDX-License-Identifier: GPL-3.0-or-later
// Training with the steps that are meant for a GPU, taken by the processor.
#include <torch/torch.h>

#include <QTest>

#include "tests/support/expect.h"
#include "tests/support/register.h"
#include "tests/train/record.h"
#include "tests/train/synthetic.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

TrainerOptions onDevice(const Recipe& recipe) {
  TrainerOptions options = with(recipe);
  options.asOnDevice = true;
  return options;
}

}  // namespace

class DeviceStepTest : public QObject {
  Q_OBJECT
 private slots:
  void learns_data() {
    QTest::addColumn<QString>("changes");
    QTest::newRow("unet fp32") << "";
    QTest::newRow("fast bf16, Lovasz") << "network=fast precision=bf16 loss=ce+lovasz";
    QTest::newRow("accumulated") << "batch=2 accumulate=2 steps=160";
    QTest::newRow("a loss with parts of its own") << "loss=focal";
    QTest::newRow("a second head and dropout") << "network=fcn_resnet50 steps=24 auxiliaryWeight=0.4";
    QTest::newRow("stages") << "stages=share=1\u00a0scale=0.5;\u00a0share=2";
  }
  void learns() {
    QFETCH(QString, changes);
    const SyntheticSource source(24, 8);
    Recipe r = smallRecipe();
    r.steps = 120;
    r.ema = 0.9;
    for (const auto& change : changes.split(' ', Qt::SkipEmptyParts))
      EXPECT_OK(r.set(QString(change).replace(QChar(0xa0), ' ').toStdString()));
    Record record;
    const auto result = record.run(source, onDevice(r));
    EXPECT_OK(result);
    QCOMPARE(result->steps, r.steps);
    const auto& line = record.lines.back();
    QVERIFY(record.best && line.trainLoss < record.lines.front().trainLoss);
    if (r.steps >= 120) QVERIFY2(*line.pixelAccuracy > 0.95, std::to_string(*line.pixelAccuracy).c_str());
  }

  /// Step by step the losses of the processor's own way.
  void computesWhatTheProcessorDoes_data() {
    QTest::addColumn<QString>("changes");
    QTest::newRow("default loss") << "";
    QTest::newRow("cross-entropy, accumulated, clipped") << "loss=ce accumulate=2 gradientClip=1 labelSmoothing=0.1";
    QTest::newRow("weighed classes") << "loss=ce classWeights=median pasteRare=0.5";
    QTest::newRow("frozen") << "freeze=inc.* rateSpread=10";
  }
  void computesWhatTheProcessorDoes() {
    QFETCH(QString, changes);
    const SyntheticSource source(12, 3);
    Recipe r = smallRecipe();
    r.learningRate = 1e-3;
    for (const auto& change : changes.split(' ', Qt::SkipEmptyParts)) EXPECT_OK(r.set(change.toStdString()));
    Record a, b;
    EXPECT_OK(a.run(source, with(r)));
    EXPECT_OK(b.run(source, onDevice(r)));
    QCOMPARE(a.lines.size(), b.lines.size());
    for (size_t i = 0; i < a.lines.size(); ++i) {
      const double off = std::abs(a.lines[i].trainLoss - b.lines[i].trainLoss);
      QVERIFY2(off < 2e-3 * a.lines[i].trainLoss, (std::to_string(i) + ": " + std::to_string(off)).c_str());
      QCOMPARE(b.lines[i].learningRate, a.lines[i].learningRate);
    }
  }

  void resumesBitForBit() {
    const SyntheticSource source(13, 3);
    Record whole, first, second;
    EXPECT_OK(whole.run(source, onDevice(smallRecipe())));
    first.progress = [&](const TrainerProgress& p) { first.control.stop = p.step >= 5; };
    const auto stopped = first.run(source, onDevice(smallRecipe()));
    EXPECT_OK(stopped);
    QCOMPARE(stopped->steps, 5);
    TrainerOptions options = onDevice(smallRecipe());
    options.resume = first.last;
    EXPECT_OK(second.run(source, options));
    QVERIFY(sameTensors(*whole.last, *second.last));
    QCOMPARE(second.lines.back().trainLoss, whole.lines.back().trainLoss);
  }

  void findsARate() {
    const SyntheticSource source(8, 0);
    TrainerOptions options = onDevice(smallRecipe());
    TrainerControl control;
    const auto ours = findRate(source, options, control, {});
    options.asOnDevice = false;
    const auto theirs = findRate(source, options, control, {});
    EXPECT_OK(ours);
    EXPECT_OK(theirs);
    QVERIFY(ours->suggestions() && theirs->suggestions());
    QVERIFY(std::abs(std::log10(ours->suggestions()->valley / theirs->suggestions()->valley)) < 0.5);
  }

  /// Numbers that are not finite are seen up to a reading later; until then the device leaves its weights alone.
  void keepsItsWeightsFromNumbersThatAreNotFinite() {
    const SyntheticSource source(80, 0);  // one epoch: nothing is read at its end before the 20th step
    Recipe r = smallRecipe();
    r.learningRate = 10;
    r.weightDecay = 1;  // weights grow ninefold in each step
    r.decayAll = true;
    r.optimizer = "sgd";
    r.schedule = "constant";
    r.warmup = 0;
    r.steps = 70;
    Record record;
    const auto result = record.run(source, onDevice(r));
    QVERIFY2(std::ranges::any_of(record.notices,
                                 [](const auto& t) { return t.find("stopped being finite") != std::string::npos; }),
             "the weights did not explode");
    if (!result) {
      QVERIFY2(result.error().message().find("learning rate") != std::string::npos, result.error().message().c_str());
      return;
    }
    for (const auto& t : record.last->tensors)
      if (t.type == TensorType::f32)
        for (size_t i = 0; i < t.bytes.size(); i += 4)
          QVERIFY2(std::isfinite(*reinterpret_cast<const float*>(&t.bytes[i])), t.name.c_str());
  }

  void goesOnInSmallerParts() {
    const SyntheticSource source(8, 2);
    TrainerOptions options = onDevice(smallRecipe());
    int failures = 0;
    options.beforeStep = [&](int64_t step) {
      if (step == 6 && failures++ == 0) throw std::bad_alloc();
    };
    Record record;
    const auto result = record.run(source, options);
    EXPECT_OK(result);
    QCOMPARE(result->steps, 12);
    QVERIFY(std::ranges::any_of(record.notices,
                                [](const auto& t) { return t.find("not enough memory") != std::string::npos; }));
  }

  void sentences() {
    SyntheticSource empty(4, 1);
    empty.allUnlabelled = true;
    const auto ignored = Record().run(empty, onDevice(smallRecipe()));
    QVERIFY2(!ignored && ignored.error().message().find("No pixel") != std::string::npos,
             ignored ? "" : ignored.error().message().c_str());
    SyntheticSource single(1, 0);
    single.unreadable = 0;
    const auto result = Record().run(single, onDevice(smallRecipe()));
    QVERIFY(!result && result.error().message().find("picture 0") != std::string::npos);
  }
};

INTARSIA_TEST(DeviceStepTest)
#include "device_step_slow_test.moc"
