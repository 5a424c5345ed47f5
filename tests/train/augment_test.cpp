// SPDX-License-Identifier: GPL-3.0-or-later
#include <torch/torch.h>

#include <QTest>
#include <cmath>
#include <numeric>

#include "tests/support/register.h"
#include "tests/train/synthetic.h"
#include "train/api/augment.h"
#include "train/data/class_statistics.h"
#include "train/data/loader.h"

using namespace intarsia;

namespace {

/// A picture whose label at each pixel can be told from its colour: two discs on a ground.
struct Scene {
  static constexpr int kWidth = 120, kHeight = 90;
  std::vector<uint8_t> rgb = std::vector<uint8_t>(size_t(kWidth) * kHeight * 3);
  std::vector<uint16_t> labels = std::vector<uint16_t>(size_t(kWidth) * kHeight);
  static constexpr uint8_t kColor[3][3] = {{60, 60, 60}, {180, 60, 60}, {60, 180, 60}};
  Scene() {
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < kWidth; ++x) {
        const int label = std::hypot(x - 35, y - 40) < 22 ? 1 : std::hypot(x - 85, y - 50) < 25 ? 2 : 0;
        const size_t at = size_t(y) * kWidth + size_t(x);
        labels[at] = uint16_t(label);
        for (size_t c = 0; c < 3; ++c) rgb[at * 3 + c] = kColor[label][c];
      }
  }
  SampleCache::Picture picture() const { return {{kWidth, kHeight}, rgb.data(), labels.data()}; }
};

}  // namespace

class AugmentTest : public QObject {
  Q_OBJECT
 private slots:
  void identity() {
    const Scene scene;
    std::vector<float> rgb(scene.rgb.size());
    std::vector<uint16_t> labels(scene.labels.size());
    sampleAugmented(scene.picture(), {}, {Scene::kWidth, Scene::kHeight}, rgb.data(), labels.data());
    QVERIFY(labels == scene.labels);
    for (size_t i = 0; i < rgb.size(); ++i) QCOMPARE(rgb[i], float(scene.rgb[i]));
  }

  void flip() {
    const Scene scene;
    Augmentation a;
    a.linear = {-1, 0, 0, 1};
    std::vector<float> rgb(scene.rgb.size());
    std::vector<uint16_t> labels(scene.labels.size());
    sampleAugmented(scene.picture(), a, {Scene::kWidth, Scene::kHeight}, rgb.data(), labels.data());
    for (int y = 0; y < Scene::kHeight; ++y)
      for (int x = 0; x < Scene::kWidth; ++x) QCOMPARE(labels[size_t(y * Scene::kWidth + x)], scene.labels[size_t(y * Scene::kWidth + Scene::kWidth - 1 - x)]);
  }

  /// Wherever the drawn transform leads, colour and label tell the same (but for the blurred pixel along a border).
  void imageAndLabelsStayTogether() {
    const Scene scene;
    Recipe recipe;
    recipe.contrast = recipe.brightness = recipe.saturation = recipe.gamma = 0;
    recipe.rotate = 30;
    recipe.scaleMin = 0.5;
    recipe.scaleMax = 2;
    for (const Size out : {Size{Scene::kWidth, Scene::kHeight}, Size{97, 131}}) {
      for (uint32_t k = 0; k < 50; ++k) {
        std::vector<float> rgb(size_t(out.width) * size_t(out.height) * 3);
        std::vector<uint16_t> labels(rgb.size() / 3);
        sampleAugmented(scene.picture(), Augmentation::draw(recipe, scene.picture().size, out, Random(9, 0, k)), out, rgb.data(), labels.data());
        int pure = 0, labelled = 0;
        for (size_t i = 0; i < labels.size(); ++i) {
          if (labels[i] == kUnlabelled) continue;
          ++labelled;
          const float* p = &rgb[i * 3];
          const int seen = p[0] > 175 ? 1 : p[1] > 175 ? 2 : p[0] < 65 && p[1] < 65 ? 0 : -1;
          if (seen < 0) continue;
          QCOMPARE(int(labels[i]), seen);
          ++pure;
        }
        QVERIFY(pure > 0.8 * labelled);
        QVERIFY(labelled > int(labels.size()) / 5);
      }
    }
  }

  void outsideIsUnlabelledAndMirrored() {
    const Scene scene;
    Augmentation a;
    a.linear = {2, 0, 0, 2};  // half as large: a quarter of the output is inside
    std::vector<float> rgb(scene.rgb.size());
    std::vector<uint16_t> labels(scene.labels.size());
    sampleAugmented(scene.picture(), a, {Scene::kWidth, Scene::kHeight}, rgb.data(), labels.data());
    const auto outside = std::count(labels.begin(), labels.end(), kUnlabelled);
    QCOMPARE(outside, int64_t(labels.size()) * 3 / 4);
    for (const float v : rgb) QVERIFY(v >= 60 && v <= 180);
  }

