// SPDX-License-Identifier: GPL-3.0-or-later
// What a recipe asks for happens in a run: losses, optimizers, stages, frozen layers, the rate finder, the final decay, what goes wrong.
#include <torch/torch.h>

#include <QTest>
#include <cmath>
#include <new>

#include "core/base/text.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"
#include "tests/train/record.h"
#include "tests/train/synthetic.h"
#include "train/api/recipe_presets.h"
#include "train/loop/schedule.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

bool told(const Record& record, const char* what) {
  return std::ranges::any_of(record.notices, [&](const std::string& text) { return text.find(what) != std::string::npos; });
}

const NamedTensor& tensor(const TensorSet& set, const std::string& name) { return *set.find(name); }

/// Pictures of three sizes, grey, 16 bits and with alpha among them.
class MixedSource final : public SampleSource {
 public:
  int count() const override { return 12; }
  Split split(int i) const override { return i < 9 ? Split::train : Split::val; }
  std::string name(int i) const override { return m_plain.name(i); }
  const ClassTable& classes() const override { return m_plain.classes(); }
  Expected<Image> image(const std::string& path) const override { return m_plain.image(path); }
  Expected<Sample> sample(int i) const override {
    const SyntheticSource sized(12, 0, i % 3 == 0 ? Size{64, 48} : i % 3 == 1 ? Size{40, 90} : Size{33, 35});
    INTARSIA_TRY(Sample s, sized.sample(i));
    const int channels = 1 + i % 4, bits = i % 2 ? 16 : 8;
    Image other{s.image.width, s.image.height, channels, bits, {}};
    for (size_t p = 0; p < size_t(s.image.width) * size_t(s.image.height); ++p)
      for (int c = 0; c < channels; ++c) {
        const uint8_t v = c == 3 || channels == 2 ? uint8_t(c ? 255 : s.image.bytes[p * 3]) : s.image.bytes[p * 3 + size_t(c)];
        if (bits == 16) other.bytes.push_back(0);
        other.bytes.push_back(v);
      }
    s.image = std::move(other);
    return s;
  }

 private:
  SyntheticSource m_plain{12, 0};
};

}  // namespace

class RecipeRunTest : public QObject {
  Q_OBJECT
 private slots:
  void learns_data() {
    QTest::addColumn<QString>("settings");
    for (const char* settings :
         {"loss=ce", "loss=dice learningRate=0.01", "loss=ce+dice", "loss=focal", "loss=bce learningRate=0.01", "loss=ohem", "classWeights=median", "classWeights=1,2,2,0",
          "labelSmoothing=0.1", "optimizer=adam weightDecay=1e-4", "optimizer=rmsprop weightDecay=0 learningRate=1e-3 beta2=0.99", "optimizer=sgd learningRate=0.05 weightDecay=1e-4",
          "schedule=poly", "schedule=flat-cosine", "schedule=plateau patience=2", "schedule=constant", "warmupShape=cosine momentumLow=0.85 momentum=0.95 startDivisor=25 endDivisor=1e5",
          "batch=2 accumulate=2 gradientClip=1", "rareCrop=0.5 pasteRare=0.5 scaleMin=1 scaleMax=2", "warp=0.2 light=logit contrast=0.2 brightness=51 augmentProbability=0.75",
          "gamma=0.5 blur=1 noise=10 flipVertical=on"})
      QTest::newRow(settings) << QString(settings);
  }
  void learns() {
    QFETCH(QString, settings);
    const SyntheticSource source(24, 8);
    Recipe r = smallRecipe();
    r.steps = 90;
    r.ema = 0.9;
    for (const QString& one : settings.split(' ')) EXPECT_OK(r.set(one.toStdString()));
    Record record;
    EXPECT_OK(record.run(source, with(r)));
    const auto& line = record.lines.back();
    QVERIFY2(*line.pixelAccuracy > 0.85 && *line.meanIoU > 0.5, (std::to_string(*line.pixelAccuracy) + " " + std::to_string(*line.meanIoU)).c_str());
    QVERIFY(line.trainLoss < record.lines.front().trainLoss);
  }

