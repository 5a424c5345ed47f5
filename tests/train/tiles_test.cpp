// SPDX-License-Identifier: GPL-3.0-or-later
// Torch before Qt: its headers use names that Qt's keywords take.
#include <torch/torch.h>

#include <QTest>
#include <algorithm>
#include <cmath>

#include "core/base/random.h"
#include "tests/support/register.h"
#include "train/infer/answer.h"
#include "train/infer/torch_model.h"

using namespace intarsia;

namespace {

Image noise(Size size, uint64_t seed) {
  Image image{size.width, size.height, 3, 8, std::vector<uint8_t>(size_t(size.width) * size_t(size.height) * 3)};
  Random random(seed);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      for (int c = 0; c < 3; ++c) image.row(y)[3 * x + c] = uint8_t(128 + 90 * std::sin(0.05 * x * (c + 1) + 0.03 * y) + random.below(30));
  return image;
}

/// The picture's logits, put together from blocks.
Logits collected(const Tiling& tiling, const TiledPass& how) {
  Logits all{tiling.size, how.channels, how.channels, std::vector<float>(size_t(tiling.size.width) * size_t(tiling.size.height) * size_t(how.channels), -7)};
  TiledPass pass = how;
  pass.deliver = [&](int i, int j, LogitsPart part) {
    const Rect block = tiling.block(i, j);
    if (part.rect.intersected(block) != block) qFatal("the part is smaller than its block");
    for (int y = block.y; y < block.bottom(); ++y)
      std::copy_n(&part.logits.values[(size_t(y - part.rect.y) * size_t(part.rect.width) + size_t(block.x - part.rect.x)) * size_t(how.channels)], block.width * how.channels,
                  &all.values[(size_t(y) * size_t(tiling.size.width) + size_t(block.x)) * size_t(how.channels)]);
    return true;
  };
  const auto done = answerTiles(tiling, pass);
  if (!done || !*done) qFatal("not answered");
  return all;
}

ModelInfo infoOf(const std::string& network, int depth) {
  ModelInfo info;
  info.network = network;
  info.baseWidth = 8;
  info.depth = depth;
  for (const char* name : {"a", "b", "c"}) (void)info.classes.add(name);
  info.size = {64, 48};
  return info;
}

std::shared_ptr<const Model> modelOf(const ModelInfo& info, bool bf16 = false) {
  torch::manual_seed(3);
  auto network = *makeNetwork(info);
  torch::NoGradGuard noGrad;
  for (auto& buffer : network->named_buffers())  // batch norms that do something
    if (buffer.key().find("running_mean") != std::string::npos) buffer.value().uniform_(-0.2, 0.2);
    else if (buffer.key().find("running_var") != std::string::npos) buffer.value().uniform_(0.5, 2);
  return makeTorchModel(info, network, "cpu", bf16);
}

}  // namespace

static Expected<Logits> tileLogits(const Model& model, const Image& image, Size size, const Rect& tile) {
  return pictureLogits(model, tileImage(image, size, tile));
}

