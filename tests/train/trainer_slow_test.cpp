// SPDX-License-Identifier: GPL-3.0-or-later
#include <torch/torch.h>

#include <QTest>
#include <chrono>
#include <thread>

#include "tests/support/expect.h"
#include "tests/support/register.h"
#include "tests/train/record.h"
#include "tests/train/synthetic.h"
#include "train/infer/predictor.h"
#include "train/loop/evaluate.h"
#include "train/loop/trainer.h"
#include "train/loop/weights.h"

using namespace intarsia;
using namespace intarsia::test;

class TrainerTest : public QObject {
  Q_OBJECT
 private slots:
  void learns_data() {
    QTest::addColumn<QString>("network");
    QTest::addColumn<QString>("precision");
    QTest::addColumn<QString>("optimizer");
    QTest::newRow("unet fp32") << "unet" << "fp32" << "adamw";
    QTest::newRow("unet auto") << "unet" << "auto" << "adamw";
    QTest::newRow("unet sgd") << "unet" << "fp32" << "sgd";
    QTest::newRow("resnet18 auto") << "resnet18_unet" << "auto" << "adamw";
  }
  void learns() {
    QFETCH(QString, network);
    QFETCH(QString, precision);
    QFETCH(QString, optimizer);
    const SyntheticSource source(24, 8);
    Recipe r = smallRecipe();
    r.network = network.toStdString();
    r.precision = precision.toStdString();
    r.optimizer = optimizer.toStdString();
    if (r.optimizer == "sgd") r.learningRate = 0.02;
    r.steps = 120;
    r.ema = 0.9;
    Record record;
    const auto result = record.run(source, with(r));
    EXPECT_OK(result);
    QCOMPARE(result->steps, 120);
    QVERIFY(!record.lines.empty() && record.best && record.last && record.info);
    const auto& line = record.lines.back();
    QVERIFY2(*line.pixelAccuracy > 0.95, std::to_string(*line.pixelAccuracy).c_str());
    QVERIFY(line.trainLoss < record.lines.front().trainLoss);
    QCOMPARE(line.classIoU.size(), 4u);
    QVERIFY(!line.classIoU[3]);  // ignored
    // what was saved as the best measures the same
    const auto model = makeModel(*record.info, *record.best, "cpu", r.precision);
    EXPECT_OK(model);
    const auto measured = evaluate(**model, source, Split::val);
    EXPECT_OK(measured);
    QVERIFY(std::abs(measured->confusion.meanIoU() - *result->bestMeanIoU) < 1e-9);
    QCOMPARE(measured->images, 8);
    EXPECT_ERROR(evaluate(**model, source, Split::test), ErrorCode::invalidInput);
  }

  void repeatsWhateverTheLoaders() {
    const SyntheticSource source(13, 3);
    Record a, b;
    TrainerOptions options = with(smallRecipe());
    options.threads = 2;
    EXPECT_OK(a.run(source, options));
    options.loaderThreads = 3;
    EXPECT_OK(b.run(source, options));
    QVERIFY(sameTensors(*a.last, *b.last));
    QVERIFY(a.lines.size() == b.lines.size() && a.lines.back().trainLoss == b.lines.back().trainLoss);
    Record c;
    options.recipe.seed = 8;
    EXPECT_OK(c.run(source, options));
    QVERIFY(!sameTensors(*a.last, *c.last));
  }

  void resumesBitForBit() {
    const SyntheticSource source(13, 3);
    Record whole;
    EXPECT_OK(whole.run(source, with(smallRecipe())));
    Record first;
    first.progress = [&](const TrainerProgress& p) { first.control.stop = p.step >= 5; };
    const auto stopped = first.run(source, with(smallRecipe()));
    EXPECT_OK(stopped);
    QVERIFY(stopped->stopped);
    QCOMPARE(stopped->steps, 5);
    QVERIFY(first.best);  // a stopped run can be used
    TrainerOptions options = with(smallRecipe());
    options.resume = first.last;
    Record second;
    EXPECT_OK(second.run(source, options));
    QVERIFY(sameTensors(*whole.last, *second.last));
    QCOMPARE(second.lines.back().trainLoss, whole.lines.back().trainLoss);
    QCOMPARE(*second.lines.back().meanIoU, *whole.lines.back().meanIoU);
  }