  /// The presets' optimizers, schedules, losses, stages and augmentation, with a network that fits a test.
  void presetsLearn_data() {
    QTest::addColumn<int>("index");
    for (size_t i = 0; i < recipePresets().size(); ++i) QTest::newRow(recipePresets()[i].id.c_str()) << int(i);
  }
  void presetsLearn() {
    QFETCH(int, index);
    const SyntheticSource source(24, 8);
    Recipe r = recipePresets()[size_t(index)].recipe;
    r.network = "unet", r.baseWidth = 8, r.depth = 2, r.size = {64, 48};
    r.minutes = r.epochs = 0, r.steps = 60, r.batch = 4;
    r.device = "cpu", r.precision = "fp32", r.deterministic = true;
    if (r.schedule == "constant") r.learningRate *= 10;  // 60 steps, not thousands
    Record record;
    EXPECT_OK(record.run(source, with(r)));
    QVERIFY(record.lines.back().trainLoss < 0.9 * record.lines.front().trainLoss);
    QVERIFY2(*record.lines.back().pixelAccuracy > 0.5, std::to_string(*record.lines.back().pixelAccuracy).c_str());
  }

  void frozenLayersRest_data() {
    QTest::addColumn<QString>("norm");
    QTest::newRow("train") << "train";
    QTest::newRow("eval") << "eval";
  }
  void frozenLayersRest() {
    QFETCH(QString, norm);
    const SyntheticSource source(8, 2);
    Recipe r = smallRecipe();
    r.freeze = "inc.* down1.*";
    r.frozenNorm = norm.toStdString();
    r.stages = "share=1 frozen; share=1";
    Record half, whole;
    half.progress = [&](const TrainerProgress& p) { half.control.stop = p.step >= 6; };
    EXPECT_OK(half.run(source, with(r)));
    EXPECT_OK(whole.run(source, with(r)));
    const auto same = [&](const TensorSet& a, const TensorSet& b, const std::string& name) { return tensor(a, name).bytes == tensor(b, name).bytes; };
    const std::string weight = "net.inc.double_conv.0.weight", normWeight = "net.inc.double_conv.1.weight", statistics = "net.inc.double_conv.1.running_mean";
    Record other;  // one step instead of six: the same where it rests
    other.progress = [&](const TrainerProgress& p) { other.control.stop = p.step >= 1; };
    EXPECT_OK(other.run(source, with(r)));
    QVERIFY(same(*half.last, *other.last, weight));
    QCOMPARE(same(*half.last, *other.last, normWeight), norm == "eval");
    QCOMPARE(same(*half.last, *other.last, statistics), norm == "eval");
    QVERIFY(!same(*half.last, *other.last, "net.outc.conv.weight"));
    QVERIFY(!same(*whole.last, *half.last, weight));
    QVERIFY(told(whole, "Stage 2 of 2"));
  }

  void halfSizeFirst() {
    const SyntheticSource source(16, 4);
    Recipe r = smallRecipe();
    r.steps = 60;
    r.size = {64, 48};
    r.stages = "share=1 scale=0.5 rate=0.004; share=1 spread=10 warmup=0";
    Record record;
    EXPECT_OK(record.run(source, with(r)));
    QVERIFY(told(record, "Stage 1 of 2: 32 x 32") && told(record, "Stage 2 of 2: 64 x 48"));
    QCOMPARE(record.info->size, (Size{64, 48}));
    QVERIFY(*record.lines.back().pixelAccuracy > 0.8);
    // resumed in the second stage it ends the same
    Record first, second;
    first.progress = [&](const TrainerProgress& p) { first.control.stop = p.step >= 37; };
    EXPECT_OK(first.run(source, with(r)));
    TrainerOptions options = with(r);
    options.resume = first.last;
    EXPECT_OK(second.run(source, options));
    QVERIFY(sameTensors(*record.last, *second.last));
  }

