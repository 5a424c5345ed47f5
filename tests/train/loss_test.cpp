// SPDX-License-Identifier: GPL-3.0-or-later
#include <torch/torch.h>

#include <QTest>

#include "tests/support/register.h"
#include "train/loop/loss.h"
#include "train/loop/lovasz.h"

using namespace intarsia;

class LossTest : public QObject {
  Q_OBJECT
 private slots:
  void equalsTorch_data() {
    QTest::addColumn<int>("classes");
    QTest::addColumn<double>("smoothing");
    QTest::addColumn<double>("lovasz");
    QTest::addColumn<bool>("ignored");
    for (const int classes : {2, 12, 100})
      for (const double smoothing : {0.0, 0.1})
        for (const double lovasz : {0.0, 0.7})
          for (const bool ignored : {false, true})
            QTest::addRow("%d classes, smoothing %g, Lovasz %g, ignored %d", classes, smoothing, lovasz, ignored) << classes << smoothing << lovasz << ignored;
  }
  void equalsTorch() {
    QFETCH(int, classes);
    QFETCH(double, smoothing);
    QFETCH(double, lovasz);
    QFETCH(bool, ignored);
    torch::manual_seed(classes);
    LossOptions options;
    options.allowed.assign(size_t(classes), 1);
    if (ignored && classes > 2) options.allowed[1] = 0;
    options.labelSmoothing = smoothing;
    options.lovasz = lovasz;
    options.lovaszPixels = 1 << 20;
    const auto logits = (3 * torch::randn({2, classes, 37, 29})).contiguous(at::MemoryFormat::ChannelsLast);
    auto target = torch::randint(0, classes, {2, 37, 29}, torch::kLong);
    target.masked_fill_(torch::rand({2, 37, 29}) < 0.2, -100);
    if (ignored && classes > 2) target.masked_fill_(target == 1, -100);
    const Loss ours = segmentationLoss(logits, target, options, Random(1)), torchs = segmentationLossByTorch(logits, target, options, Random(1));
    QCOMPARE(ours.pixels, torchs.pixels);
    QVERIFY2(std::abs(ours.value - torchs.value) < 1e-5 * torchs.value, std::to_string(ours.value - torchs.value).c_str());
    const double scale = torchs.gradient.abs().max().item<double>();
    QVERIFY((ours.gradient - torchs.gradient).abs().max().item<double>() < 1e-4 * scale);
    const Loss half = segmentationLoss(logits.to(torch::kBFloat16), target, options, Random(1));
    QVERIFY(std::abs(half.value - torchs.value) < 0.02 * torchs.value);
    QCOMPARE(half.gradient.scalar_type(), torch::kBFloat16);
  }

  void crossEntropyIsPyTorchs() {
    const auto logits = torch::randn({3, 7, 11, 13}), target = torch::randint(0, 7, {3, 11, 13}, torch::kLong);
    LossOptions options;
    options.allowed.assign(7, 1);
    const double expected = torch::nn::functional::cross_entropy(logits, target).item<double>();
    QVERIFY(std::abs(segmentationLoss(logits, target, options, Random(0)).value - expected) < 1e-5);
  }

  /// Berman's formula for one class by hand: errors .8 (positive), .6 (negative), .1 (positive); two positives.
  void lovaszByHand() {
    const float p[] = {0.2f, 0.6f, 0.9f};
    const uint8_t truth[] = {1, 0, 1};
    float d[3];
    std::vector<uint64_t> scratch;
    const double loss = lovaszOfClass(p, truth, 3, d, scratch);
    // Jaccard losses of the first 1, 2, 3: 1 − 1/2, 1 − 1/3, 1 − 0/3
    QVERIFY(std::abs(loss - (0.5 * 0.8 + (2 / 3.0 - 0.5) * 0.6 + (1 - 2 / 3.0) * 0.1)) < 1e-6);
    QVERIFY(std::abs(d[0] + 0.5) < 1e-6 && std::abs(d[1] - (2 / 3.0 - 0.5)) < 1e-6 && std::abs(d[2] + 1 / 3.0) < 1e-6);
  }

  void nothingLabelled() {
    LossOptions options;
    options.allowed.assign(3, 1);
    options.lovasz = 1;
    const Loss loss = segmentationLoss(torch::randn({1, 3, 8, 8}), torch::full({1, 8, 8}, -100, torch::kLong), options, Random(0));
    QCOMPARE(loss.pixels, 0);
    QVERIFY(!loss.gradient.defined());
  }

  void repeats() {
    LossOptions options;
    options.allowed.assign(5, 1);
    options.lovasz = 1;
    options.lovaszPixels = 500;
    const auto logits = torch::randn({2, 5, 64, 64}), target = torch::randint(0, 5, {2, 64, 64}, torch::kLong);
    const int threads = torch::get_num_threads();
    const Loss a = segmentationLoss(logits, target, options, Random(3));
    torch::set_num_threads(1);
    const Loss b = segmentationLoss(logits, target, options, Random(3));
    torch::set_num_threads(threads);
    QVERIFY(a.value == b.value && a.gradient.equal(b.gradient));
  }
};

INTARSIA_TEST(LossTest)
#include "loss_test.moc"