  void colours() {
    const Scene scene;
    Recipe recipe;
    recipe.flip = false;
    recipe.rotate = 0;
    recipe.scaleMin = recipe.scaleMax = 1;
    double spread = 0;
    for (uint32_t k = 0; k < 20; ++k) {
      std::vector<float> rgb(scene.rgb.size());
      std::vector<uint16_t> labels(scene.labels.size());
      sampleAugmented(scene.picture(), Augmentation::draw(recipe, scene.picture().size, scene.picture().size, Random(1, 2, k)), scene.picture().size, rgb.data(), labels.data());
      QVERIFY(labels == scene.labels);
      spread += std::abs(rgb[0] - 60);
      for (const float v : rgb) QVERIFY(v >= 0 && v <= 255);
    }
    QVERIFY(spread > 20);
  }
};

/// The further changes of a recipe.
class RecipeAugmentTest : public QObject {
  Q_OBJECT
 private slots:
  void warpTakesCornersWhereFastaiDoes() {
    const std::array<double, 4> m{0.1, -0.2, 0.15, 0.05};
    const auto h = symmetricWarp(m);
    const double from[4][2] = {{-1, -1}, {-1, 1}, {1, -1}, {1, 1}}, to[4][2] = {{-1.05, -0.8}, {-1.15, 0.8}, {1.05, -1.1}, {1.15, 1.1}};
    for (int i = 0; i < 4; ++i) {
      const double x = from[i][0], y = from[i][1], w = h[6] * x + h[7] * y + 1;
      QVERIFY(std::abs((h[0] * x + h[1] * y + h[2]) / w - to[i][0]) < 1e-12 && std::abs((h[3] * x + h[4] * y + h[5]) / w - to[i][1]) < 1e-12);
    }
    QVERIFY(symmetricWarp({}) == (std::array<double, 9>{1, 0, 0, 0, 1, 0, 0, 0, 1}));
  }