  /// Weights, moments, statistics, random state and order of pictures after the finder are what they were before.
  void finderLeavesEverythingAsItWas() {
    const SyntheticSource source(13, 3);
    Recipe r = smallRecipe();
    r.findRate = true;
    Record found;
    EXPECT_OK(found.run(source, with(r)));
    QVERIFY(told(found, "was found"));
    const double rate = *parseDouble(found.last->metadata["learningRate"]);
    r.findRate = false;
    r.learningRate = rate;
    Record plain;
    EXPECT_OK(plain.run(source, with(r)));
    QVERIFY(sameTensors(*found.last, *plain.last));
    TrainerControl control;
    const auto curve = findRate(source, with(r), control, {});
    EXPECT_OK(curve);
    QVERIFY(curve->losses.size() > 40 && curve->suggestions());
    QCOMPARE(curve->suggestions()->valley, rate);
    QVERIFY2(rate > 1e-5 && rate < 1, std::to_string(rate).c_str());
  }

  void finishesTheDecayNow() {
    const SyntheticSource source(8, 2);
    Recipe r = smallRecipe();
    r.steps = 1000;
    Record record;
    record.progress = [&](const TrainerProgress& p) {
      if (p.step == 30) record.control.finish = true;
    };
    const auto result = record.run(source, with(r));
    EXPECT_OK(result);
    QVERIFY(!result->stopped);
    QCOMPARE(result->steps, 35);  // a sixth of 30
    QVERIFY2(record.lines.back().learningRate < 0.3 * r.learningRate, std::to_string(record.lines.back().learningRate).c_str());
    QVERIFY(told(record, "over 5 more steps"));
  }

  void halvesTheBatchWithoutMemory() {
    const SyntheticSource source(8, 2);
    Record record;
    TrainerOptions options = with(smallRecipe());
    int failures = 0;
    options.beforeStep = [&](int64_t step) {
      if (step == 3 && failures++ == 0) throw std::bad_alloc();
    };
    EXPECT_OK(record.run(source, options));
    QVERIFY(told(record, "2 parts"));
    options.beforeStep = [](int64_t) { throw std::bad_alloc(); };
    Record none;
    const auto result = none.run(source, options);
    EXPECT_ERROR(result, ErrorCode::tooLarge);
    QVERIFY(told(none, "4 parts"));
    options.beforeStep = [](int64_t) { throw std::runtime_error("the device is lost"); };
    const auto lost = Record().run(source, options);
    QVERIFY(!lost && lost.error().message().find("the device is lost") != std::string::npos);
  }

  void saysWhatLearnsNothing() {
    const SyntheticSource source(8, 2);
    Recipe r = smallRecipe();
    r.steps = 40;
    r.learningRate = 1e-8;
    r.batch = 8;
    Record flat;
    EXPECT_OK(flat.run(source, with(r)));
    QVERIFY(told(flat, "has not fallen"));
    QCOMPARE(std::ranges::count_if(flat.notices, [](const auto& t) { return t.find("has not fallen") != std::string::npos; }), 1);
    r = smallRecipe();
    r.classWeights = "1,0,0,0";
    r.loss = "ce";
    r.learningRate = 0.05;
    r.steps = 40;
    Record constant;
    EXPECT_OK(constant.run(source, with(r)));
    QVERIFY(told(constant, "one class for every pixel"));
    r.steps = 90;
    r.classWeights = "none";
    r.learningRate = 3e-3;
    Record good;
    EXPECT_OK(good.run(source, with(r)));
    QVERIFY(!told(good, "has not fallen"));
  }