  void refusesAnotherNetworksCheckpoint() {
    const SyntheticSource source(5, 1);
    Record a;
    EXPECT_OK(a.run(source, with(smallRecipe())));
    TrainerOptions options = with(smallRecipe());
    options.recipe.baseWidth = 16;
    options.resume = a.last;
    EXPECT_ERROR(Record().run(source, options), ErrorCode::invalidInput);
    options.recipe = smallRecipe();
    options.resume->metadata.erase("step");
    EXPECT_ERROR(Record().run(source, options), ErrorCode::invalidInput);
  }

  void minutes() {
    const SyntheticSource source(8, 2);
    Recipe r = smallRecipe();
    r.steps = 0;
    r.minutes = 0.02;
    r.deterministic = false;
    Record record;
    const auto result = record.run(source, with(r));
    EXPECT_OK(result);
    QVERIFY(result->trainingSeconds >= 1.2 && result->trainingSeconds < 3);
    QVERIFY(record.lines.back().learningRate < 0.2 * r.learningRate);
  }

  void pauses() {
    const SyntheticSource source(8, 0);
    Record record;
    bool paused = false;
    std::jthread waker;
    record.progress = [&](const TrainerProgress& p) {
      if (p.step == 3 && p.phase == TrainPhase::training && !paused) {
        record.control.pause = true;
        waker = std::jthread([&] {
          std::this_thread::sleep_for(std::chrono::milliseconds(300));
          record.control.pause = false;
        });
      }
      if (p.phase == TrainPhase::paused) {
        paused = true;
        QCOMPARE(p.step, 3);
      }
    };
    const auto result = record.run(source, with(smallRecipe()));
    EXPECT_OK(result);
    QVERIFY(paused);
    QCOMPARE(result->steps, 12);
  }

  void withoutValidationImage() {
    const SyntheticSource source(6, 0);
    Record record;
    const auto result = record.run(source, with(smallRecipe()));
    EXPECT_OK(result);
    QVERIFY(!result->bestMeanIoU && record.best);
    QVERIFY(record.notices.size() == 1 && record.notices[0].find("no validation image") != std::string::npos);
    QVERIFY(!record.lines.back().meanIoU && record.lines.back().trainLoss > 0);
  }

  void oneImage() {
    const SyntheticSource source(1, 0);
    Recipe r = smallRecipe();
    r.batch = 3;
    Record record;
    EXPECT_OK(record.run(source, with(r)));
  }

  void sentences() {
    SyntheticSource one(3, 1);
    for (const char* name : {"disc", "square"}) one.table().setIgnore(one.table()[*one.table().indexOfName(name)].id, true);
    const auto classes = Record().run(one, with(smallRecipe()));
    QVERIFY(!classes && classes.error().message().find("only one") != std::string::npos);

    const auto none = Record().run(SyntheticSource(0, 2), with(smallRecipe()));
    QVERIFY(!none && none.error().message().find("no labelled training image") != std::string::npos);

    SyntheticSource empty(4, 1);
    empty.allUnlabelled = true;
    const auto ignored = Record().run(empty, with(smallRecipe()));
    QVERIFY2(!ignored && ignored.error().message().find("No pixel") != std::string::npos, ignored ? "" : ignored.error().message().c_str());

    Recipe r = smallRecipe();
    r.network = "nonsense";
    EXPECT_ERROR(Record().run(SyntheticSource(4, 1), with(r)), ErrorCode::invalidInput);
    r = smallRecipe();
    r.device = "cuda:99";
    EXPECT_ERROR(Record().run(SyntheticSource(4, 1), with(r)), ErrorCode::notFound);
  }

  void leavesOutWhatItCannotRead() {
    SyntheticSource source(5, 2);
    source.unreadable = 1;
    Record record;
    EXPECT_OK(record.run(source, with(smallRecipe())));
    QCOMPARE(std::count_if(record.notices.begin(), record.notices.end(), [](const auto& t) { return t.find("picture 1") != std::string::npos; }), 1);
    SyntheticSource single(1, 0);
    single.unreadable = 0;
    const auto result = Record().run(single, with(smallRecipe()));
    QVERIFY(!result && result.error().message().find("picture 0") != std::string::npos);
  }

  void goesOnAfterNumbersThatAreNotFinite() {
    const SyntheticSource source(6, 0);
    Recipe r = smallRecipe();
    r.learningRate = 9;  // weights explode
    r.optimizer = "sgd";
    r.steps = 40;
    Record record;
    const auto result = record.run(source, with(r));
    if (!result) QVERIFY(result.error().message().find("learning rate") != std::string::npos);
    else
      for (const auto& t : record.best->tensors)
        if (t.type == TensorType::f32)
          for (size_t i = 0; i < t.bytes.size(); i += 4) QVERIFY(std::isfinite(*reinterpret_cast<const float*>(&t.bytes[i])));
  }