class TilesTest : public QObject {
  Q_OBJECT
 private slots:
  void blocksPartThePicture_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    for (const auto& [w, h] : {std::pair{1, 1}, {128, 128}, {129, 64}, {160, 300}, {224, 225}, {1000, 700}}) QTest::addRow("%d x %d", w, h) << w << h;
  }
  void blocksPartThePicture() {
    QFETCH(int, width);
    QFETCH(int, height);
    const Tiling tiling{{width, height}, {128, 128}, 64};
    const Size n = tiling.count();
    QCOMPARE(n.width == 1, width <= 128);
    LabelMap hits(width, height, 0), levelHits(sizeAtLevel({3 * width + 1, 3 * height}, 1).width, sizeAtLevel({3 * width + 1, 3 * height}, 1).height, 0);
    for (int j = 0; j < n.height; ++j)
      for (int i = 0; i < n.width; ++i) {
        const Rect tile = tiling.tile(i, j), block = tiling.block(i, j);
        QVERIFY(tile.x % 32 == 0 && tile.right() <= width && tile.width > (i ? 64 : 0));
        QCOMPARE(block.intersected(tile), block);
        for (int y = block.y; y < block.bottom(); ++y)
          for (int x = block.x; x < block.right(); ++x) hits.set(x, y, uint16_t(hits.at(x, y) + 1));
        Rect part = block;
        if (i > 0) --part.x, ++part.width;
        if (j > 0) --part.y, ++part.height;
        const Rect pixels = PartAnswer({{}, part}, {width, height}, {3 * width + 1, 3 * height}).rect(1);
        for (int y = pixels.y; y < pixels.bottom(); ++y)
          for (int x = pixels.x; x < pixels.right(); ++x) levelHits.set(x, y, uint16_t(levelHits.at(x, y) + 1));
      }
    QVERIFY(std::ranges::all_of(hits.pixels(), [](uint16_t v) { return v == 1; }));
    QVERIFY(std::ranges::all_of(levelHits.pixels(), [](uint16_t v) { return v == 1; }));
  }

  /// Tiles that all say the same leave no trace; tiles that differ by a constant meet in an even ramp.
  void seams() {
    const Tiling tiling{{500, 330}, {192, 192}, 96};
    TiledPass pass{{0, 0, tiling.count().width, tiling.count().height}, {}, 2, {}, {}};
    bool shifted = false;
    pass.compute = [&](const Rect& tile) -> Expected<Logits> {
      Logits l{{tile.width, tile.height}, 2, 2, {}};
      const float value = shifted ? float((tile.x + tile.y) / 96 % 2) : 0.625f;
      l.values.assign(size_t(tile.width) * size_t(tile.height) * 2, value);
      return l;
    };
    const Logits constant = collected(tiling, pass);
    for (const float v : constant.values) QVERIFY(std::abs(v - 0.625f) < 1e-6);
    shifted = true;
    const Logits stepped = collected(tiling, pass);
    float steepest = 0;
    for (int y = 0; y < 330; ++y)
      for (int x = 0; x < 500; ++x) {
        const size_t at = (size_t(y) * 500 + size_t(x)) * 2;
        QVERIFY(stepped.values[at] >= -1e-6 && stepped.values[at] <= 1 + 1e-6);
        if (x > 0) steepest = std::max(steepest, std::abs(stepped.values[at] - stepped.values[at - 2]));
        if (y > 0) steepest = std::max(steepest, std::abs(stepped.values[at] - stepped.values[at - 1000]));
      }
    QVERIFY2(steepest < 1 / 48.f + 1e-5, std::to_string(steepest).c_str());
  }

  /// A network that looks no further than the outer quarter of the overlap answers in tiles what it answers at once.
  void noSeamWithinTheReceptiveField() {
    const auto model = modelOf(infoOf("unet", 1));
    const Image image = noise({450, 260}, 1);
    const Tiling tiling{image.size(), {192, 160}, 64};
    QCOMPARE(tiling.count(), (Size{4, 3}));
    TiledPass pass{{0, 0, 4, 3}, {}, 3, [&](const Rect& tile) { return tileLogits(*model, image, image.size(), tile); }, {}};
    const Logits tiled = collected(tiling, pass);
    const Logits whole = *tileLogits(*model, image, image.size(), {0, 0, 450, 260});
    float most = 0;
    for (size_t i = 0; i < whole.values.size(); ++i) most = std::max(most, std::abs(whole.values[i] - tiled.values[i]));
    QVERIFY2(most < 1e-4, std::to_string(most).c_str());
    // Any order and any part of the picture give the same numbers.
    std::vector<LogitsPart> parts;
    for (const Rect& blocks : {Rect{2, 1, 2, 2}, Rect{0, 0, 1, 3}}) {
      pass.blocks = blocks;
      pass.wanted = [](int i, int j) { return i != 3 || j != 1; };
      pass.deliver = [&](int i, int j, LogitsPart part) {
        if (i == 3 && j == 1) qFatal("not wanted");
        parts.push_back(std::move(part));
        return true;
      };
      QVERIFY(*answerTiles(tiling, pass));
    }
    QCOMPARE(parts.size(), 6u);
    for (const auto& part : parts)
      for (int y = 0; y < part.rect.height; ++y)
        for (int x = 0; x < part.rect.width * 3; ++x)
          QCOMPARE(part.logits.values[size_t(y * part.rect.width * 3 + x)], tiled.values[size_t((part.rect.y + y) * 450 * 3 + part.rect.x * 3 + x)]);
  }

  /// The last tiles of a row and a column have any size.
  void everyNetworkAnswersInTiles_data() {
    QTest::addColumn<QString>("id");
    for (const auto& info : networks())
      if (info.parameters < 70'000'000) QTest::newRow(info.id.data()) << QString::fromUtf8(info.id.data(), qsizetype(info.id.size()));
  }
  void everyNetworkAnswersInTiles() {
    QFETCH(QString, id);
    const auto model = modelOf(infoOf(id.toStdString(), 4));
    const Image image = noise({97, 69}, 1);
    const Tiling tiling{image.size(), {64, 64}, 32};
    QCOMPARE(tiling.count(), (Size{3, 2}));
    const Logits all = collected(tiling, {{0, 0, 3, 2}, {}, 3, [&](const Rect& tile) { return tileLogits(*model, image, image.size(), tile); }, {}});
    QVERIFY(std::ranges::all_of(all.values, [](float v) { return std::isfinite(v) && v != -7; }));
  }

  /// What fits into one tile is the plain answer; larger ones agree in classes and confidence with the network's answer for the whole.
  void labelsOfSmallAndLargePictures() {
    auto info = infoOf("unet", 1);
    const auto model = modelOf(info);
    const Image image = noise({1300, 700}, 2);
    std::vector<uint8_t> confidence;
    const LabelMap fitted = *predictLabels(*model, image, {.scale = 0, .job = {}, .confidence = &confidence});
    const Size network = networkSize(image.size(), info.size);
    QCOMPARE(predictionSize(image.size(), info), network);
    const PartAnswer plain({*tileLogits(*model, image, network, {0, 0, network.width, network.height}), {0, 0, network.width, network.height}}, network, image.size());
    LabelMap expected(1300, 700);
    std::vector<uint8_t> sure(expected.pixels().size());
    plain.read(expected.rect(), 0, 1300, expected.pixels().data(), sure.data());
    QVERIFY(fitted == expected);
    QVERIFY(confidence == sure);

    info.scale = 0.8;  // the largest image of training had this: larger ones keep it
    const auto fine = modelOf(info);
    const Size scaled{1040, 560};
    QCOMPARE(predictionSize(image.size(), info), scaled);
    QVERIFY(Tiling::of(scaled, info.size).count() != (Size{1, 1}));
    const LabelMap tiled = *predictLabels(*fine, image, {.scale = 0, .job = {}, .confidence = &confidence});
    const PartAnswer whole({*tileLogits(*fine, image, scaled, {0, 0, 1040, 560}), {0, 0, 1040, 560}}, scaled, image.size());
    whole.read(expected.rect(), 0, 1300, expected.pixels().data(), sure.data());
    int other = 0, surer = 0;
    for (size_t i = 0; i < sure.size(); ++i) other += tiled.pixels()[i] != expected.pixels()[i], surer += std::abs(int(sure[i]) - confidence[i]) > 1;
    QVERIFY2(other < 20 && surer == 0, (std::to_string(other) + " " + std::to_string(surer)).c_str());
    QVERIFY(*predictLabels(*model, image, {.scale = 0.8, .job = {}, .confidence = nullptr}) == tiled);  // asked for
    // smaller ones are fitted, as in training
    QCOMPARE(predictionSize({65, 40}, info), networkSize({65, 40}, info.size));
    QCOMPARE(predictionSize({65, 40}, info, 2), (Size{130, 80}));
    std::stop_source stop;
    stop.request_stop();
    QVERIFY(!predictLabels(*model, image, {.scale = 0.8, .job = Job(stop.get_token()), .confidence = nullptr}));
  }
};

INTARSIA_TEST(TilesTest)
#include "tiles_test.moc"