  void aFullDiskLeavesTheCheckpointBefore() {
    const SyntheticSource source(8, 2);
    int saved = 0;
    TrainerEvents events;
    std::vector<std::string> notices;
    events.notice = [&](const std::string& text) { notices.push_back(text); };
    events.saveLast = [&](const TensorSet&) -> Expected<> {
      if (++saved < 3) return fail(ErrorCode::noSpace, "Cannot write {file}: no space left on device", {{"file", "last.safetensors"}});
      return {};
    };
    events.saveBest = [&, first = true](const TensorSet&) mutable -> Expected<> {
      if (std::exchange(first, false)) return fail(ErrorCode::noSpace, "Cannot write {file}: no space left on device", {{"file", "best.safetensors"}});
      return {};
    };
    TrainerControl control;
    const auto result = train(source, with(smallRecipe()), control, events);
    EXPECT_OK(result);
    QVERIFY(result->bestMeanIoU);
    QCOMPARE(std::ranges::count_if(notices, [](const auto& t) { return t.find("no space left") != std::string::npos; }), 1);
    events.saveLast = [](const TensorSet&) -> Expected<> { return fail(ErrorCode::noSpace, "The disk is full"); };
    EXPECT_ERROR(train(source, with(smallRecipe()), control, events), ErrorCode::noSpace);
  }

  void mixedSizesAndDepths() {
    Recipe r = smallRecipe();
    r.size = {64, 64};
    r.pasteRare = 0.5;
    Record record;
    EXPECT_OK(record.run(MixedSource(), with(r)));
    QVERIFY(record.lines.back().meanIoU);
  }

  void wrongWeights() {
    Recipe r = smallRecipe();
    r.classWeights = "1,2";
    const auto result = Record().run(SyntheticSource(4, 1), with(r));
    QVERIFY(!result && result.error().message().find("weighs 2 classes") != std::string::npos);
  }

  void schedulesByHand() {
    Recipe r;
    const RecipeStage stage;
    QCOMPARE(learningRateAt(r, stage, 0), 3e-3 / 20);
    QVERIFY(std::abs(learningRateAt(r, stage, 0.15) - 3e-3) < 1e-12);
    QVERIFY(std::abs(learningRateAt(r, stage, 1) - 3e-6) < 1e-12);
    // fastai: combine_scheds([0.25, 0.75], [SchedCos(lr/25, lr), SchedCos(lr, lr/1e5)]), momenta 0.95, 0.85, 0.95
    r.warmup = 0.25, r.warmupShape = "cosine", r.startDivisor = 25, r.endDivisor = 1e5, r.momentum = 0.95, r.momentumLow = 0.85;
    const auto sched = [](double a, double b, double p) { return a + (1 + std::cos(M_PI * (1 - p))) * (b - a) / 2; };
    for (const double done : {0.0, 0.1, 0.2, 0.25, 0.4, 0.8, 1.0}) {
      const bool up = done < 0.25;
      const double p = up ? done / 0.25 : (done - 0.25) / 0.75;
      QVERIFY(std::abs(learningRateAt(r, stage, done) - (up ? sched(3e-3 / 25, 3e-3, p) : sched(3e-3, 3e-3 / 1e5, p))) < 1e-15);
      QVERIFY(std::abs(momentumAt(r, stage, done) - (up ? sched(0.95, 0.85, p) : sched(0.85, 0.95, p))) < 1e-12);
    }
    r.schedule = "flat-cosine", r.warmup = 0;
    QCOMPARE(learningRateAt(r, stage, 0.74), 3e-3);
    QVERIFY(std::abs(learningRateAt(r, stage, 0.875) - 1.5e-3) < 1e-6);
    r.schedule = "plateau";
    QCOMPARE(learningRateAt(r, stage, 0.5, 0.1), 3e-4);
    r.schedule = "poly", r.endDivisor = 1e9;
    QVERIFY(std::abs(learningRateAt(r, {.rate = 1}, 0.5) - std::pow(0.5, 0.9)) < 1e-8);
  }
};

INTARSIA_TEST(RecipeRunTest)
#include "recipe_run_slow_test.moc"