  void imageAndLabelsStayTogetherInPerspective() {
    const Scene scene;
    Recipe recipe;
    recipe.contrast = recipe.brightness = recipe.saturation = recipe.gamma = 0;
    recipe.warp = 0.3;
    recipe.rotate = 20;
    recipe.flipVertical = true;
    const Size out{101, 77};
    std::vector<float> rgb(size_t(out.width) * size_t(out.height) * 3);
    std::vector<uint16_t> labels(rgb.size() / 3);
    for (uint32_t k = 0; k < 50; ++k) {
      sampleAugmented(scene.picture(), Augmentation::draw(recipe, scene.picture().size, out, Random(9, 0, k)), out, rgb.data(), labels.data());
      int pure = 0, labelled = 0;
      for (size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] == kUnlabelled) continue;
        ++labelled;
        const float* p = &rgb[i * 3];
        const int seen = p[0] > 175 ? 1 : p[1] > 175 ? 2 : p[0] < 65 && p[1] < 65 ? 0 : -1;
        if (seen < 0) continue;
        QCOMPARE(int(labels[i]), seen);
        ++pure;
      }
      QVERIFY(pure > 0.8 * labelled);
    }
  }

  /// The old fields draw what they drew before there were others: runs go on as they began.
  void othersLeaveTheFirstDrawsAlone() {
    Recipe plain, more;
    plain.gamma = plain.rareCrop = 0;
    more.noise = 20, more.blur = 2, more.warp = 0.2, more.gamma = 0.5, more.rareCrop = 1;
    for (uint32_t k = 0; k < 20; ++k) {
      const auto a = Augmentation::draw(plain, {120, 90}, {64, 64}, Random(3, 0, k)), b = Augmentation::draw(more, {120, 90}, {64, 64}, Random(3, 0, k));
      QVERIFY(a.linear == b.linear && a.offset == b.offset && a.color == b.color && a.shift == b.shift);
      QVERIFY(a.tone.empty() && !b.tone.empty() && a.noise == 0 && !a.rareCrop && b.rareCrop);
    }
    more.augmentProbability = 0;
    const auto none = Augmentation::draw(more, {120, 90}, {120, 90}, Random(3, 0, 1));
    QVERIFY(none.tone.empty() && none.blur == 0 && none.noise == 0 && std::abs(std::abs(none.linear[0]) - 1) < 1e-12 && none.linear[1] == 0);
  }

  void lightAsInFastai() {
    Recipe recipe;
    recipe.light = "logit", recipe.contrast = 0.2, recipe.brightness = 51, recipe.saturation = recipe.gamma = 0;
    float low = 255, high = 0;
    for (uint32_t k = 0; k < 200; ++k) {
      const auto a = Augmentation::draw(recipe, {120, 90}, {120, 90}, Random(5, 0, k));
      QCOMPARE(a.tone.size(), size_t(1025));
      low = std::min(low, a.tone[512]), high = std::max(high, a.tone[512]);
    }
    // brightness alone moves ½ to between 0.4 and 0.6; contrast 0.8 … 1.25 takes it a little further
    QVERIFY(low > 255 * 0.37 && low < 255 * 0.42 && high < 255 * 0.63 && high > 255 * 0.58);
  }

  void blurAndNoiseLeaveTheLabels() {
    const Scene scene;
    const Size size = scene.picture().size;
    Augmentation a;
    std::vector<float> plain(scene.rgb.size()), changed(scene.rgb.size());
    std::vector<uint16_t> labels(scene.labels.size());
    sampleAugmented(scene.picture(), a, size, plain.data(), labels.data());
    a.blur = 2;
    sampleAugmented(scene.picture(), a, size, changed.data(), labels.data());
    QVERIFY(labels == scene.labels);
    const auto mean = [](const std::vector<float>& v) { return std::accumulate(v.begin(), v.end(), 0.0) / double(v.size()); };
    QVERIFY(std::abs(mean(plain) - mean(changed)) < 0.5);
    const auto steepest = [&](const std::vector<float>& v) {
      float most = 0;
      for (size_t i = 3; i < v.size(); ++i) most = std::max(most, std::abs(v[i] - v[i - 3]));
      return most;
    };
    QVERIFY(steepest(changed) < 0.5f * steepest(plain));
    a.blur = 0, a.noise = 10;
    sampleAugmented(scene.picture(), a, size, changed.data(), labels.data());
    double squares = 0;
    for (size_t i = 0; i < plain.size(); ++i) squares += (changed[i] - plain[i]) * (changed[i] - plain[i]);
    QVERIFY(std::abs(std::sqrt(squares / double(plain.size())) - 10) < 0.3);
  }

  void cropsCentreOnRareClasses() {
    const Scene scene;
    Recipe recipe;
    recipe.scaleMin = recipe.scaleMax = 4, recipe.rotate = 0;
    const Size out = scene.picture().size;
    const int rare[] = {2};
    std::vector<float> rgb(scene.rgb.size());
    std::vector<uint16_t> labels(scene.labels.size());
    for (uint32_t k = 0; k < 30; ++k) {
      auto a = Augmentation::draw(recipe, out, out, Random(2, 0, k));
      a.centreOn(rare, scene.picture(), out, Random(8, 0, k));
      sampleAugmented(scene.picture(), a, out, rgb.data(), labels.data());
      QCOMPARE(int(labels[size_t(out.height / 2 * out.width + out.width / 2)]), 2);
    }
    Augmentation a;
    const int absent[] = {7};
    a.centreOn(absent, scene.picture(), out, Random(1));
    QVERIFY(a.offset == (std::array<double, 2>{0, 0}));
  }

  void statisticsAndPastes() {
    const test::SyntheticSource source(20, 0);
    const auto cache = SampleCache::make(source, Split::train, {64, 48}, {});
    const auto statistics = ClassStatistics::of(**cache);
    QCOMPARE((*cache)->classes(), 4);
    std::vector<int64_t> pixels(4);
    for (int i = 0; i < 20; ++i) {
      const auto sample = source.sample(i);
      for (const auto label : sample->labels.pixels()) ++pixels[label];
    }
    QVERIFY(std::equal(pixels.begin(), pixels.begin() + 3, statistics.pixels.begin()) && statistics.pixels[3] == 0);
    QVERIFY(statistics.rare() == (std::vector<int>{1, 2}));
    const auto weights = statistics.medianFrequencyWeights();
    QVERIFY(weights[0] < 1 && weights[3] == 0 && std::abs(std::min(weights[1], weights[2]) - 1) < 1e-12);
    int64_t counts[2][2] = {};  // [epoch][pasted]
    for (const bool paste : {false, true}) {
      BatchLoader::Options options;
      options.recipe.pasteRare = paste ? 1 : 0;
      options.recipe.batch = 20;
      options.size = {64, 48};
      BatchLoader loader(**cache, options);
      for (auto& epoch : counts) {
        const auto target = loader.next()->target;
        epoch[paste] = (target == 1).sum().item<int64_t>() + (target == 2).sum().item<int64_t>();
      }
    }
    QCOMPARE(counts[0][1], counts[0][0]);
    QVERIFY(counts[1][1] > counts[1][0] * 5 / 4);
  }
};

INTARSIA_TEST(AugmentTest)
INTARSIA_TEST(RecipeAugmentTest)
#include "augment_test.moc"
