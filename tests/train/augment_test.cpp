// SPDX-License-Identifier: GPL-3.0-or-later
#include <torch/torch.h>

#include <QTest>
#include <cmath>

#include "tests/support/register.h"
#include "train/data/augment.h"

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
    recipe.contrast = recipe.brightness = recipe.saturation = 0;
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

INTARSIA_TEST(AugmentTest)
#include "augment_test.moc"