  void oneStepOfAdamWIsTorchs() {
    torch::manual_seed(3);
    NetworkOptions o;
    o.baseWidth = 4;
    o.depth = 1;
    const auto a = *makeNetwork("unet", o), b = *makeNetwork("unet", o);
    {
      torch::NoGradGuard noGrad;
      const auto from = a->named_parameters();
      for (auto& item : b->named_parameters()) item.value().copy_(from[item.key()]);
    }
    Recipe recipe;
    recipe.weightDecay = 0.1;
    recipe.ema = 0.9;
    Weights weights(a, recipe);
    std::vector<torch::Tensor> decayed, plain;
    for (const auto& p : b->parameters()) (p.dim() > 1 ? decayed : plain).push_back(p);
    torch::optim::AdamW reference({{decayed, std::make_unique<torch::optim::AdamWOptions>(torch::optim::AdamWOptions(0.01).weight_decay(0.1))},
                                   {plain, std::make_unique<torch::optim::AdamWOptions>(torch::optim::AdamWOptions(0.01).weight_decay(0))}});
    for (int i = 0; i < 3; ++i) {
      const auto x = torch::randn({2, 3, 16, 16});
      for (const auto& network : {a, b}) network->forward(x).square().mean().backward();
      weights.step({0.01});
      reference.step();
      reference.zero_grad();
    }
    const auto expected = b->named_parameters();
    for (const auto& item : a->named_parameters()) {
      // Adam turns rounding noise of gradients that are zero in truth into whole steps: those tensors are left out
      if (item.key().find("up.bias") != std::string::npos) continue;
      QVERIFY2(torch::allclose(item.value(), expected[item.key()], 1e-3, 2e-4), item.key().c_str());
    }
  }

  void predictsWhileItTrains() {
    const SyntheticSource source(8, 2, {600, 300});
    LiveModel live;
    std::mutex mutex;
    std::vector<PredictionTile> tiles;
    std::vector<PredictionDone> ends;
    LivePredictor predictor(live, {[&](const std::string& path) { return source.image(path); },
                                   [&](PredictionTile tile) {
                                     std::lock_guard lock(mutex);
                                     tiles.push_back(std::move(tile));
                                     return true;
                                   },
                                   [&](const PredictionDone& end) {
                                     std::lock_guard lock(mutex);
                                     ends.push_back(end);
                                   }});
    predictor.request({"8", 1, {}, 0, nullptr});
    QTRY_COMPARE(ends.size(), 1u);
    QVERIFY(!ends[0].ok && ends[0].reason.find("no weights") != std::string::npos);
    Recipe r = smallRecipe();
    r.size = {64, 32};
    TrainerOptions options = with(r);
    options.live = &live;
    Record record;
    EXPECT_OK(record.run(source, options));
    predictor.request({"8", 2, {520, 260, 10, 10}, 0, nullptr});
    QTRY_COMPARE(ends.size(), 2u);
    QVERIFY2(ends[1].ok, ends[1].reason.c_str());
    QCOMPARE(ends[1].step, 12);
    QCOMPARE(tiles.size(), 6u);
    QCOMPARE(tiles[0].rect, (Rect{512, 256, 88, 44}));  // the viewport's first
    // tiles are parts of the whole answer
    const LabelMap whole = *predictLabels(*live.newest(), *source.image("8"));
    for (const auto& tile : tiles)
      for (int y = 0; y < tile.rect.height; ++y)
        for (int x = 0; x < tile.rect.width; ++x) QCOMPARE(tile.classes[size_t(y * tile.rect.width + x)], whole.at(tile.rect.x + x, tile.rect.y + y));
    tiles.clear();
    predictor.request({"8", 3, {}, 2, nullptr});
    QTRY_COMPARE(ends.size(), 3u);
    QCOMPARE(tiles.size(), 1u);
    QCOMPARE(tiles[0].rect, (Rect{0, 0, 150, 75}));
    predictor.request({"77", 4, {}, 0, nullptr});  // never read
    QTRY_COMPARE(ends.size(), 4u);
  }
};

INTARSIA_TEST(TrainerTest)
#include "trainer_slow_test.moc"
